import type { ClientMetadata, Provider } from "oidc-provider";
import { ConfigurationError } from "../../core/errors.js";
import { normalizeClientMetadata } from "./client-metadata.js";
import type { ClientSettings, StaticClientSettings } from "./client-options.js";

/** Static clients in oidc-provider's form. */
export function toClientMetadata({ static: clients }: ClientSettings): ClientMetadata[] {
  return clients.map((client) => {
    const { id, name, redirectUris, secret, jwks, jwksUri, service } = client;
    const grants = redirectUris.length > 0 ? ["authorization_code", "refresh_token"] : [];
    return {
      ...normalizeClientMetadata({
        client_id: id,
        client_name: name ?? id,
        redirect_uris: [...redirectUris],
        ...(secret !== undefined && { client_secret: secret }),
        ...(jwks !== undefined && { jwks }),
        ...(jwksUri !== undefined && { jwks_uri: jwksUri }),
        token_endpoint_auth_method: methodOf(client),
        response_types: redirectUris.length > 0 ? ["code"] : [],
      }),
      // Only static clients may have this grant type.
      grant_types: [...grants, ...(service !== undefined ? ["client_credentials"] : [])],
    } as unknown as ClientMetadata;
  });
}

/**
 * Finds mistakes at start that only oidc-provider knows, for example in a key.
 *
 * @throws ConfigurationError
 */
export async function validateStaticClients(
  provider: Provider,
  { static: clients }: ClientSettings,
): Promise<void> {
  for (const [index, { id }] of clients.entries()) {
    try {
      await provider.Client.find(id);
    } catch (cause) {
      const { error_description: found } = cause as { error_description?: unknown };
      if (typeof found !== "string") throw cause;
      throw new ConfigurationError("ERR_OAUTH_CLIENTS", `clients.static.${index}: ${found}.`);
    }
  }
}

function methodOf({ secret, jwks, jwksUri }: StaticClientSettings): string {
  if (secret !== undefined) return "client_secret_basic";
  return (jwks ?? jwksUri) === undefined ? "none" : "private_key_jwt";
}

/** Whether some client can get tokens without a user. */
export function hasServices({ static: clients }: ClientSettings): boolean {
  return clients.some(({ service }) => service !== undefined);
}

/** Scopes of a client that gets tokens without a user; `undefined` for any other client. */
export function serviceScopes(
  { static: clients }: ClientSettings,
  clientId: string,
): readonly string[] | undefined {
  return clients.find(({ id }) => id === clientId)?.service?.scopes;
}
