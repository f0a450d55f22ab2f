/** Members of RFC 9728 §2 that this server publishes. */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly jwks_uri?: string;
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly ["header"];
  readonly resource_name?: string;
  readonly resource_documentation?: string;
  readonly resource_policy_uri?: string;
  readonly resource_tos_uri?: string;
  readonly tls_client_certificate_bound_access_tokens?: boolean;
  readonly dpop_signing_alg_values_supported?: readonly string[];
  readonly dpop_bound_access_tokens_required?: boolean;
  readonly signed_metadata?: string;
}

export const WELL_KNOWN_PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource";

/**
 * The path of a resource's metadata: the well-known path goes between host and
 * path, a terminating slash is removed first (RFC 9728 §3.1).
 */
export function protectedResourceMetadataPath(resource: string): string {
  const { pathname } = new URL(resource);
  return WELL_KNOWN_PROTECTED_RESOURCE + pathname.replace(/\/$/, "");
}

/** The absolute URL of a resource's metadata, with the resource's query kept (RFC 9728 §3.1). */
export function protectedResourceMetadataUrl(resource: string): string {
  const { origin, search } = new URL(resource);
  return origin + protectedResourceMetadataPath(resource) + search;
}

/**
 * The document as text. Members without a value, and empty lists, are left out
 * (RFC 9728 §3.2).
 */
export function formatProtectedResourceMetadata(metadata: ProtectedResourceMetadata): string {
  const members = Object.entries(metadata).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return JSON.stringify(Object.fromEntries(members));
}
