import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { sha256 } from "../core/hashes.js";
import { RSA_ALGORITHMS } from "../core/algorithms.js";

/** A public key that may verify signatures. */
export interface VerificationKey {
  readonly kid?: string;
  /** `alg` as published; `algorithms` already takes it into account. */
  readonly alg?: string;
  readonly kty: "RSA" | "EC" | "OKP";
  readonly key: KeyObject;
  /** Algorithms it may verify: one family, narrowed by `alg`. */
  readonly algorithms: readonly string[];
  /** Equal only for the same key material with the same `kid` and `alg`. */
  readonly id: string;
}

/** Reasons why a key is not used: stable identifiers, for logs and diagnosis. */
export type JwkRejection =
  | "not_an_object"
  | "kid"
  | "kty"
  | "symmetric"
  | "private_members"
  | "use"
  | "key_ops"
  | "alg"
  | "crv"
  | "modulus"
  | "exponent"
  | "malformed";

export type ParsedJwk =
  | { readonly ok: true; readonly key: VerificationKey }
  | { readonly ok: false; readonly reason: JwkRejection };

export interface ParsedJwks {
  readonly keys: readonly VerificationKey[];
  /** Rejected keys, by index in the set. */
  readonly rejected: readonly {
    readonly index: number;
    readonly kid?: string;
    readonly reason: JwkRejection;
  }[];
}

/** Maximum number of keys read from one set. Importing thousands would block every request. */
export const MAX_KEYS_IN_SET = 100;

const RSA_MIN_BITS = 2048;
/** A larger modulus makes each verification a small denial of service. */
const RSA_MAX_BITS = 16384;
const RSA_MAX_EXPONENT = 2n ** 32n;

/** Per curve: its algorithms and the length of a coordinate in bytes. */
const EC_CURVES: Readonly<Record<string, readonly [string, number]>> = {
  "P-256": ["ES256", 32],
  "P-384": ["ES384", 48],
  "P-521": ["ES512", 66],
};
const OKP_CURVES: Readonly<Record<string, readonly [string, number]>> = {
  Ed25519: ["Ed25519", 32],
  Ed448: ["Ed448", 57],
};

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/**
 * Vets one member of a key set: a public RSA key of 2048 to 16384 bits with an
 * odd exponent from 3 to 2^32, an EC key on P-256, P-384 or P-521, or an
 * Ed25519 or Ed448 key, meant for signatures by `use`, `key_ops` and `alg`.
 *
 * Takes anything and never throws. Does not look at `x5c`, `x5t` and `x5u`, and
 * does not check whom the key belongs to.
 *
 * @see RFC 7517 §4, RFC 7518 §6, RFC 8037 §2
 */
export function parseJwk(input: unknown): ParsedJwk {
  if (!isObject(input)) return rejected("not_an_object");
  const { kid, kty, use, key_ops: operations, alg } = input;
  if (kid !== undefined && typeof kid !== "string") return rejected("kid");
  // A secret in a public document is public: anyone who reads it could sign.
  if (kty === "oct") return rejected("symmetric");
  if (kty !== "RSA" && kty !== "EC" && kty !== "OKP") return rejected("kty");
  if (PRIVATE_MEMBERS.some((member) => member in input)) return rejected("private_members");
  if (use !== undefined && use !== "sig") return rejected("use");
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    return rejected("key_ops");
  }
  const material = materialOf(kty, input);
  if ("reason" in material) return rejected(material.reason);
  const algorithms = narrow(material.algorithms, alg);
  if (algorithms === undefined) return rejected("alg");

  let key: KeyObject;
  try {
    // Checks, among others, that a point lies on its curve.
    key = createPublicKey({ key: material.jwk, format: "jwk" });
  } catch {
    return rejected("malformed");
  }
  return {
    ok: true,
    key: {
      ...(kid === undefined ? {} : { kid }),
      ...(typeof alg === "string" ? { alg } : {}),
      kty,
      key,
      algorithms,
      id: identify(kid, algorithms, key),
    },
  };
}

/**
 * Vets every key of a JWK Set (RFC 7517 §5). One invalid key never disables the
 * others; keys past the first {@link MAX_KEYS_IN_SET} are ignored.
 *
 * `undefined` for anything that is not a key set. `keys` may be empty.
 */
export function parseJwks(input: unknown): ParsedJwks | undefined {
  if (!isObject(input) || !Array.isArray(input["keys"])) return undefined;
  const keys: VerificationKey[] = [];
  const left: ParsedJwks["rejected"][number][] = [];
  const members: readonly unknown[] = input["keys"];
  for (const [index, member] of members.slice(0, MAX_KEYS_IN_SET).entries()) {
    const parsed = parseJwk(member);
    if (parsed.ok) {
      // Skip duplicates.
      if (!keys.some((key) => key.id === parsed.key.id)) keys.push(parsed.key);
      continue;
    }
    const kid = isObject(member) ? member["kid"] : undefined;
    left.push({ index, ...(typeof kid === "string" ? { kid } : {}), reason: parsed.reason });
  }
  return { keys, rejected: left };
}

/**
 * The algorithms that a public key in Node's form may verify, by the rules of
 * {@link parseJwk}; the reason when it may verify none.
 */
export function parsePublicKey(key: KeyObject, alg?: string): ParsedJwk {
  if (key.type !== "public") return rejected("private_members");
  let jwk: JsonWebKey;
  try {
    jwk = key.export({ format: "jwk" });
  } catch {
    return rejected("kty");
  }
  return parseJwk(alg === undefined ? jwk : { ...jwk, alg });
}

type Material =
  | { readonly jwk: JsonWebKey; readonly algorithms: readonly string[] }
  | { readonly reason: JwkRejection };

/** Picks out only the members that define the key, each in its strict form. */
function materialOf(kty: "RSA" | "EC" | "OKP", input: Record<string, unknown>): Material {
  const { crv, n, e, x, y } = input;
  switch (kty) {
    case "RSA": {
      const modulus = decode(n, RSA_MAX_BITS / 8 + 1);
      const exponent = decode(e, 9);
      if (modulus === undefined || !hasSaneSize(modulus)) return { reason: "modulus" };
      if (exponent === undefined || !isSaneExponent(exponent)) return { reason: "exponent" };
      return { jwk: { kty, n: n as string, e: e as string }, algorithms: RSA_ALGORITHMS };
    }
    case "EC": {
      const [algorithm, length] = curve(EC_CURVES, crv);
      if (algorithm === undefined) return { reason: "crv" };
      if (decode(x, length)?.length !== length || decode(y, length)?.length !== length) {
        return { reason: "malformed" };
      }
      const jwk = { kty, crv: crv as string, x: x as string, y: y as string };
      return { jwk, algorithms: [algorithm] };
    }
    case "OKP": {
      const [algorithm, length] = curve(OKP_CURVES, crv);
      if (algorithm === undefined) return { reason: "crv" };
      if (decode(x, length)?.length !== length) return { reason: "malformed" };
      // RFC 9864 names the curve; RFC 8037 says EdDSA for both. One and the same signature.
      const jwk = { kty, crv: crv as string, x: x as string };
      return { jwk, algorithms: ["EdDSA", algorithm] };
    }
  }
}

function curve(
  curves: typeof EC_CURVES,
  name: unknown,
): readonly [string, number] | readonly [undefined, 0] {
  return (
    (typeof name === "string" && Object.hasOwn(curves, name) && curves[name]) || [undefined, 0]
  );
}

/** `undefined` when `alg` does not fit the key: a mismatch is a mistake or an attack. */
function narrow(algorithms: readonly string[], alg: unknown): readonly string[] | undefined {
  if (alg === undefined) return algorithms;
  if (typeof alg !== "string" || !algorithms.includes(alg)) return undefined;
  return algorithms.includes("EdDSA") ? algorithms : [alg];
}

function hasSaneSize(modulus: Buffer): boolean {
  const first = modulus.findIndex((byte) => byte !== 0);
  if (first === -1) return false;
  const bits = (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24);
  // A product of odd primes is odd.
  return bits >= RSA_MIN_BITS && bits <= RSA_MAX_BITS && ((modulus.at(-1) ?? 0) & 1) === 1;
}

/** With an exponent of 1 every "signature" verifies; an even one has no inverse. */
function isSaneExponent(bytes: Buffer): boolean {
  const exponent = BigInt(`0x${bytes.toString("hex") || "0"}`);
  return exponent >= 3n && exponent % 2n === 1n && exponent < RSA_MAX_EXPONENT;
}

/** Strict, because Node's decoder skips unknown characters: two texts would give one key. */
function decode(text: unknown, maxBytes: number): Buffer | undefined {
  if (typeof text !== "string" || text.length > Math.ceil((maxBytes * 4) / 3)) return undefined;
  return /^[A-Za-z0-9_-]+$/.test(text) ? Buffer.from(text, "base64url") : undefined;
}

function identify(kid: string | undefined, algorithms: readonly string[], key: KeyObject): string {
  const spki = key.export({ format: "der", type: "spki" });
  const material = sha256(spki);
  return JSON.stringify([kid ?? null, algorithms, material]);
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function rejected(reason: JwkRejection): ParsedJwk {
  return { ok: false, reason };
}
