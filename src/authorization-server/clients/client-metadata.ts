import { staysOnDevice } from "./redirect-uris.js";

const GRANT_TYPES = new Set([
  "authorization_code",
  "refresh_token",
  "urn:ietf:params:oauth:grant-type:device_code",
]);
const DROPPED = new Set(["scope", "sector_identifier_uri"]);

/**
 * Adapts client metadata, as real MCP clients send it, to oidc-provider.
 *
 * - `application_type` is derived from the redirect URIs and overrides the
 *   client's value: a client with any redirect URI that is not https is native.
 *   Many clients omit the member and use a changing loopback port or a private
 *   scheme (RFC 8252 §7). A native client may use http on loopback only.
 * - `scope` is dropped: clients request scopes with each authorization request
 *   (step-up), and some register an empty value.
 * - Unsupported grant types are dropped if a supported one remains (RFC 7591
 *   §3.2.1 lets the server replace unsupported values).
 * - Empty members count as absent.
 * - `sector_identifier_uri` is dropped: subjects are never pairwise here, and
 *   any client could make this server fetch that URL.
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

/**
 * The metadata of a document. A client without a method of authentication is
 * public: it has no secret, which the default of RFC 7591 would need.
 */
export function normalizeDocument(
  document: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return { token_endpoint_auth_method: "none", ...normalizeClientMetadata(document) };
}

const NOT_CONTENT = new Set([
  "client_id",
  "client_id_issued_at",
  "client_secret",
  "client_secret_expires_at",
]);

/**
 * The metadata as one text, which is the same for every registration of the same
 * client: without the order of members and lists, and without loopback ports,
 * which change with each start of an application (RFC 8252 §7.3).
 */
export function contentOf(metadata: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(metadata)
    .filter(([name]) => !NOT_CONTENT.has(name))
    .map(([name, value]) => [name, name === "redirect_uris" ? withoutPorts(value) : value]);
  return canonical(Object.fromEntries(members));
}

function withoutPorts(uris: unknown): unknown {
  if (!Array.isArray(uris)) return uris;
  const stripped = uris.map((uri: unknown) => {
    if (typeof uri !== "string" || !staysOnDevice(uri)) return uri;
    return uri.replace(/^(http:\/\/(?:\[[^\]]*\]|[^/:?#]*)):\d+/i, "$1");
  });
  return [...new Set(stripped)];
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`,
  );
  return `{${members.sort().join()}}`;
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
