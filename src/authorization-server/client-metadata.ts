const GRANT_TYPES = new Set(["authorization_code", "refresh_token"]);
const DROPPED = new Set(["scope", "sector_identifier_uri"]);

/**
 * Client metadata as real MCP clients send it, made fit for oidc-provider.
 *
 * - `application_type` is decided by the redirect URIs, whatever the client
 *   says: with one that is not https the client is native. Clients leave the
 *   member out and still come with another loopback port or a scheme of their
 *   own (RFC 8252 §7); and a native client may use http on loopback only.
 * - `scope` is dropped: a client asks for scopes request by request (step-up),
 *   and some register an empty one.
 * - Grant types that do not exist here are dropped if one remains (RFC 7591
 *   §3.2.1 lets the server replace what it does not support).
 * - Empty members count as absent.
 * - `sector_identifier_uri` is dropped: subjects are never pairwise here, and
 *   anybody could have this server fetch it.
 *
 * Does not check the metadata: oidc-provider does so afterwards.
 */
export function normalizeClientMetadata(
  metadata: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const normalized = Object.fromEntries(
    Object.entries(metadata).filter(
      ([name, value]) => !DROPPED.has(name) && value !== "" && value !== null,
    ),
  );
  const { redirect_uris: redirectUris, grant_types: grantTypes } = normalized;
  if (Array.isArray(redirectUris)) {
    const allHttps = redirectUris.every(
      (uri) => typeof uri === "string" && /^https:/i.test(uri.trim()),
    );
    normalized["application_type"] = allHttps ? "web" : "native";
  }
  if (Array.isArray(grantTypes)) {
    const supported = grantTypes.filter((type) => GRANT_TYPES.has(type as string));
    if (supported.includes("authorization_code")) normalized["grant_types"] = supported;
  }
  return normalized;
}

/** A JSON object, or `undefined` for anything else. */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
