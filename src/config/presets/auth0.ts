import { audienceOf, hostOf, type Preset } from "./preset.js";

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
      ...audienceOf(audience),
      algorithms: ["RS256", "PS256"],
      // Auth0 types its tokens JWT unless the API uses the RFC 9068 profile.
      allowJwtTyp: true,
      claims: { scopes: ["scope", "permissions"], clientId: ["azp", "client_id"] },
    },
  };
}
