import { z } from "zod";
import { env } from "./row.js";
import { DAY, texts, wholeSeconds } from "./values.js";

/**
 * Variables of the authorization server in `mcp-framework-oauth/authorization-server`, which
 * `createAuthorizationServerFromEnv` reads. Its options are checked by that entry point.
 */
export const ownAuthorizationServerShape = {
  /** Issuer of your own authorization server. It can be the origin of the MCP server. */
  issuer: env("OAUTH_AS_ISSUER", z.string().url().optional(), {
    example: "https://mcp.example.com",
    default: "the origin of OAUTH_RESOURCE",
    option: false,
  }),
  /**
   * Storage of clients, consents and refresh tokens: `memory`, `sqlite:` with the path of a file, or
   * the URL of PostgreSQL or Redis.
   */
  storage: env("OAUTH_AS_STORAGE", z.string().optional(), {
    kind: "fixed-secret",
    example: "sqlite:./auth.db",
    default: "memory, which is refused in production: a restart signs all users out",
    option: false,
  }),
  /**
   * Keys that encrypt the storage: 32 random bytes as base64 text, or several keys as `id=key`. The
   * first key encrypts, all keys decrypt. A key without an id has the id `default`.
   */
  storageKeys: env("OAUTH_AS_STORAGE_KEYS", z.string().optional(), {
    kind: "fixed-secret",
    example: "file:/run/secrets/auth-storage-key",
    default: "required unless the storage is memory",
    option: false,
  }),
  /** Scopes that the authorization server offers for OAUTH_RESOURCE. */
  scopes: env("OAUTH_AS_SCOPES", texts.optional(), {
    example: "notes:read,notes:write",
    default: "OAUTH_REQUIRED_SCOPES, or mcp:access",
    option: false,
  }),
  /** Lifetime of access tokens, in seconds. */
  accessTtl: env("OAUTH_AS_ACCESS_TTL", wholeSeconds(3650 * DAY).optional(), {
    example: "900",
    default: "900",
    option: false,
  }),
  /** Lifetime of a refresh token that is not used, in seconds. */
  refreshTtl: env("OAUTH_AS_REFRESH_TTL", wholeSeconds(3650 * DAY).optional(), {
    example: "2592000",
    default: "2592000 (30 days)",
    option: false,
  }),
};
