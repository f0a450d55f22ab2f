import type { errors, KoaContextWithOIDC } from "oidc-provider";
import type { ClientSettings } from "./client-options.js";
import { serviceScopes } from "./static-clients.js";

/** Whether the request is for a token without a user. */
export function isServiceRequest({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.params?.["grant_type"] === "client_credentials";
}

/**
 * The scopes of a resource that a request of a service can get. A request without `scope`
 * gets all of them.
 *
 * @throws UnauthorizedClient for a client that is no service, InvalidScope for a scope that it does not have
 */
export function scopesForService(
  { oidc }: KoaContextWithOIDC,
  clientId: string,
  offered: readonly string[],
  { settings, errors: library }: { settings: ClientSettings; errors: typeof errors },
): readonly string[] {
  const own = serviceScopes(settings, clientId);
  if (own === undefined) throw new library.UnauthorizedClient("the client is no service");
  const allowed = offered.filter((scope) => own.includes(scope));
  const requested = oidc.params?.["scope"];
  if (oidc.params !== undefined && requested === undefined) {
    oidc.params["scope"] = allowed.join(" ");
  }
  const scopes = typeof requested === "string" ? requested.split(" ") : allowed;
  const refused = scopes.filter((scope) => !allowed.includes(scope));
  if (refused.length > 0 || scopes.length === 0) {
    throw new library.InvalidScope("the client does not have this scope", refused.join(" "));
  }
  return scopes;
}
