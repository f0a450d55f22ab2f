import { exportJWK, generateKeyPair, type JWK } from "jose";
import { ConfigurationError } from "../../core/errors.js";
import type { TokenAlgorithm } from "../options.js";

const GENERATED = ["RS256", "ES256", "EdDSA"] as const;

/** Generates one key of each family, so that every verifier supports one of them. */
export async function generateSigningKeys(): Promise<JWK[]> {
  return Promise.all(
    GENERATED.map(async (algorithm) => {
      const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
      // No `alg`: the RSA key then works for RS256 and PS256.
      return { ...(await exportJWK(privateKey)), use: "sig" };
    }),
  );
}

/** Algorithms that a key can sign with, the most common first. Empty for an unusable key. */
export function algorithmsOf(key: JWK): TokenAlgorithm[] {
  const possible = algorithmsOfFamily(key);
  if (key.alg === undefined) return possible;
  return possible.filter((algorithm) => algorithm === key.alg);
}

function algorithmsOfFamily({ kty, crv }: JWK): TokenAlgorithm[] {
  if (kty === "RSA") return ["RS256", "PS256", "RS384", "RS512", "PS384", "PS512"];
  if (kty === "EC" && crv === "P-256") return ["ES256"];
  if (kty === "EC" && crv === "P-384") return ["ES384"];
  if (kty === "EC" && crv === "P-521") return ["ES512"];
  if (kty === "OKP" && crv === "Ed25519") return ["EdDSA"];
  return [];
}

/** @throws ConfigurationError that names the index of the key, never its content */
export function validateSigningKeys(keys: readonly JWK[]): void {
  if (keys.length === 0) {
    throw new ConfigurationError(
      "ERR_OAUTH_KEYS",
      "keys is empty. Add a key, or omit the option to generate keys at start.",
    );
  }
  keys.forEach((key, index) => {
    if (algorithmsOf(key).length === 0 || key.d === undefined) {
      throw new ConfigurationError(
        "ERR_OAUTH_KEYS",
        `keys[${index}] must be a private RSA, EC (P-256, P-384, P-521) or Ed25519 key as JWK.`,
      );
    }
  });
}
