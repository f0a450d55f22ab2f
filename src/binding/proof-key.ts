import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { sha256 } from "../core/hashes.js";
import { LRUCache } from "lru-cache";

/** The members a thumbprint covers, in its order (RFC 7638 §3.2, RFC 8037 §2). */
const REQUIRED_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  RSA: ["e", "kty", "n"],
};

/** Members of private and symmetric keys (RFC 7518 §6, RFC 8037 §2). */
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] as const;

/** The public key a proof carries, before anything is known about it. */
export interface ProofKey {
  /** Only the members that define the key. */
  readonly jwk: Readonly<Record<string, string>>;
  /** SHA-256 thumbprint (RFC 7638), base64url. */
  readonly thumbprint: string;
}

/**
 * Reads the `jwk` of a proof: an EC, OKP or RSA key in public form. `undefined`
 * for anything else, also for a key with private members: a published
 * private key is compromised.
 *
 * Does not check that the numbers form a key, nor its strength.
 */
export function parseProofKey(value: unknown): ProofKey | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const members = value as Record<string, unknown>;
  if (SECRET_MEMBERS.some((name) => Object.hasOwn(members, name))) return undefined;
  const { kty } = members;
  if (typeof kty !== "string" || !Object.hasOwn(REQUIRED_MEMBERS, kty)) return undefined;
  const jwk: Record<string, string> = {};
  for (const name of REQUIRED_MEMBERS[kty] ?? []) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    // `P-256` and base64url need these characters only, so JSON has one spelling for them.
    if (typeof member !== "string" || !/^[A-Za-z0-9_-]+$/.test(member)) return undefined;
    jwk[name] = member;
  }
  return { jwk, thumbprint: sha256(JSON.stringify(jwk)) };
}

/** Importing a key costs more than verifying with it, and a client keeps its key for long. */
const imported = new LRUCache<string, KeyObject>({ max: 1_000 });

/**
 * The key as node:crypto wants it, from a small cache; `undefined` when its
 * numbers form none. Call it only with a key some accepted token is bound to:
 * then anonymous clients can neither fill the cache nor cause work with their own keys.
 */
export function importProofKey({ jwk, thumbprint }: ProofKey): KeyObject | undefined {
  // The thumbprint covers every member that is imported: two keys never share an entry.
  const known = imported.get(thumbprint);
  if (known !== undefined) return known;
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    imported.set(thumbprint, key);
    return key;
  } catch {
    return undefined;
  }
}
