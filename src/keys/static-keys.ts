import { createPublicKey, createSecretKey, KeyObject } from "node:crypto";
import { ConfigurationError, InvalidTokenError } from "../core/errors.js";
import {
  parseJwk,
  parseJwks,
  parsePublicKey,
  type JwkRejection,
  type ParsedJwk,
  type VerificationKey,
} from "./jwk.js";
import type { JwsHeader, KeySource } from "./key-source.js";
import { selectKeys } from "./select-keys.js";

/** A public key as PEM (SPKI or certificate), JWK, JWK Set or Node's own object. */
export type PublicKeyInput = string | KeyObject | Readonly<Record<string, unknown>>;

/** Hash lengths in bytes: a shorter secret is easier to guess than the hash to break (RFC 7518 §3.2). */
const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 };
const PEM_BEGIN = "-----BEGIN ";

/**
 * Configured keys: public keys, or one HMAC secret, never both. With both, an
 * attacker could use the text of a public key as the secret.
 */
export class StaticKeys implements KeySource {
  readonly #find: (header: JwsHeader) => readonly KeyObject[];

  private constructor(find: (header: JwsHeader) => readonly KeyObject[]) {
    this.#find = find;
  }

  /**
   * Public keys only. Throws {@link ConfigurationError} for the first one that
   * cannot be used: ignoring a mistake in the configuration would be a
   * lock-out. A private key is refused, because this process does not need it.
   */
  static fromPublicKeys(input: PublicKeyInput | readonly PublicKeyInput[]): StaticKeys {
    const inputs: readonly PublicKeyInput[] = isList(input) ? input : [input];
    const keys = inputs.flatMap((key, index) => parseInput(key, index));
    if (keys.length === 0) throw badKey("no key is given");
    return new StaticKeys((header) => selectKeys(keys, header).map(({ key }) => key));
  }

  /**
   * One secret, only for the given HMAC algorithms. Throws
   * {@link ConfigurationError} as {@link checkSecret} does.
   */
  static fromSecret(
    secret: string | Uint8Array | KeyObject,
    algorithms: readonly string[],
  ): StaticKeys {
    const key = secretKeyFor(secret, algorithms);
    return new StaticKeys(({ alg }) => (algorithms.includes(alg) ? [key] : []));
  }

  async getKey(header: JwsHeader): Promise<KeyObject> {
    const [key] = await this.getKeys(header);
    if (key === undefined) throw new InvalidTokenError("key_not_found");
    return key;
  }

  getKeys(header: JwsHeader, tried: readonly KeyObject[] = []): Promise<readonly KeyObject[]> {
    const found = this.#find(header).filter((key) => !tried.includes(key));
    if (found.length > 0) return Promise.resolve(found);
    return Promise.reject(new InvalidTokenError("key_not_found"));
  }
}

/** The secret as a key, after {@link checkSecret}. */
export function secretKeyFor(
  secret: string | Uint8Array | KeyObject,
  algorithms: readonly string[],
): KeyObject {
  const key = toSecretKey(secret);
  checkSecret(key, algorithms);
  return key;
}

/**
 * Throws {@link ConfigurationError} unless `algorithms` are HMAC algorithms and
 * the secret is at least as long as the hash of each (RFC 7518 §3.2), and no PEM
 * text: with the public key as the secret, anyone can sign (RFC 8725 §2.1).
 * Does not check whether the secret is hard to guess. The message contains only lengths.
 */
export function checkSecret(
  secret: string | Uint8Array | KeyObject,
  algorithms: readonly string[],
): void {
  if (algorithms.length === 0) throw mixed("no algorithm is");
  const key = toSecretKey(secret);
  if (isPem(key.export())) throw asymmetric();
  const length = key.symmetricKeySize ?? 0;
  for (const algorithm of algorithms) {
    const needed = Object.hasOwn(SECRET_BYTES, algorithm) ? SECRET_BYTES[algorithm] : undefined;
    if (needed === undefined) throw mixed(`${algorithm} is`);
    if (length < needed) {
      throw new ConfigurationError(
        "ERR_OAUTH_SECRET_TOO_SHORT",
        `The HMAC secret has ${length} bytes; ${algorithm} needs at least ${needed}.`,
      );
    }
  }
}

/** Whether a text or its bytes contain a PEM block: an asymmetric key, or a certificate. */
export function isPem(secret: string | Uint8Array): boolean {
  const text = typeof secret === "string" ? secret : Buffer.from(secret).toString("latin1");
  return text.includes(PEM_BEGIN);
}

function toSecretKey(secret: string | Uint8Array | KeyObject): KeyObject {
  if (!(secret instanceof KeyObject)) {
    return typeof secret === "string" ? createSecretKey(secret, "utf8") : createSecretKey(secret);
  }
  if (secret.type === "secret") return secret;
  throw asymmetric();
}

function asymmetric(): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_SECRET_TYPE",
    "The HMAC secret (`secret`) is an asymmetric key, PEM for example. Set `publicKey` to the public key instead, or give a random secret: openssl rand -base64 48.",
  );
}

function parseInput(input: PublicKeyInput, index: number): VerificationKey[] {
  if (typeof input === "string") return [accept(parsePem(input, index), index)];
  if (input instanceof KeyObject) return [accept(parsePublicKey(input), index)];
  if (!("keys" in input)) return [accept(parseJwk(input), index)];
  const set = parseJwks(input);
  const first = set?.rejected[0];
  if (set === undefined) throw badKey(`entry ${index} has "keys" that are not a list`);
  if (first !== undefined)
    throw badKey(`entry ${index}, key ${first.index}: ${CURES[first.reason]}`);
  return [...set.keys];
}

function parsePem(pem: string, index: number): ParsedJwk {
  // Node would silently derive the public key.
  if (pem.includes("PRIVATE KEY-----")) return { ok: false, reason: "private_members" };
  // Node would silently use the first.
  if (pem.split(PEM_BEGIN).length !== 2) {
    throw badKey(`entry ${index} must hold exactly one PEM block`);
  }
  try {
    return parsePublicKey(createPublicKey(pem));
  } catch {
    return { ok: false, reason: "malformed" };
  }
}

function accept(parsed: ParsedJwk, index: number): VerificationKey {
  if (parsed.ok) return parsed.key;
  throw badKey(`entry ${index}: ${CURES[parsed.reason]}`);
}

const CURES: Readonly<Record<JwkRejection, string>> = {
  not_an_object: "a key must be a PEM text or a JWK object",
  kid: '"kid" must be text',
  kty: "use an RSA, EC or Ed25519 key",
  symmetric: "a secret is configured as such, not as a public key",
  private_members: "it contains a private key; use only the public key",
  use: '"use" must be "sig" or left out',
  key_ops: '"key_ops" must contain "verify" or be left out',
  alg: '"alg" does not fit the key',
  crv: "use the curve P-256, P-384, P-521 or Ed25519",
  modulus: "an RSA modulus must have 2048 to 16384 bits",
  exponent: "the RSA exponent must be odd and at least 3",
  malformed: "it cannot be read",
};

function badKey(detail: string): ConfigurationError {
  return new ConfigurationError("ERR_OAUTH_PUBLIC_KEY", `Bad public key: ${detail}.`);
}

function mixed(what: string): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_SECRET_ALGORITHM",
    `${what} allowed with an HMAC secret; allow HS256, HS384 or HS512 only, or configure public keys.`,
  );
}

function isList(
  input: PublicKeyInput | readonly PublicKeyInput[],
): input is readonly PublicKeyInput[] {
  return Array.isArray(input);
}
