import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import type { JWK } from "jose";

const ALGORITHMS = [
  ...(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const),
  ...(["ES256", "ES384", "ES512", "EdDSA"] as const),
] as const;

/** Algorithms the testing kit can make keys for. */
export type TestAlgorithm = (typeof ALGORITHMS)[number];

/** Whether the testing kit can make keys for this. */
export function isTestAlgorithm(name: unknown): name is TestAlgorithm {
  return (ALGORITHMS as readonly unknown[]).includes(name);
}

export interface TestKey {
  readonly kid: string;
  readonly algorithm: TestAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** As it is published: with `kid`, `alg` and `use`. */
  readonly publicJwk: JWK;
  /** The members of the key alone. */
  readonly bareJwk: JWK;
}

const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521" } as const;

function generate(algorithm: TestAlgorithm) {
  if (algorithm === "EdDSA") return generateKeyPairSync("ed25519");
  if (algorithm === "ES256" || algorithm === "ES384" || algorithm === "ES512") {
    return generateKeyPairSync("ec", { namedCurve: CURVES[algorithm] });
  }
  return generateKeyPairSync("rsa", { modulusLength: 2048 });
}

/** A fresh key pair. Synchronous, so that it can be made where a test is declared. */
export function generateTestKey(algorithm: TestAlgorithm): TestKey {
  const { privateKey, publicKey } = generate(algorithm);
  const kid = randomUUID();
  const bareJwk = publicKey.export({ format: "jwk" }) as JWK;
  const publicJwk = { ...bareJwk, kid, alg: algorithm, use: "sig" };
  return { kid, algorithm, privateKey, publicKey, publicJwk, bareJwk };
}

/** JWK thumbprint with SHA-256 (RFC 7638), base64url. */
export function thumbprintOf({ kty, crv, x, y, e, n }: JWK): string {
  // The required members in the order of their names; those a key type lacks are left out.
  const members = JSON.stringify({ crv, e, kty, n, x, y });
  return createHash("sha256").update(members).digest("base64url");
}
