import { z } from "zod";
import type { ApiKey } from "../validators/api-keys/api-key-validator.js";
import type { AuthProviderLike } from "../validators/api-keys/auth-provider-validator.js";
import type { TokenCallback } from "../validators/callback-validator.js";
import { env, type Input, type Output, type Schema } from "./row.js";
import {
  aFunction,
  checkedLater,
  DAY,
  headerName,
  seconds,
  text,
  texts,
  timeoutSeconds,
  url,
} from "./values.js";

const time = z.union([z.date(), text, z.number().finite().min(0)]);

/** See `onlyWith` of a row. */
const KEYS = "AUTH_MODE=both or api_key";

export const apiKeyShape = {
  /** Accepted keys by their SHA-256, with the client and the scopes of each. */
  keys: env("API_KEYS_SHA256", z.array(checkedLater<ApiKey>()).readonly().optional(), {
    kind: "list",
    text: 'Accepted keys, each as `client=hash`: `printf %s "$KEY" | sha256sum`. Only the hashes are stored.',
    example: "ci=SHA256_OF_THE_KEY",
  }),
  /** Looks up a key in your own database and returns its client and scopes, or something falsy. */
  validate: aFunction<TokenCallback>().optional(),
  /** A provider of mcp-framework that validates the keys: `APIKeyAuthProvider` or `JWTAuthProvider`. */
  provider: z
    .custom<AuthProviderLike>(
      (value) => typeof (value as { authenticate?: unknown })?.authenticate === "function",
      "must be an AuthProvider of mcp-framework, with a method authenticate",
    )
    .optional(),
  /** Client id of keys that `provider` accepts. @default "api-key" */
  clientId: text.default("api-key"),
  /** Scopes of keys that `provider` accepts. @default [] */
  scopes: env("API_KEY_SCOPES", texts.default([]), {
    text: "Scopes that every key grants.",
    onlyWith: KEYS,
    example: "mcp:tools",
    default: "none",
  }),
  /** Header that carries the key. @default "X-API-Key", or the header of `provider` */
  headerName: env("API_KEY_HEADER", headerName.optional(), {
    onlyWith: KEYS,
    example: "X-API-Key",
    default: "X-API-Key",
  }),
  /**
   * Text before the key in that header.
   *
   * @default "Bearer " when `headerName` is "Authorization", otherwise none
   */
  prefix: z
    .string()
    .regex(/^[\x20-\x7e]*$/, "must be visible ASCII")
    .optional(),
  /** How long a valid result of `validate` is cached, in seconds; 0 calls it every time. @default 0 */
  cacheSeconds: seconds(DAY).default(0),
  /** How long "no such key" of `validate` is cached, in seconds; 0 calls it every time. @default 0 */
  negativeCacheSeconds: seconds(DAY).default(0),
  /** Timeout for `validate` or `provider`, in seconds (up to 60). @default 5 */
  timeoutSeconds: timeoutSeconds.default(5),
  /**
   * When keys are or become deprecated: a date, ISO 8601 text or seconds since the epoch.
   *
   * Sent as `Deprecation` with every answer to a request with a key (RFC 9745).
   */
  deprecation: env("API_KEY_DEPRECATION", time.optional(), {
    kind: "text",
    text: "When keys are or become deprecated, as an ISO 8601 date: sent with every answer to a request with a key.",
    onlyWith: KEYS,
    example: "2026-01-01",
  }),
  /**
   * Warn of keys in use: one line in the framework's log for each key and hour, with its client and
   * fingerprint.
   *
   * Also sends `Deprecation`, with the time of the start, unless `deprecation` names another one.
   *
   * @default false
   */
  deprecationWarning: env("API_KEY_DEPRECATION_WARNING", z.boolean().default(false), {
    onlyWith: KEYS,
    example: "true",
  }),
  /** When keys stop working: sent as `Sunset` (RFC 8594). Announces the date; does not enforce it. */
  sunset: env("API_KEY_SUNSET", time.optional(), {
    kind: "text",
    text: "When keys stop working, as an ISO 8601 date. Announces the date; does not enforce it.",
    onlyWith: KEYS,
    example: "2026-12-31",
  }),
  /** A page about the migration: sent as `Link` with `rel="deprecation"`. */
  link: env("API_KEY_DEPRECATION_LINK", url.optional(), {
    text: "A page about the migration away from API keys: sent with every answer to a request with a key.",
    onlyWith: KEYS,
    example: "https://example.com/docs/migration",
  }),
};

/**
 * API keys in addition to access tokens, or instead of them.
 *
 * @example
 * ```ts
 * authMode: "both",
 * apiKeys: { keys, headerName: "X-API-Key", deprecation: "2027-01-31" },
 * ```
 */
export interface ApiKeyOptions extends Input<typeof apiKeyShape> {}
export interface ApiKeySettings extends Output<typeof apiKeyShape> {}
const apiKeys: Schema<ApiKeyOptions, ApiKeySettings> = z.object(apiKeyShape).strict();

export const apiKeysShape = {
  /** Accept API keys; see `authMode`. */
  apiKeys: apiKeys.optional(),
  /**
   * Which credentials are accepted.
   *
   * With "api_key" no access token is accepted and no OAuth metadata is served, so that clients do
   * not fetch a token that this server would refuse.
   *
   * @default "both" with `apiKeys`, otherwise "oauth"
   */
  authMode: env("AUTH_MODE", z.enum(["oauth", "api_key", "both"]).optional(), {
    text: "Which credentials are accepted. API keys are ignored unless it is `api_key` or `both`.",
    example: "both",
    default: "oauth",
  }),
};
