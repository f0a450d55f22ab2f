import { audienceOf, hostOf, type Preset } from "./preset.js";

/** Options of {@link workos}. */
export interface WorkosPresetOptions {
  /** The AuthKit domain: `acme.authkit.app`, or a custom one. */
  readonly domain: string;
  /** @default the resource, which must be registered as a resource indicator */
  readonly audience?: string | readonly string[];
}

/** WorkOS AuthKit. The resource is the audience once it is registered in the dashboard. */
export function workos({ domain, audience }: WorkosPresetOptions): Preset {
  const issuer = `https://${hostOf(domain, "workos.domain", "acme.authkit.app")}`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...audienceOf(audience),
      jwksUri: `${issuer}/oauth2/jwks`,
      algorithms: ["RS256"],
      allowJwtTyp: true,
    },
  };
}
