import type { IntrospectionOptions } from "../options/introspection.js";
import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, required, type Preset } from "./preset.js";

/** Options of {@link propelauth}. */
interface PropelAuthPresetOptions {
  /** The auth URL of the environment: `https://auth.example.com`. */
  readonly authUrl: string;
  /** Introspection credentials, from **MCP → Request Validation**. */
  readonly clientId: string;
  readonly clientSecret: NonNullable<IntrospectionOptions["clientSecret"]>;
  /** @default the resource, which clients must request */
  readonly audience?: string | readonly string[];
}

/**
 * PropelAuth, its MCP authentication. Tokens are introspected.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, propelauth } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...propelauth({
 *     authUrl: "https://auth.example.com",
 *     clientId: "introspection-client",
 *     clientSecret: process.env.OAUTH_CLIENT_SECRET!,
 *   }),
 * });
 * ```
 */
export function propelauth(options: PropelAuthPresetOptions): Preset {
  const base = baseUrlOf(options.authUrl, "propelauth.authUrl", "https://auth.example.com");
  const issuer = `${base}/oauth/2.1`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "introspection",
      issuer,
      requireSubject: true,
      ...given("audience", options.audience),
      introspection: {
        endpoint: `${issuer}/introspect`,
        clientId: required(options.clientId, "propelauth.clientId", "introspection-client"),
        clientSecret: options.clientSecret,
        // The endpoint knows tokens of this issuer only. An audience is required.
        allowMissing: ["iss"],
      },
    },
  };
}

/** Facts about PropelAuth. */
export const propelauthProvider = defineProvider({
  id: "propelauth",
  label: "PropelAuth",
  issuerExample: "https://auth.example.com/oauth/2.1",
  issuerPattern: /^https:\/\/[^/]+\.propelauthtest\.com\//,
  validates: "introspection",
  introspection: "{issuer}/introspect",
  summary: {
    tokens: "opaque, introspected",
    audience: "resource",
    scopes: "`scope`",
    registration: "yes",
  },
  variables: [
    {
      name: "PROPELAUTH_AUTH_URL",
      kind: "text",
      option: "propelauth.authUrl",
      required: true,
      text: "The auth URL of the environment. Also needs OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET.",
      example: "https://auth.example.com",
    },
  ],
  fromEnv: (env) =>
    propelauth({
      authUrl: env.requiredText("PROPELAUTH_AUTH_URL"),
      clientId: env.requiredText("OAUTH_CLIENT_ID"),
      clientSecret: env.secret("OAUTH_CLIENT_SECRET") ?? env.missing("OAUTH_CLIENT_SECRET"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**MCP → Enable MCP**, for each environment. **Allowed MCP Clients:** add their redirect URIs.",
    "**MCP → Scopes:** define your scopes. **MCP → Settings:** choose how clients register.",
    "**MCP → Request Validation → Create Credentials:** client id and secret of this server.",
  ],
  sources: [
    {
      facts:
        "Endpoints below `/oauth/2.1`; `resource` is required and is the URL of the MCP server.",
      url: "https://docs.propelauth.com/reference/api/mcp",
      read: "2026-12",
    },
    {
      facts:
        "Introspection credentials, dynamic registration, scopes, and `aud` compared with the resource.",
      url: "https://gofastmcp.com/integrations/propelauth",
      read: "2026-12",
    },
  ],
  unverified: [
    "The members of introspection responses: `active`, `sub`, `client_id`, `scope`, `aud`, `exp`, `iat`. `iss` may be missing, and is compared if it is there.",
    "The issuer is the auth URL with `/oauth/2.1`.",
  ],
});
