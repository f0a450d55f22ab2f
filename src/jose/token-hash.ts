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

/** The start of {@link tokenHash}: enough to correlate log lines, useless to replay. */
export function tokenFingerprint(token: string): string {
  return fingerprintOf(tokenHash(token));
}

/** The fingerprint of the token with this {@link tokenHash}. */
export function fingerprintOf(tokenHash: string): string {
  return tokenHash.slice(0, 16);
}
