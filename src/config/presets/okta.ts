import { audienceOf, hostOf, required, type Preset } from "./preset.js";

/** Options of {@link okta}. */
export interface OktaPresetOptions {
  /** The organisation's domain: `acme.okta.com`, or a custom one. */
  readonly domain: string;
  /**
   * Id of a custom authorization server, or `default`. The organisation's own
   * server will not do: its tokens are for Okta's API.
   */
  readonly authorizationServerId: string;
  /** The audience of that server, as its settings show it. @default the resource */
  readonly audience?: string | readonly string[];
}

/** Okta, a custom authorization server. Scopes stand in `scp`, the client in `cid`. */
export function okta({ domain, authorizationServerId, audience }: OktaPresetOptions): Preset {
  const host = hostOf(domain, "okta.domain", "acme.okta.com");
  const id = required(authorizationServerId, "okta.authorizationServerId", "default");
  const issuer = `https://${host}/oauth2/${encodeURIComponent(id)}`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...audienceOf(audience),
      algorithms: ["RS256"],
      // Okta's header has no typ at all.
      allowJwtTyp: true,
      claims: { scopes: ["scp"], clientId: ["cid"] },
    },
  };
}
