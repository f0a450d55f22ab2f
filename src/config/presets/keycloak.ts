import { audienceOf, baseUrlOf, required, type Preset } from "./preset.js";

/** Options of {@link keycloak}. */
export interface KeycloakPresetOptions {
  /** Base URL of Keycloak, up to and without `/realms`. */
  readonly url: string;
  readonly realm: string;
  /** What the audience mapper writes into `aud`. @default the resource */
  readonly audience?: string | readonly string[];
  /**
   * Count roles beside granted scopes: those of the realm (`"realm"`), or of
   * the clients named. @default none
   */
  readonly rolesFrom?: "realm" | readonly string[];
}

/**
 * Keycloak. Its tokens name no resource until a client scope with an audience
 * mapper says so; `account`, which stands there by default, is not this server.
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
      ...audienceOf(audience),
      allowJwtTyp: true,
      claims: { scopes: ["scope", ...roles], clientId: ["azp", "client_id"] },
    },
  };
}
