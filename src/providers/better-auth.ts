import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, type Preset } from "./preset.js";

/** Options of {@link betterAuth}. */
interface BetterAuthPresetOptions {
  /** `baseURL` and `basePath` of the instance: `https://app.example.com/api/auth`. */
  readonly issuer: string;
  /** @default the resource */
  readonly audience?: string | readonly string[];
}

/**
 * better-auth with its OAuth provider. Signs with Ed25519 by default.
 *
 * @example
 * ```ts
 * import { betterAuth, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...betterAuth({ issuer: "https://app.example.com/api/auth" }),
 * });
 * ```
 */
export function betterAuth({ issuer, audience }: BetterAuthPresetOptions): Preset {
  const url = baseUrlOf(issuer, "betterAuth.issuer", "https://app.example.com/api/auth");
  return {
    authorizationServers: [url],
    validation: {
      type: "jwt",
      issuer: url,
      ...given("audience", audience),
      allowJwtTyp: true,
      claims: { clientId: ["client_id", "azp"] },
    },
  };
}

/** Facts about better-auth. */
export const betterAuthProvider = defineProvider({
  id: "better-auth",
  label: "Better Auth",
  issuerExample: "https://app.example.com/api/auth",
  validates: "jwt",
  typesTokensJwt: true,
  introspection: "{issuer}/oauth2/introspect",
  summary: {
    tokens: "JWT (Ed25519)",
    audience: "resource",
    scopes: "`scope`",
    registration: "yes",
  },
  variables: [
    {
      name: "BETTER_AUTH_ISSUER",
      kind: "text",
      option: "betterAuth.issuer",
      required: true,
      text: "Base URL and base path of the instance.",
      example: "https://app.example.com/api/auth",
    },
  ],
  fromEnv: (env) =>
    betterAuth({
      issuer: env.requiredText("BETTER_AUTH_ISSUER"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "Add the OAuth provider plugin and the JWT plugin. Keys are Ed25519 by default, which this package accepts.",
    "List your resource URL among the valid audiences.",
    "The issuer has a path: serve the metadata at `/.well-known/oauth-authorization-server/api/auth` of the same origin.",
  ],
  sources: [
    {
      facts: "The OAuth provider plugin: dynamic registration, and tokens bound to resources.",
      url: "https://better-auth.com/docs/plugins/oauth-provider",
      read: "2026-11",
    },
  ],
  unverified: [
    "Ed25519 as the default algorithm.",
    "`azp` and `sid` in access tokens.",
    "The introspection endpoint.",
  ],
});
