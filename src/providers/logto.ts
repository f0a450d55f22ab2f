import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, type Preset } from "./preset.js";

/** Options of {@link logto}. */
interface LogtoPresetOptions {
  /** The tenant's endpoint: `https://acme.logto.app`, or a custom domain. */
  readonly endpoint: string;
  /** The API resource's indicator, character by character. @default the resource */
  readonly audience?: string | readonly string[];
}

/**
 * Logto. Tokens are JWTs (RFC 9068) if the client sent `resource`, otherwise opaque.
 *
 * @example
 * ```ts
 * import { logto, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...logto({ endpoint: "https://acme.logto.app" }),
 * });
 * ```
 */
export function logto({ endpoint, audience }: LogtoPresetOptions): Preset {
  const base = baseUrlOf(endpoint, "logto.endpoint", "https://acme.logto.app");
  const issuer = `${base.replace(/\/oidc$/, "")}/oidc`;
  return {
    authorizationServers: [issuer],
    validation: { type: "jwt", issuer, ...given("audience", audience) },
  };
}

/** Facts about Logto. */
export const logtoProvider = defineProvider({
  id: "logto",
  label: "Logto",
  issuerExample: "https://your-tenant.logto.app/oidc",
  issuerPattern: /^https:\/\/[^/]+\.logto\.app(?:\/|$)/,
  validates: "jwt",
  introspection: "{issuer}/token/introspection",
  summary: { tokens: "JWT", audience: "resource", scopes: "`scope`", registration: "no" },
  variables: [
    {
      name: "LOGTO_ENDPOINT",
      kind: "text",
      option: "logto.endpoint",
      required: true,
      text: "The tenant's endpoint.",
      example: "https://acme.logto.app",
    },
  ],
  fromEnv: (env) =>
    logto({
      endpoint: env.requiredText("LOGTO_ENDPOINT"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**API resources → Create:** the identifier is your resource URL, character by character.",
    "Add permissions; they are the scopes. Give them to users through roles.",
  ],
  sources: [
    {
      facts:
        "Tokens are opaque without `resource`, and introspected at `/oidc/token/introspection`.",
      url: "https://docs.logto.io/concepts/opaque-token",
      read: "2026-11",
    },
    {
      facts: "API resources as audiences; `iss`, `aud` and `scope` of a token.",
      url: "https://docs.logto.io/authorization/api-resources/protect-your-api",
      read: "2026-11",
    },
  ],
  unverified: ["`typ: at+jwt`."],
});
