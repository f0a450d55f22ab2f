import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { ConfigurationError, UnavailableError } from "../../core/errors.js";
import { sha256 } from "../../core/hashes.js";
import { FairPlaces } from "../../limits/fair-places.js";
import type { CallbackResult, TokenCallback } from "../callback-validator.js";
import { isCredential, type StaticToken } from "../static-validator.js";

/** One API key by its slow hash. */
export interface HashedKey extends StaticToken {
  /** `$scrypt$ln=15,r=8,p=1$salt$hash`, as {@link hashApiKey} makes it, or a hash for `compare`. */
  readonly hash: string;
  /** First characters of the key. Other keys are refused without computing this hash. @default "" */
  readonly prefix?: string;
}

/** Options of {@link hashedKeys}. */
export interface HashedKeysOptions {
  /** Compares keys with hashes of other forms, for example `compare` of a bcrypt package. */
  readonly compare?: (key: string, hash: string) => Promise<boolean>;
}

/** Each is computed for a guess whose prefix fits. */
const MAX_CANDIDATES = 10;
/** Hashes computed at once; libuv has four threads, which file access needs as well. */
const PLACES = { places: 2, queue: 64, queueOfBlock: 64, maxWaitSeconds: 4 };
const COST = { ln: 15, r: 8, p: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * A function for `apiKeys.validate` that accepts keys by their slow, salted hashes: scrypt, and with
 * `compare` any other form. For keys that people chose or that another system has hashed; random keys
 * of 128 bits need only SHA-256 (`apiKeys.keys`), which is faster.
 *
 * Two hashes are computed at once, at most 64 wait, further ones get 503. Guesses are limited by
 * `rateLimit.failures`. A good key is hashed once per process and then recognized by its SHA-256.
 *
 * @example
 * ```ts
 * apiKeys: {
 *   validate: hashedKeys(
 *     [{ hash: process.env.CI_KEY_HASH ?? "", prefix: "ci_", clientId: "ci", scopes: ["mcp:read"] }],
 *     { compare: bcrypt.compare },
 *   ),
 * },
 * ```
 *
 * @throws ConfigurationError for a hash that cannot be used; no message holds it
 */
export function hashedKeys(
  keys: readonly HashedKey[],
  { compare }: HashedKeysOptions = {},
): TokenCallback {
  const rows = keys.map((key, index) => rowOf(key, `hashedKeys[${index}]`, compare));
  checkCandidates(keys);
  const known = new LRUCache<string, CallbackResult>({ max: 1_000 });
  const places = new FairPlaces({
    ...PLACES,
    placesOf: () => PLACES.places,
    refusal: () => new UnavailableError("callback_overloaded", { retryAfterSeconds: 1 }),
  });
  return async (key) => {
    const digest = sha256(key);
    const found = known.get(digest);
    if (found !== undefined) return found;
    const candidates = rows.filter(({ prefix }) => key.startsWith(prefix));
    if (candidates.length === 0) return undefined;
    await places.enter();
    try {
      for (const { matches, result } of candidates) {
        if (!(await matches(key))) continue;
        known.set(digest, result);
        return result;
      }
      return undefined;
    } finally {
      places.leave();
    }
  };
}

/**
 * The scrypt hash of a key, with a new salt: for {@link hashedKeys}. Takes about 50 ms and 32 MiB.
 *
 * @example
 * ```ts
 * import { hashApiKey } from "mcp-framework-oauth";
 *
 * console.log(await hashApiKey("ci_correct-horse")); // $scrypt$ln=15,r=8,p=1$…$…
 * ```
 */
export async function hashApiKey(key: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(key, salt, COST, HASH_BYTES);
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${text(salt)}$${text(hash)}`;
}

interface Row {
  readonly prefix: string;
  readonly matches: (key: string) => Promise<boolean>;
  readonly result: CallbackResult;
}

function rowOf(key: HashedKey, name: string, compare: HashedKeysOptions["compare"]): Row {
  if (!isCredential(key)) {
    throw new ConfigurationError(
      "ERR_OAUTH_API_KEY_MEMBERS",
      `${name}: needs clientId (text) and scopes (a list of text); expiresAt is in seconds since the epoch.`,
    );
  }
  const { hash, prefix = "", ...token } = key;
  return { prefix, matches: matcherOf(hash, name, compare), result: { active: true, ...token } };
}

function matcherOf(
  hash: unknown,
  name: string,
  compare: HashedKeysOptions["compare"],
): (key: string) => Promise<boolean> {
  const parsed = typeof hash === "string" ? parseScrypt(hash) : undefined;
  if (parsed !== undefined) {
    const { salt, expected, ...cost } = parsed;
    return async (key) =>
      timingSafeEqual(await derive(key, salt, cost, expected.byteLength), expected);
  }
  if (typeof hash === "string" && compare !== undefined && !hash.startsWith("$scrypt$")) {
    if (/^\$[a-z0-9-]+\$.{20,}$/.test(hash))
      return async (key) => (await compare(key, hash)) === true;
  }
  throw new ConfigurationError(
    "ERR_OAUTH_API_KEY_HASH",
    `${name}.hash must be $scrypt$ln=…,r=…,p=…$salt$hash with ln up to 17 and r·p up to 32 ` +
      "(make one with hashApiKey), or, with the option compare, a hash like $2b$12$….",
  );
}

/** A guess must not cost a hash for every key of a large list. */
function checkCandidates(keys: readonly HashedKey[]): void {
  const most = Math.max(
    0,
    ...keys.map(
      ({ prefix: one = "" }) => keys.filter(({ prefix = "" }) => one.startsWith(prefix)).length,
    ),
  );
  if (keys.length > 0 && most <= MAX_CANDIDATES) return;
  throw new ConfigurationError(
    "ERR_OAUTH_API_KEYS_EMPTY",
    keys.length === 0
      ? "hashedKeys needs at least one key."
      : `hashedKeys: ${most} keys have the same prefix, and a guess would compute the hash of each. ` +
          `Give at most ${MAX_CANDIDATES} keys one prefix.`,
  );
}

interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

function parseScrypt(
  text: string,
): (Cost & { readonly salt: Buffer; readonly expected: Buffer }) | undefined {
  const match =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{22,88})$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [ln = 0, r = 0, p = 0] = match.slice(1, 4).map(Number);
  const [salt, expected] = match.slice(4).map((part) => Buffer.from(part, "base64"));
  const isAffordable = ln >= 10 && ln <= 17 && r >= 1 && p >= 1 && r * p <= 32;
  if (!isAffordable || salt === undefined || expected === undefined) return undefined;
  return { ln, r, p, salt, expected };
}

function derive(key: string, salt: Buffer, { ln, r, p }: Cost, length: number): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    // 128·N·r bytes, and some for p and the buffers (RFC 7914 §6).
    const options = { N, r, p, maxmem: 128 * N * r + 128 * r * p + 1024 * 1024 };
    scrypt(key.normalize("NFC"), salt, length, options, (error, derived) => {
      if (error === null) resolve(derived);
      else reject(error);
    });
  });
}
