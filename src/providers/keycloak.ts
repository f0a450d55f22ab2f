import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, required, type Preset } from "./preset.js";

/** Options of {@link keycloak}. */
interface KeycloakPresetOptions {
  /** Base URL of Keycloak, without `/realms`. */
  readonly url: string;
  readonly realm: string;
  /** The `aud` that the audience mapper writes. @default the resource */
  readonly audience?: string | readonly string[];
  /**
   * Count roles as scopes, in addition to granted scopes: those of the realm
   * (`"realm"`), or of the listed clients. @default none
   */
  readonly rolesFrom?: "realm" | readonly string[];
}

/**
 * Keycloak. Its tokens do not contain the resource until a client scope has an
 * audience mapper. The default audience, `account`, is not this server.
 *
 * @example
 * ```ts
 * import { keycloak, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...keycloak({ url: "https://sso.example.com", realm: "main" }),
 * });
 * ```
 */
export function keycloak({ url, realm, audience, rolesFrom = [] }: KeycloakPresetOptions): Preset {
  const base = baseUrlOf(url, "keycloak.url", "https://sso.example.com").replace(
    /\/realms(\/.*)?$/,
    "",
  );
  const name = required(realm, "keycloak.realm", "main");
  const issuer = `${base}/realms/${encodeURIComponent(name)}`;
  const roles =
    rolesFrom === "realm"
      ? ["realm_access.roles"]
      : rolesFrom.map((client) => `resource_access.${client}.roles`);
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", audience),
      allowJwtTyp: true,
      claims: { scopes: ["scope", ...roles], clientId: ["azp", "client_id"] },
    },
  };
}

/** Facts about Keycloak. */
export const keycloakProvider = defineProvider({
  id: "keycloak",
  label: "Keycloak",
  issuerExample: "https://auth.example.com/realms/your-realm",
  issuerPattern: /\/realms\/[^/]+\/?$/,
  validates: "jwt",
  typesTokensJwt: true,
  introspection: "{issuer}/protocol/openid-connect/token/introspect",
  hint: {
    detail: "Keycloak puts no audience into tokens until a mapper is set.",
    fix: "Add an audience mapper with this server's URL to a default client scope.",
  },
  summary: {
    tokens: "JWT",
    audience: "by a mapper",
    scopes: "`scope`, roles",
    registration: "by policy",
  },
  variables: [
    {
      name: "KEYCLOAK_URL",
      kind: "text",
      option: "keycloak.url",
      required: true,
      text: "Base URL, without `/realms`.",
      example: "https://sso.example.com",
    },
    {
      name: "KEYCLOAK_REALM",
      kind: "text",
      option: "keycloak.realm",
      required: true,
      text: "The realm.",
      example: "main",
    },
    {
      name: "KEYCLOAK_ROLES_FROM",
      kind: "list",
      option: "keycloak.rolesFrom",
      required: false,
      text: "Count roles as scopes: `realm`, or the clients that have the roles.",
      example: "realm",
    },
  ],
  fromEnv: (env) => {
    const roles = env.list("KEYCLOAK_ROLES_FROM");
    const isRealm = roles?.length === 1 && roles[0] === "realm";
    return keycloak({
      url: env.requiredText("KEYCLOAK_URL"),
      realm: env.requiredText("KEYCLOAK_REALM"),
      ...given("rolesFrom", isRealm ? ("realm" as const) : roles),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    });
  },
  consoleSteps: [
    "**Client scopes → Create**, type _Default_ or _Optional_, named like one of your scopes (`mcp:tools`).",
    "In it, **Mappers → Configure a new mapper → Audience:** set **Included Custom Audience** to your resource URL and **Add to access token**. Without this, tokens have `aud: account` or no audience.",
    'To count roles as scopes, pass `rolesFrom: "realm"`, or the clients that have the roles.',
    "For introspection, add the introspecting client to the audience as well: otherwise Keycloak reports the token as inactive.",
  ],
  sources: [
    {
      facts:
        "`aud` is `account` in a new realm, is missing without a mapper, and gets a literal URL from the audience mapper.",
      url: "https://phasetwo.io/tutorials/clients/audience/",
      read: "2026-11",
    },
    {
      facts:
        "Introspection reports a token as inactive if the introspecting client is not in its audience (the upgrading guide, as quoted).",
      url: "https://mail-archive.com/commits@camel.apache.org/msg423021.html",
      read: "2026-11",
    },
  ],
  unverified: ["The policies for anonymous client registration.", "`typ: ID` in ID tokens."],
});
