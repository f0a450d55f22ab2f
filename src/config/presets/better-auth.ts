import { audienceOf, baseUrlOf, type Preset } from "./preset.js";

/** Options of {@link betterAuth}. */
export interface BetterAuthPresetOptions {
  /** `baseURL` and `basePath` of the instance: `https://app.example.com/api/auth`. */
  readonly issuer: string;
  /** @default the resource */
  readonly audience?: string | readonly string[];
}

/** better-auth with its OAuth provider. Signs with Ed25519 unless it is told otherwise. */
export function betterAuth({ issuer, audience }: BetterAuthPresetOptions): Preset {
  const url = baseUrlOf(issuer, "betterAuth.issuer", "https://app.example.com/api/auth");
  return {
    authorizationServers: [url],
    validation: {
      type: "jwt",
      issuer: url,
      ...audienceOf(audience),
      allowJwtTyp: true,
      claims: { clientId: ["client_id", "azp"] },
    },
  };
}
