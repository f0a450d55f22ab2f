import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { hostOf, type Preset } from "./preset.js";

/** Options of {@link auth0}. */
export interface Auth0PresetOptions {
  /** The tenant's domain, or its custom domain: `acme.eu.auth0.com`. */
  readonly domain: string;
  /** The API's identifier. @default the resource */
  readonly audience?: string | readonly string[];
}

/**
 * Auth0. The issuer ends in a slash. A client that asks for no audience gets an
 * opaque token that nobody can check: see the page on Auth0 for the tenant's
 * default audience and the Resource Parameter Compatibility Profile.
 *
 * The user's `permissions` (RBAC) count beside granted scopes.
 */
export function auth0({ domain, audience }: Auth0PresetOptions): Preset {
  const issuer = `https://${hostOf(domain, "auth0.domain", "acme.eu.auth0.com")}/`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", audience),
      algorithms: ["RS256", "PS256"],
      // Auth0 types its tokens JWT unless the API uses the RFC 9068 profile.
      allowJwtTyp: true,
      claims: { scopes: ["scope", "permissions"], clientId: ["azp", "client_id"] },
    },
  };
}

/** Everything known about Auth0. */
export const auth0Provider = defineProvider({
  id: "auth0",
  label: "Auth0",
  issuerExample: "https://your-tenant.auth0.com/",
  issuerPattern: /^https:\/\/[^/]+\.auth0\.com(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  hint: {
    detail: "Auth0 issues an opaque or encrypted token unless an API is asked for.",
    fix: "Create an API whose identifier is this server's URL, and make it the tenant's default audience.",
  },
  summary: {
    tokens: "JWT",
    audience: "API identifier",
    scopes: "`scope`, `permissions`",
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
  ],
  fromEnv: (env) =>
    auth0({
      domain: env.requiredText("AUTH0_DOMAIN"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**Applications → APIs → Create API.** Make the identifier your resource URL, character by character (`https://mcp.example.com/mcp`); it cannot be changed later. With another identifier, pass it as `audience`.",
    "Choose the token profile **RFC 9068** if you can, and add your scopes under **Permissions**. With **Enable RBAC** and **Add Permissions in the Access Token**, a user's `permissions` count as scopes too.",
    "**Settings → Advanced:** turn on the **Resource Parameter Compatibility Profile**, so that the `resource` that MCP clients send is taken for `audience`; otherwise set the API as the tenant's **Default Audience**.",
  ],
  sources: [],
  unverified: [],
});
