import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compactVerify, decodeProtectedHeader, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { InvalidTokenError } from "../../../src/core/errors.js";
import type { KeySource } from "../../../src/keys/key-source.js";
import {
  ASYMMETRIC_ALGORITHMS,
  HMAC_ALGORITHMS,
  type SignatureAlgorithm,
} from "../../../src/core/algorithms.js";
import { parseCompactJws } from "../../../src/jose/jws.js";
import { isSignatureAlgorithm, verifySignature } from "../../../src/keys/signature.js";

import { makeJws, pairs } from "../../support/jwt.js";
import { requirement } from "../../support/requirement.js";
import {
  describeDpopVectors,
  describeJwtVectors,
  keyOf,
  keySourceOf,
} from "../../support/vectors.js";
import { JwtValidator } from "../../support/resolved.js";

// jose and jsonwebtoken are what most servers verify with: the oracles of our own verification.
// Each token is given to all three with the same key, and the verdicts must be equal. There are two
// exceptions: malformed tokens (ours is stricter), and EdDSA (jsonwebtoken refuses it).

const NOW = 1_800_000_000;
/** 2099: the tokens of the vectors end with that year, too far ahead for any other time. */
const VECTORS_NOW = 4_102_444_700;
const ISSUER = "https://as.example.com";
const RESOURCE = "https://mcp.example.com/mcp";
const ALL: readonly SignatureAlgorithm[] = [...ASYMMETRIC_ALGORITHMS, ...HMAC_ALGORITHMS];
const isEdDsa = (alg: SignatureAlgorithm) => alg === "EdDSA" || alg === "Ed25519";

interface Case {
  readonly text: string;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly key: KeyObject | undefined;
  readonly keys: KeySource;
  readonly issuer: string;
  readonly audience: string;
  /** @default NOW */
  readonly now?: number;
}

async function holds(attempt: () => unknown): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch {
    return false;
  }
}

async function ours(c: Case): Promise<boolean> {
  const validator = new JwtValidator({
    issuer: c.issuer,
    audience: [c.audience],
    algorithms: c.algorithms,
    keys: c.keys,
    clock: () => c.now ?? NOW,
  });
  try {
    await validator.validate(c.text);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidTokenError);
    return false;
  }
}

const joses = (c: Case) =>
  holds(async () => {
    if (c.key === undefined) throw new Error("no key");
    await jwtVerify(c.text, c.key, {
      issuer: c.issuer,
      audience: c.audience,
      algorithms: [...c.algorithms],
      clockTolerance: 60,
      currentDate: new Date((c.now ?? NOW) * 1000),
      requiredClaims: ["exp"],
      typ: "at+jwt",
    });
  });

const jsonwebtokens = (c: Case) =>
  holds(() => {
    if (c.key === undefined) throw new Error("no key");
    jsonwebtoken.verify(c.text, c.key, {
      issuer: c.issuer,
      audience: c.audience,
      algorithms: [...c.algorithms] as jsonwebtoken.Algorithm[],
      clockTolerance: 60,
      clockTimestamp: c.now ?? NOW,
    });
  });

function headerOf(text: string): { kid?: unknown; alg?: unknown } {
  try {
    return decodeProtectedHeader(text);
  } catch {
    return {};
  }
}

describeJwtVectors(({ iss, aud, tests }) => {
  for (const vector of tests) {
    requirement(
      ["jwt-alg", "jwt-key", "jwt-compact"],
      `${vector.id}: ${vector.comment} is ${vector.expect}`,
      async () => {
        const own = vector.jwks.keys.map((key) => String(key["alg"])).filter(isSignatureAlgorithm);
        const family = own.some((alg) => alg.startsWith("HS"));
        // Once as strictly as the issuer's keys allow, once with the whole family on the list.
        for (const algorithms of [own, family ? HMAC_ALGORITHMS : ASYMMETRIC_ALGORITHMS]) {
          const c: Case = {
            text: vector.token,
            algorithms,
            key: keyOf(vector, headerOf(vector.token)),
            keys: keySourceOf(vector),
            issuer: iss,
            audience: aud,
            now: VECTORS_NOW,
          };
          const verdict = await ours(c);
          expect(verdict).toBe(vector.expect !== "invalid");
          expect(await joses(c)).toBe(verdict);
          expect(await jsonwebtokens(c)).toBe(verdict && !own.some(isEdDsa));
        }
      },
    );
  }
});

describeDpopVectors(({ tests }) => {
  /** Whether the key in the proof made its signature, as each of the three sees it. */
  async function verdicts(proof: string): Promise<boolean[]> {
    const { alg, jwk } = decodeProtectedHeader(proof) as { alg: "ES256"; jwk: JsonWebKey };
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const { signingInput, signature } = parseCompactJws(proof);
    return [
      verifySignature(alg, key, signingInput, signature),
      await holds(() => compactVerify(proof, key, { algorithms: [alg] })),
      await holds(() => jsonwebtoken.verify(proof, key, { algorithms: [alg] })),
    ];
  }

  for (const { id, proof } of tests) {
    requirement("dpop-12", `${id}: the signature is theirs, and is not when spoiled`, async () => {
      expect(await verdicts(proof)).toEqual([true, true, true]);
      const [header = "", claims = "", signature = ""] = proof.split(".");
      const spoiled = Buffer.from(signature, "base64url");
      spoiled[0] = (spoiled[0] ?? 0) ^ 1;
      const forged = [header, claims, spoiled.toString("base64url")].join(".");
      expect(await verdicts(forged)).toEqual([false, false, false]);
    });
  }
});

describe.each(ALL)("with %s, our verdict", (alg) => {
  const { publicKey, privateKey } = pairs[alg];
  const header = { alg, kid: "1", typ: "at+jwt" };
  const claims = { iss: ISSUER, aud: RESOURCE, sub: "u", iat: NOW, exp: NOW + 300 };
  const text = makeJws(header, claims, alg, privateKey);
  const judge = (spoiled: string): Case => ({
    text: spoiled,
    algorithms: [alg],
    key: publicKey,
    keys: { getKey: async () => publicKey },
    issuer: ISSUER,
    audience: RESOURCE,
  });

  async function expectSame(c: Case): Promise<boolean> {
    const verdict = await ours(c);
    expect(await joses(c)).toBe(verdict);
    expect(await jsonwebtokens(c)).toBe(verdict && !isEdDsa(alg));
    return verdict;
  }

  it("is theirs for a good token", async () => {
    expect(await expectSame(judge(text))).toBe(true);
  });

  it("is theirs when bytes are changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.nat(), fc.nat(255), async (part, position, byte) => {
        const parts = text.split(".");
        const bytes = Buffer.from(parts[part] ?? "", "base64url");
        bytes[position % bytes.length] = byte;
        parts[part] = bytes.toString("base64url");
        const spoiled = parts.join(".");
        expect(await expectSame(judge(spoiled))).toBe(spoiled === text);
      }),
      { numRuns: 60 },
    );
  });

  it("is theirs when the issuer signs other claims", async () => {
    const time = fc.oneof(
      fc.integer({ min: NOW - 63, max: NOW + 63 }),
      fc.constantFrom(NOW - 61, NOW - 60, NOW - 59, NOW + 60, NOW + 61, "1800000300"),
    );
    const spoiled = fc.record(
      {
        exp: time,
        nbf: time,
        aud: fc.constantFrom(RESOURCE, [RESOURCE], ["x", RESOURCE], "x", ["x"], `${RESOURCE}/`),
        iss: fc.constantFrom(ISSUER, `${ISSUER}/`, ISSUER.toUpperCase()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(spoiled, async (some) => {
        await expectSame(judge(makeJws(header, { ...claims, ...some }, alg, privateKey)));
      }),
      { numRuns: 60 },
    );
  });

  it("is never yes where theirs is no, however the text is mangled", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length),
        fc.nat(3),
        fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("", ".", "=", "==", " ", "\n", "A")),
        async (at, cut, piece) => {
          const mangled = text.slice(0, at) + piece + text.slice(at + cut);
          const c = judge(mangled);
          if (await ours(c)) {
            expect(mangled).toBe(text);
            expect(await joses(c)).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
