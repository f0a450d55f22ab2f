import { exportJWK, generateKeyPair, type JWK } from "jose";
import { ConfigurationError } from "../core/errors.js";
import type { TokenAlgorithm } from "./options.js";

const GENERATED = ["RS256", "ES256", "EdDSA"] as const;

/** One key of each family, so that every verifier finds one it can use. */
export async function generateSigningKeys(): Promise<JWK[]> {
  return Promise.all(
    GENERATED.map(async (algorithm) => {
      const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
      // No `alg`: an RSA key then serves RS256 and PS256 alike.
      return { ...(await exportJWK(privateKey)), use: "sig" };
    }),
  );
}

/** Algorithms a key can sign with, best known first. Empty for a key that cannot be used. */
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

/** @throws ConfigurationError naming the key, never its contents */
export function validateSigningKeys(keys: readonly JWK[]): void {
  if (keys.length === 0) {
    throw new ConfigurationError(
      "ERR_OAUTH_KEYS",
      "keys is empty; leave it out to have keys made.",
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
