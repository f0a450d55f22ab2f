import { hash, timingSafeEqual } from "node:crypto";

/** SHA-256 in base64url (43 characters). Caches and proofs store it instead of a token. */
export function sha256(content: string | Uint8Array): string {
  return hash("sha256", content, "base64url");
}

/** The same 32 bytes, for comparing and counting. */
export function sha256Bytes(content: string | Uint8Array): Buffer {
  return hash("sha256", content, "buffer");
}

/**
 * Identifies a token where it is revoked (`revoke({ tokenHash })`), and as the
 * owner of what it opened: its SHA-256, base64url; of a JWT without the signature.
 *
 * An ECDSA signature `(r, s)` can be rewritten as `(r, n - s)`,
 * which also verifies: a thief could bypass a revocation of the whole text.
 *
 * Verifies nothing. Use it only for accepted tokens: an attacker can put another
 * signature behind the same content.
 *
 * @example
 * ```ts
 * import { tokenHash } from "mcp-framework-oauth";
 *
 * const stolen = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl";
 * await provider.revoke({ tokenHash: tokenHash(stolen), until: Date.now() / 1000 + 3600 });
 * ```
 */
export function tokenHash(token: string): string {
  return sha256(isCompactJws(token) ? token.slice(0, token.lastIndexOf(".")) : token);
}

/** By its form: three parts, the first a JSON object with `alg`. A key with dots is not a JWS. */
function isCompactJws(token: string): boolean {
  const header = /^([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[^.]+$/.exec(token)?.[1];
  if (header === undefined) return false;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header, "base64url").toString());
    return typeof (parsed as { alg?: unknown } | null)?.alg === "string";
  } catch {
    return false;
  }
}

/** The start of a token's SHA-256: enough to correlate log lines, useless to replay. */
export function tokenFingerprint(token: string): string {
  return sha256(token).slice(0, 16);
}

/** Compares two texts in constant time. */
export function isSameText(a: string, b: string): boolean {
  // Hashes have equal lengths, which timingSafeEqual requires.
  return timingSafeEqual(sha256Bytes(a), sha256Bytes(b));
}
