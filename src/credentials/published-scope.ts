/** Scopes of OpenID Connect, which belong to the authorization server and to no resource. */
const IDENTITY_SCOPES = new Set([
  "openid",
  "profile",
  "email",
  "address",
  "phone",
  "offline_access",
]);

/**
 * A scope as clients must ask for it, where tokens carry a shorter name: Entra
 * grants `read` to whoever asked for `api://app/read`. A scope that is a URL of
 * its own, or one about the user, stays as it is.
 */
export function publishedScope(scope: string, prefix = ""): string {
  const isWhole = scope.startsWith(prefix) || scope.includes("://") || IDENTITY_SCOPES.has(scope);
  return isWhole ? scope : prefix + scope;
}
