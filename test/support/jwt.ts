import {
  constants,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from "node:crypto";
import type { SignatureAlgorithm } from "../../src/core/algorithms.js";

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export const rsa: KeyPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const p256: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const p384: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-384" });
const p521: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-521" });
export const ed25519: KeyPair = generateKeyPairSync("ed25519");

const secret = createSecretKey(Buffer.alloc(64, 7));
export const hmac: KeyPair = { publicKey: secret, privateKey: secret };

/** A fitting pair for every algorithm. */
export const pairs: Readonly<Record<SignatureAlgorithm, KeyPair>> = {
  HS256: hmac,
  HS384: hmac,
  HS512: hmac,
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: p256,
  ES384: p384,
  ES512: p521,
  EdDSA: ed25519,
  Ed25519: ed25519,
};

export function signBytes(alg: SignatureAlgorithm, key: KeyObject, input: Buffer): Buffer {
  const hash = `sha${alg.slice(2)}`;
  switch (alg.slice(0, 2)) {
    case "HS":
      return createHmac(hash, key).update(input).digest();
    case "PS":
      return sign(hash, input, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    case "ES":
      return sign(hash, input, { key, dsaEncoding: "ieee-p1363" });
    case "RS":
      return sign(hash, input, key);
    default:
      return sign(null, input, key);
  }
}

/** A part of a JWS: text and bytes as they are, anything else as JSON. */
export function encode(part: unknown): string {
  const bytes = Buffer.isBuffer(part) || typeof part === "string" ? part : JSON.stringify(part);
  return Buffer.from(bytes as string).toString("base64url");
}

/** Any header over any payload, signed: also those that no library would make. */
export function makeJws(
  header: unknown,
  payload: unknown,
  alg: SignatureAlgorithm = "ES256",
  key: KeyObject = pairs[alg].privateKey,
): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signBytes(alg, key, Buffer.from(input)).toString("base64url")}`;
}
