/** Scopes of OpenID Connect, which belong to the authorization server, not to a resource. */
const IDENTITY_SCOPES = new Set([
  "openid",
  "profile",
  "email",
  "address",
  "phone",
  "offline_access",
]);

/**
 * A scope as clients must request it, if tokens contain a shorter name: Entra
 * grants `read` for a requested `api://app/read`. A scope that is a URL, or an
 * OpenID Connect scope, is not changed.
 */
export function publishedScope(scope: string, prefix = ""): string {
  const isWhole = scope.startsWith(prefix) || scope.includes("://") || IDENTITY_SCOPES.has(scope);
  return isWhole ? scope : prefix + scope;
}
