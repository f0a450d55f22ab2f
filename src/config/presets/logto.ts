import { audienceOf, baseUrlOf, type Preset } from "./preset.js";

/** Options of {@link logto}. */
export interface LogtoPresetOptions {
  /** The tenant's endpoint: `https://acme.logto.app`, or a custom domain. */
  readonly endpoint: string;
  /** The API resource's indicator, character by character. @default the resource */
  readonly audience?: string | readonly string[];
}

/** Logto. Tokens are JWTs (RFC 9068) when the client asked with `resource`, and opaque otherwise. */
export function logto({ endpoint, audience }: LogtoPresetOptions): Preset {
  const base = baseUrlOf(endpoint, "logto.endpoint", "https://acme.logto.app");
  const issuer = `${base.replace(/\/oidc$/, "")}/oidc`;
  return {
    authorizationServers: [issuer],
    validation: { type: "jwt", issuer, ...audienceOf(audience) },
  };
}
