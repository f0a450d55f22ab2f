import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { hostOf, scopeClaims, type Preset, type RightsOptions } from "./preset.js";
import type { Claims } from "../validators/claims.js";

/** Options of {@link auth0}. */
interface Auth0PresetOptions extends RightsOptions {
  /** The tenant's domain, or its custom domain: `acme.eu.auth0.com`. */
  readonly domain: string;
  /** The API's identifier. @default the resource */
  readonly audience?: string | readonly string[];
}

const CLIENT_ID = ["azp", "client_id"];
const APP_GRANT = "client-credentials";

/**
 * Auth0. The issuer ends in a slash. A client that requests no audience gets an
 * opaque token, which cannot be validated: see the page on Auth0 for the tenant's
 * default audience and the Resource Parameter Compatibility Profile.
 *
 * `permissions` (RBAC) are scopes in app-only tokens and, with `countRoles`, in
 * every token.
 *
 * @example
 * ```ts
 * import { auth0, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...auth0({ domain: "acme.eu.auth0.com" }),
 * });
 * ```
 */
export function auth0({ domain, audience, ...rights }: Auth0PresetOptions): Preset {
  const issuer = `https://${hostOf(domain, "auth0.domain", "acme.eu.auth0.com")}/`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", audience),
      algorithms: ["RS256", "PS256"],
      // Auth0 writes `typ: JWT` unless the API uses the RFC 9068 profile.
      allowJwtTyp: true,
      claims: {
        ...scopeClaims("scope", "permissions", isAppOnly, rights),
        clientId: CLIENT_ID,
      },
    },
  };
}

/**
 * Whether a token comes from the client credentials grant. Its subject is then
 * the client id with the suffix `@clients`, in both token profiles. Auth0's own
 * profile names the grant in `gty`, the RFC 9068 profile does not.
 */
function isAppOnly(claims: Claims): boolean {
  const { sub, gty = APP_GRANT } = claims;
  const clientId = CLIENT_ID.map((name) => claims[name]).find((id) => typeof id === "string");
  return gty === APP_GRANT && clientId !== undefined && sub === `${clientId}@clients`;
}

/** Facts about Auth0. */
export const auth0Provider = defineProvider({
  id: "auth0",
  label: "Auth0",
  issuerExample: "https://your-tenant.auth0.com/",
  issuerPattern: /^https:\/\/[^/]+\.auth0\.com(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  hint: {
    detail: "Auth0 issues an opaque or encrypted token unless the client requests an API.",
    fix: "Create an API whose identifier is this server's URL, and make it the tenant's default audience.",
  },
  summary: {
    tokens: "JWT",
    audience: "API identifier",
    scopes: "`scope`; `permissions` of apps",
    registration: "yes",
  },
  variables: [
    {
      name: "AUTH0_DOMAIN",
      kind: "text",
      option: "auth0.domain",
      required: true,
      text: "The tenant's domain.",
      example: "acme.eu.auth0.com",
    },
    {
      name: "AUTH0_COUNT_ROLES",
      kind: "flag",
      option: "auth0.countRoles",
      required: false,
      text: "Count `permissions` as scopes in every token: a client then has all permissions of its user.",
      example: "true",
    },
  ],
  fromEnv: (env) =>
    auth0({
      domain: env.requiredText("AUTH0_DOMAIN"),
      ...given("countRoles", env.flag("AUTH0_COUNT_ROLES")),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**Applications → APIs → Create API.** Make the identifier your resource URL, character by character (`https://mcp.example.com/mcp`); it cannot be changed later. With another identifier, pass it as `audience`.",
    "Choose the token profile **RFC 9068** if you can, and add your scopes under **Permissions**. With **Enable RBAC** and **Add Permissions in the Access Token**, `permissions` are scopes in tokens of the client credentials grant. In a user's token, `scopes.authorize` can read them from `token.claims`; pass `countRoles: true` to count them as scopes as well.",
    "**Settings → Advanced:** turn on the **Resource Parameter Compatibility Profile**, so that Auth0 uses the `resource` of MCP clients as `audience`; otherwise set the API as the tenant's **Default Audience**.",
  ],
  sources: [
    {
      facts:
        "Both token profiles: `typ`, `azp` or `client_id`, no `gty` in the RFC 9068 profile, and `sub` ending in `@clients` for the client credentials grant.",
      url: "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
      read: "2026-11",
    },
    {
      facts:
        "`permissions` in the token, and `scope` as the requested permissions that the user has.",
      url: "https://auth0.com/docs/get-started/apis/enable-role-based-access-control-for-apis",
      read: "2026-11",
    },
    {
      facts:
        "Where the Resource Parameter Compatibility Profile is turned on, and that `audience` wins over `resource`.",
      url: "https://auth0.com/ai/docs/mcp/guides/resource-param-compatibility-profile",
      read: "2026-11",
    },
    {
      facts: "Clients register by hand, by metadata document or dynamically.",
      url: "https://auth0.com/ai/docs/mcp/guides/registering-your-mcp-client-application",
      read: "2026-11",
    },
  ],
  unverified: [
    "The value `client-credentials` of `gty`.",
    "A token without an audience is opaque or encrypted.",
  ],
});
