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

interface DpopVector {
  readonly id: string;
  readonly proof: string;
  readonly method: string;
  readonly url: string;
  readonly now: number;
  readonly accessToken: string;
  readonly jkt: string;
  readonly expect: "valid" | "invalid";
}

interface DpopVectors {
  readonly tests: readonly DpopVector[];
}

/** Tests over `jwt.json`: tokens of wycheproof, as access tokens. */
export function describeJwtVectors(prove: (vectors: JwtVectors) => void): void {
  describeVectors("jwt.json", "the shared vectors", prove);
}

/** Tests over `dpop.json`: the proofs of RFC 9449 and mutations of them. */
export function describeDpopVectors(prove: (vectors: DpopVectors) => void): void {
  describeVectors("dpop.json", "the examples of RFC 9449 and their mutations", prove);
}

/** The vectors may not be copied into the project; without them, a skipped test says so. */
function describeVectors<Vectors>(
  name: string,
  title: string,
  prove: (vectors: Vectors) => void,
): void {
  const file = new URL(`../../../shared/vectors/${name}`, import.meta.url);
  if (existsSync(file)) {
    const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;
    describe(title, () => prove(vectors));
  } else {
    describe.skip(title, () => {
      it(`needs ../shared/vectors/${name}`, () => undefined);
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
