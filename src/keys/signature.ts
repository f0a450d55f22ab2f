import {
  constants,
  createHmac,
  timingSafeEqual,
  verify,
  type KeyObject,
  type VerifyKeyObjectInput,
} from "node:crypto";
import { type HmacAlgorithm, type SignatureAlgorithm } from "../core/algorithms.js";

/** RFC 7518 §3.3: RSA keys below 2048 bits must not be used. */
const MIN_RSA_BITS = 2048;
/** Beyond this, one verification costs as much as a signature: a denial of service. */
const MAX_RSA_EXPONENT = 2n ** 64n;

/** Parameters of an algorithm. `bytes`: length of the hash, or of the signature. */
type Parameters =
  | { readonly family: "hmac"; readonly hash: string; readonly bytes: number }
  | { readonly family: "pkcs1" | "pss"; readonly hash: string; readonly bytes: number }
  | { readonly family: "ecdsa"; readonly hash: string; readonly bytes: number; curve: string }
  | { readonly family: "ed25519"; readonly bytes: number };

const PARAMETERS: Readonly<Record<SignatureAlgorithm, Parameters>> = {
  HS256: { family: "hmac", hash: "sha256", bytes: 32 },
  HS384: { family: "hmac", hash: "sha384", bytes: 48 },
  HS512: { family: "hmac", hash: "sha512", bytes: 64 },
  RS256: { family: "pkcs1", hash: "sha256", bytes: 32 },
  RS384: { family: "pkcs1", hash: "sha384", bytes: 48 },
  RS512: { family: "pkcs1", hash: "sha512", bytes: 64 },
  PS256: { family: "pss", hash: "sha256", bytes: 32 },
  PS384: { family: "pss", hash: "sha384", bytes: 48 },
  PS512: { family: "pss", hash: "sha512", bytes: 64 },
  ES256: { family: "ecdsa", hash: "sha256", bytes: 64, curve: "prime256v1" },
  ES384: { family: "ecdsa", hash: "sha384", bytes: 96, curve: "secp384r1" },
  ES512: { family: "ecdsa", hash: "sha512", bytes: 132, curve: "secp521r1" },
  EdDSA: { family: "ed25519", bytes: 64 },
  Ed25519: { family: "ed25519", bytes: 64 },
};

/** Whether `alg` names an algorithm of this module, compared exactly: `none` and `rs256` do not. */
export function isSignatureAlgorithm(alg: string): alg is SignatureAlgorithm {
  return Object.hasOwn(PARAMETERS, alg);
}

/** Whether `alg` works with a shared secret. */
export function isHmacAlgorithm(alg: SignatureAlgorithm): alg is HmacAlgorithm {
  return PARAMETERS[alg].family === "hmac";
}

/**
 * Whether `key` may verify `alg`: type, curve and strength fit each other
 * (RFC 7518 §3, RFC 8037 §3.1, RFC 9864 §2.2; RFC 8725 §3.1, §3.5). This
 * prevents a public key from being used as an HMAC secret, for any header.
 *
 * An RSA-PSS key must be restricted to the hash of `alg`, as jsonwebtoken asks.
 * Does not check `use`, `alg` or `key_ops` of a JWK: a `KeyObject` has none.
 */
export function isKeyFitFor(alg: SignatureAlgorithm, key: KeyObject): boolean {
  const parameters = PARAMETERS[alg];
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (parameters.family === "hmac") {
    return key.type === "secret" && (key.symmetricKeySize ?? 0) >= parameters.bytes;
  }
  if (key.type !== "public") return false;
  switch (parameters.family) {
    case "pkcs1":
      return type === "rsa" && isStrongRsa(details);
    case "pss":
      if (type === "rsa") return isStrongRsa(details);
      return (
        type === "rsa-pss" &&
        isStrongRsa(details) &&
        details?.hashAlgorithm === parameters.hash &&
        details.mgf1HashAlgorithm === parameters.hash &&
        (details.saltLength ?? 0) <= parameters.bytes
      );
    case "ecdsa":
      return type === "ec" && details?.namedCurve === parameters.curve;
    case "ed25519":
      return type === "ed25519";
  }
}

function isStrongRsa(details: KeyObject["asymmetricKeyDetails"]): boolean {
  const { modulusLength = 0, publicExponent: e = 0n } = details ?? {};
  // With e = 1 the signature is the message, so anyone can write one.
  return modulusLength >= MIN_RSA_BITS && e >= 3n && e % 2n === 1n && e < MAX_RSA_EXPONENT;
}

/**
 * Whether `signature` is that of `key` over `signingInput` with `alg`
 * (RFC 7518 §3, RFC 8037 §3.1). False for a key that does not fit `alg`
 * ({@link isKeyFitFor}). Never throws for anything a token can contain.
 *
 * Does not check that `alg` is allowed for the issuer, nor whose key it is.
 *
 * Uses node:crypto and not jsonwebtoken, which takes the token as text and would
 * split, decode and parse it a second time after the stricter parser here, and
 * knows no EdDSA. Its verdicts and jose's are the oracle of this module's tests.
 */
export function verifySignature(
  alg: SignatureAlgorithm,
  key: KeyObject,
  signingInput: Buffer,
  signature: Buffer,
): boolean {
  if (!isKeyFitFor(alg, key)) return false;
  const parameters = PARAMETERS[alg];
  try {
    switch (parameters.family) {
      case "hmac": {
        const expected = createHmac(parameters.hash, key).update(signingInput).digest();
        return signature.length === expected.length && timingSafeEqual(signature, expected);
      }
      case "pkcs1":
        return verify(parameters.hash, signingInput, key, signature);
      case "pss": {
        // RFC 8017 §8.1.2, step 1: OpenSSL also accepts one without its leading zeros.
        const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
        if (signature.length !== Math.ceil(bits / 8)) return false;
        const input: VerifyKeyObjectInput = {
          key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          // RFC 7518 §3.5: exactly the hash's length; OpenSSL would accept any.
          saltLength: parameters.bytes,
        };
        return verify(parameters.hash, signingInput, input, signature);
      }
      case "ecdsa": {
        // RFC 7518 §3.4: R and S side by side. DER, or leading zeros, would be a second encoding.
        if (signature.length !== parameters.bytes) return false;
        const input: VerifyKeyObjectInput = { key, dsaEncoding: "ieee-p1363" };
        return verify(parameters.hash, signingInput, input, signature);
      }
      case "ed25519":
        return signature.length === parameters.bytes && verify(null, signingInput, key, signature);
    }
  } catch {
    // OpenSSL cannot verify it: invalid.
    return false;
  }
}
