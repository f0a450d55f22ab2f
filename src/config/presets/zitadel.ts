import type { IntrospectionOptions } from "../../options/introspection.js";
import { baseUrlOf, required, type Preset } from "./preset.js";

/** Options of {@link zitadel}. */
export interface ZitadelPresetOptions {
  /** The instance: `https://acme-1a2b3c.zitadel.cloud`, or a custom domain. */
  readonly domain: string;
  /** The project this server belongs to; clients get it into `aud` with a scope of its own. */
  readonly projectId: string;
  /** Client id of this server's API application. */
  readonly clientId: string;
  /** Its secret (method Basic). */
  readonly clientSecret?: NonNullable<IntrospectionOptions["clientSecret"]>;
  /** Or the key file's `key` and `keyId` (method Private Key JWT). */
  readonly privateKey?: NonNullable<IntrospectionOptions["privateKey"]>;
  readonly keyId?: string;
}

/** Zitadel. Tokens are opaque unless an application is set otherwise, so that Zitadel is asked about each. */
export function zitadel(options: ZitadelPresetOptions): Preset {
  const issuer = baseUrlOf(options.domain, "zitadel.domain", "https://acme-1a2b3c.zitadel.cloud");
  const projectId = required(options.projectId, "zitadel.projectId", "269012345678901234");
  const clientId = required(options.clientId, "zitadel.clientId", "269012345678905678");
  const { clientSecret, privateKey, keyId } = options;
  // Without this scope the project is not in the audience, and introspection calls the token inactive.
  const scopes = ["openid", `urn:zitadel:iam:org:project:id:${projectId}:aud`];
  return {
    authorizationServers: [issuer],
    scopes: { supported: scopes, initial: scopes },
    validation: {
      type: "introspection",
      issuer,
      audience: projectId,
      introspection: {
        endpoint: `${issuer}/oauth/v2/introspect`,
        clientId,
        ...(privateKey === undefined
          ? {
              clientSecret:
                clientSecret ??
                required(undefined, "zitadel.clientSecret", "the secret, or privateKey and keyId"),
            }
          : { authMethod: "private_key_jwt", privateKey, ...(keyId !== undefined && { keyId }) }),
      },
    },
  };
}
