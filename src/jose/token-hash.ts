import { hash } from "node:crypto";

/**
 * SHA-256 of a token, base64url (43 characters): what a cache or store keeps in
 * the token's place, so that a dump of it hands out nothing that can be sent.
 *
 * Suits tokens with enough entropy not to be guessed; it is no password hash.
 */
export function tokenHash(token: string): string {
  return hash("sha256", token, "base64url");
}

/**
 * Stands for a token where it is revoked (`revoke({ tokenHash })`), and as the
 * owner of what it opened: its SHA-256, base64url; of a JWT without the signature.
 *
 * Whoever holds a JWT with an ECDSA signature `(r, s)` can write it as `(r, n - s)`,
 * which verifies as well: a thief would walk past a revocation of the text.
 *
 * Verifies nothing. Good for accepted tokens only: anybody can put another
 * signature behind the same content.
 */
export function signedHash(token: string): string {
  return tokenHash(isCompactJws(token) ? token.slice(0, token.lastIndexOf(".")) : token);
}

/** By its look: three parts, the first a JSON object with `alg`. A key that has dots is none. */
function isCompactJws(token: string): boolean {
  const header = /^([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.exec(token)?.[1];
  if (header === undefined) return false;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(header, "base64url").toString());
    return typeof (parsed as { alg?: unknown } | null)?.alg === "string";
  } catch {
    return false;
  }
}

/** The start of {@link tokenHash}: enough to correlate log lines, useless to replay. */
export function tokenFingerprint(token: string): string {
  return tokenHash(token).slice(0, 16);
}
