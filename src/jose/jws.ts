import { InvalidTokenError } from "../errors.js";
import type { JwsHeader } from "../keys/key-source.js";

/** The members of a JWT's payload (RFC 7519 §4). */
export type Claims = Readonly<Record<string, unknown>>;

/** Largest token that is looked at, unless configured otherwise: what Node allows all headers together. */
export const DEFAULT_MAX_TOKEN_BYTES = 16_384;

// Without `fatal`, all bytes that are not UTF-8 would read as U+FFFD: different claims, one text.
// A byte order mark is kept, and JSON.parse refuses it.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A compact JWS taken apart. Nothing in it is proven. */
export interface CompactJws {
  readonly header: JwsHeader;
  /** The decoded payload; {@link parseClaims} reads it. */
  readonly payload: Buffer;
  /** The bytes the signature is over: the first two parts with the dot between them. */
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

/**
 * Takes apart a JWS in compact serialization (RFC 7515 §7.1), strictly: three
 * parts of canonical base64url, and a header that is a JSON object in which no
 * name occurs twice (§4). One signed content therefore has one spelling; its
 * signature may have two, see `signedHash`.
 *
 * Does not check the signature, `crit`, `typ` or whether `alg` is allowed.
 *
 * @throws InvalidTokenError also `token_encrypted` for the five parts of a JWE
 */
export function parseCompactJws(token: string, maxBytes = DEFAULT_MAX_TOKEN_BYTES): CompactJws {
  // Whatever passes below is ASCII, so characters are bytes.
  if (token.length > maxBytes) throw new InvalidTokenError("token_too_large");
  const parts = token.split(".", 6);
  if (parts.length === 5) throw new InvalidTokenError("token_encrypted");
  const [header, payload, signature] = parts;
  if (
    parts.length !== 3 ||
    header === undefined ||
    payload === undefined ||
    signature === undefined
  ) {
    throw new InvalidTokenError("token_malformed");
  }
  return {
    header: parseHeader(decodeBase64url(header)),
    payload: decodeBase64url(payload),
    signingInput: Buffer.from(token.slice(0, header.length + 1 + payload.length), "latin1"),
    signature: decodeBase64url(signature),
  };
}

/**
 * Reads a payload as a JWT claims set (RFC 7519 §7.2): UTF-8 without errors, a
 * JSON object. Of a name that occurs twice the last value counts, as RFC 7519
 * §4 allows: the issuer signed it so.
 *
 * @throws InvalidTokenError
 */
export function parseClaims(payload: Uint8Array): Record<string, unknown> {
  return parseJsonObject(payload)[0];
}

function parseHeader(bytes: Buffer): JwsHeader {
  const [header, text] = parseJsonObject(bytes);
  const { alg, kid, typ } = header;
  if (
    typeof alg !== "string" ||
    (kid !== undefined && typeof kid !== "string") ||
    (typ !== undefined && typeof typ !== "string") ||
    // Two readers that pick different ones of two `alg` or `kid` can be played against each other.
    countMembers(text) !== Object.keys(header).length
  ) {
    throw new InvalidTokenError("header_malformed");
  }
  return header as JwsHeader;
}

/** Decodes base64url without padding (RFC 7515 §2); empty is refused as well. */
function decodeBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  // Node's decoder skips what it does not know. Bytes have one canonical spelling:
  // what does not come back had white space, padding, foreign characters or stray bits.
  if (text === "" || bytes.toString("base64url") !== text) {
    throw new InvalidTokenError("token_malformed");
  }
  return bytes;
}

function parseJsonObject(bytes: Uint8Array): [Record<string, unknown>, string] {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    // Not kept as cause: its message quotes the token.
    throw new InvalidTokenError("token_malformed");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidTokenError("token_malformed");
  }
  return [value as Record<string, unknown>, text];
}

/** How many members the outermost object of `json` has as written. Assumes valid JSON. */
function countMembers(json: string): number {
  let members = 0;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (quoted) {
      if (character === "\\") i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === ":" && depth === 1) members++;
  }
  return members;
}
