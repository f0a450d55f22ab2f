import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** The stored response to a refresh request. */
export interface RefreshAnswer {
  /** The token response (RFC 6749 §5.1). */
  readonly body: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** The request's {@link requestKey}. */
  readonly request: string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const INFO = "mcp-framework-oauth refresh answer v1";

/**
 * Encrypts a response under a key derived from the refresh token, so that a copy
 * of the storage and its sealing keys is not enough to decrypt it.
 */
export function sealAnswer(answer: RefreshAnswer, refreshToken: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(refreshToken), iv);
  const sealed = [iv, cipher.update(JSON.stringify(answer)), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString("base64url");
}

/** @throws Error if the text was not sealed with this refresh token */
export function openAnswer(sealed: string, refreshToken: string): RefreshAnswer {
  const bytes = Buffer.from(sealed, "base64url");
  const decipher = createDecipheriv(
    "aes-256-gcm",
    keyOf(refreshToken),
    bytes.subarray(0, IV_BYTES),
    { authTagLength: TAG_BYTES },
  );
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const content = bytes.subarray(IV_BYTES, -TAG_BYTES);
  const text = Buffer.concat([decipher.update(content), decipher.final()]).toString();
  return JSON.parse(text) as RefreshAnswer;
}

/** Requests for the same scopes and resource have the same key, and get the same response. */
export function requestKey(params: Readonly<Record<string, unknown>>): string {
  const { scope, resource } = params;
  const scopes = typeof scope === "string" ? scope.split(" ").sort() : [];
  return JSON.stringify([scopes, [resource ?? []].flat()]);
}

/** The stored response with `expires_in` recomputed for `now`. */
export function bodyAt({ body, issuedAt }: RefreshAnswer, now: number): Record<string, unknown> {
  const expiresIn = body["expires_in"];
  if (typeof expiresIn !== "number") return { ...body };
  return { ...body, expires_in: Math.max(0, Math.floor(expiresIn - (now - issuedAt))) };
}

function keyOf(refreshToken: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", refreshToken, "", INFO, 32));
}
