import { InvalidTokenError } from "../core/errors.js";
import type { JwsHeader } from "../keys/key-source.js";
import { freezeDeep } from "../core/freeze.js";

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
 * signature may have two, see `tokenHash`.
 *
 * Does not check the signature, `crit`, `typ` or whether `alg` is allowed.
 *
 * @throws InvalidTokenError also `token_encrypted` for the five parts of a JWE
 */
export function parseCompactJws(token: string, maxBytes = DEFAULT_MAX_TOKEN_BYTES): CompactJws {
  // Valid tokens are ASCII, so characters are bytes.
  if (token.length > maxBytes) throw new InvalidTokenError("token_too_large");
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 0 || second < 0) throw new InvalidTokenError("token_malformed");
  if (token.includes(".", second + 1)) {
    const isEncrypted = token.split(".", 6).length === 5;
    throw new InvalidTokenError(isEncrypted ? "token_encrypted" : "token_malformed");
  }
  return {
    header: readHeader(token.slice(0, first)),
    payload: decodeBase64url(token.slice(first + 1, second)),
    signingInput: Buffer.from(token.slice(0, second), "latin1"),
    signature: decodeBase64url(token.slice(second + 1)),
  };
}

/** Headers kept, and how long the text of a kept one may be: a hundred kilobytes at most. */
const MAX_HEADERS = 100;
const MAX_HEADER_LENGTH = 512;
const headers = new Map<string, JwsHeader>();

/**
 * The header of that text, frozen. The tokens that a key has signed all have
 * the same one, and reading it takes as long as all else in a token: so it is
 * kept, whether the signature holds or not. It says nothing about a token.
 */
function readHeader(text: string): JwsHeader {
  const known = headers.get(text);
  if (known !== undefined) return known;
  const bytes = decodeBase64url(text);
  const header = freezeDeep(parseHeader(bytes));
  if (text.length <= MAX_HEADER_LENGTH) {
    if (headers.size >= MAX_HEADERS) headers.clear();
    // Spelled out anew: a slice would keep the whole token in memory.
    headers.set(bytes.toString("base64url"), header);
  }
  return header;
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
