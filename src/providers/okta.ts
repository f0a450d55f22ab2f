import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { hostOf, required, type Preset } from "./preset.js";

/** Options of {@link okta}. */
interface OktaPresetOptions {
  /** The organisation's domain: `acme.okta.com`, or a custom one. */
  readonly domain: string;
  /**
   * Id of a custom authorization server, or `default`. The org authorization
   * server cannot be used: its tokens are for Okta's own API.
   */
  readonly authorizationServerId: string;
  /** The audience in the settings of that server. @default the resource */
  readonly audience?: string | readonly string[];
}

/**
 * Okta, a custom authorization server. Scopes are in `scp`, the client id in `cid`.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, okta } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...okta({
 *     domain: "acme.okta.com",
 *     authorizationServerId: "default",
 *     audience: "api://default",
 *   }),
 * });
 * ```
 */
export function okta({ domain, authorizationServerId, audience }: OktaPresetOptions): Preset {
  const host = hostOf(domain, "okta.domain", "acme.okta.com");
  const id = required(authorizationServerId, "okta.authorizationServerId", "default");
  const issuer = `https://${host}/oauth2/${encodeURIComponent(id)}`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", audience),
      algorithms: ["RS256"],
      // Okta's header has no `typ`.
      allowJwtTyp: true,
      claims: { scopes: ["scp"], clientId: ["cid"] },
    },
  };
}

const ORG_DOMAIN = /\.(?:okta|oktapreview|okta-emea|okta-gov)\.com$/;

/** Facts about Okta. */
export const oktaProvider = defineProvider({
  id: "okta",
  label: "Okta",
  issuerExample: "https://your-domain.okta.com/oauth2/default",
  issuerPattern: /^https:\/\/[^/]+\.(?:okta|oktapreview|okta-emea|okta-gov)\.com(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  introspection: "{issuer}/v1/introspect",
  unsuitable: ({ hostname, pathname }) =>
    ORG_DOMAIN.test(hostname) && !/^\/oauth2\/[^/]+/.test(pathname)
      ? {
          code: "ERR_OAUTH_OKTA_ORG_SERVER",
          message:
            `${hostname} is Okta's org authorization server. Its tokens are for Okta's own API and ` +
            `cannot be validated elsewhere. Use a custom one: https://${hostname}/oauth2/default`,
        }
      : undefined,
  summary: {
    tokens: "JWT",
    audience: "of the server",
    scopes: "`scp`",
    registration: "by an administrator",
  },
  variables: [
    {
      name: "OKTA_DOMAIN",
      kind: "text",
      option: "okta.domain",
      required: true,
      text: "The organisation's domain.",
      example: "acme.okta.com",
    },
    {
      name: "OKTA_AUTHORIZATION_SERVER_ID",
      kind: "text",
      option: "okta.authorizationServerId",
      required: true,
      text: "Id of a custom authorization server.",
      example: "default",
    },
  ],
  fromEnv: (env) =>
    okta({
      domain: env.requiredText("OKTA_DOMAIN"),
      authorizationServerId: env.requiredText("OKTA_AUTHORIZATION_SERVER_ID"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "You need a **custom** authorization server (API Access Management): **Security → API → Authorization Servers**. The org server at `https://acme.okta.com` issues tokens for Okta's own API and is refused at start (`ERR_OAUTH_OKTA_ORG_SERVER`).",
    "Its **Audience** goes into every token. Set it to your resource URL and omit `audience`, or pass its value.",
    "Add your scopes, and an access policy with a rule that grants them to your clients.",
  ],
  sources: [
    {
      facts:
        "The org authorization server is for Okta's own APIs; a custom one has its own scopes, claims and audiences.",
      url: "https://ai.techclick.in/blog_okta_api_access_management_oauth",
      read: "2026-11",
    },
  ],
  unverified: [
    "`scp` as a list, `cid`, the audience per server, and both forms of metadata (read in the API reference and guides, pages not recorded).",
    "The introspection endpoint.",
  ],
});
