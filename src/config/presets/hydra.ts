import { audienceOf, baseUrlOf, type Preset } from "./preset.js";

/** Options of {@link hydra}. */
export interface HydraPresetOptions {
  /** `urls.self.issuer` of the configuration, with its slash if it has one. */
  readonly issuer: string;
  /** What clients are allowed to ask with `audience`. @default the resource */
  readonly audience?: string | readonly string[];
}

/**
 * Ory Hydra with `strategies.access_token: jwt`. For opaque tokens configure
 * `validation: { type: "introspection" }` by hand: that endpoint is on the
 * admin port, whose protection is your own.
 */
export function hydra({ issuer, audience }: HydraPresetOptions): Preset {
  const url = baseUrlOf(issuer, "hydra.issuer", "https://auth.example.com");
  // Hydra prints its issuer as configured, slash included.
  const exact = issuer.trim().endsWith("/") ? `${url}/` : url;
  return {
    authorizationServers: [exact],
    validation: {
      type: "jwt",
      issuer: exact,
      ...audienceOf(audience),
      allowJwtTyp: true,
      claims: { scopes: ["scp", "scope"], clientId: ["client_id"] },
    },
  };
}
