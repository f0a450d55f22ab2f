import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** What a refresh answered, and to which question. */
export interface RefreshAnswer {
  /** The token response (RFC 6749 §5.1). */
  readonly body: Readonly<Record<string, unknown>>;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** From {@link requestKey}. */
  readonly request: string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const INFO = "mcp-framework-oauth refresh answer v1";

/**
 * Seals an answer under a key that only the refresh token yields, so a copy of
 * the storage together with its sealing keys still opens no answer.
 */
export function sealAnswer(answer: RefreshAnswer, refreshToken: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(refreshToken), iv);
  const sealed = [iv, cipher.update(JSON.stringify(answer)), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString("base64url");
}

/** @throws Error for a text that was not sealed under this refresh token */
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

/** Two requests with the same key get the same answer: they ask for the same access. */
export function requestKey(params: Readonly<Record<string, unknown>>): string {
  const { scope, resource } = params;
  const scopes = typeof scope === "string" ? scope.split(" ").sort() : [];
  return JSON.stringify([scopes, [resource ?? []].flat()]);
}

/** The stored response as it is sent at `now`: its lifetime has run on since. */
export function bodyAt({ body, issuedAt }: RefreshAnswer, now: number): Record<string, unknown> {
  const expiresIn = body["expires_in"];
  if (typeof expiresIn !== "number") return { ...body };
  return { ...body, expires_in: Math.max(0, Math.floor(expiresIn - (now - issuedAt))) };
}

function keyOf(refreshToken: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", refreshToken, "", INFO, 32));
}
