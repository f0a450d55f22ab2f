import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "@jest/globals";
import { InvalidTokenError } from "../../src/core/errors.js";
import type { KeySource } from "../../src/keys/key-source.js";

export interface JwtVector {
  readonly id: number;
  readonly comment: string;
  readonly expect: "valid" | "invalid" | "either";
  readonly jwks: { readonly keys: readonly (JsonWebKey & Record<string, unknown>)[] };
  readonly token: string;
}

interface JwtVectors {
  readonly iss: string;
  readonly aud: string;
  readonly tests: readonly JwtVector[];
}

const file = new URL("../../../shared/vectors/jwt.json", import.meta.url);

/** Runs `prove` over the shared vectors; where they are not at hand, a skipped test says so. */
export function describeJwtVectors(prove: (vectors: JwtVectors) => void): void {
  if (existsSync(file)) {
    const vectors = JSON.parse(readFileSync(file, "utf8")) as JwtVectors;
    describe("the shared vectors", () => prove(vectors));
  } else {
    describe.skip("the shared vectors", () => {
      it("are not at hand: ../shared/vectors/jwt.json", () => undefined);
    });
  }
}

/** The key of a vector for `kid` and `alg`, as a key source would choose it. */
export function keyOf(
  { jwks }: JwtVector,
  header: { kid?: unknown; alg?: unknown },
): KeyObject | undefined {
  const jwk = jwks.keys.find(
    (key) =>
      (header.kid === undefined || key["kid"] === header.kid) &&
      (key["alg"] === undefined || key["alg"] === header.alg),
  );
  if (jwk === undefined) return undefined;
  return jwk.kty === "oct"
    ? createSecretKey(Buffer.from(jwk.k ?? "", "base64url"))
    : createPublicKey({ key: jwk, format: "jwk" });
}

export function keySourceOf(vector: JwtVector): KeySource {
  return {
    getKey: async (header) => {
      const key = keyOf(vector, header);
      if (key === undefined) throw new InvalidTokenError("key_not_found");
      return key;
    },
  };
}
