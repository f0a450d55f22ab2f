import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MAX_KEYS_IN_SET, parseJwk, parseJwks } from "../../../src/keys/jwk.js";

const publicJwk = (pair: { publicKey: { export(o: { format: "jwk" }): JsonWebKey } }) =>
  pair.publicKey.export({ format: "jwk" }) as Record<string, unknown>;

const RSA = publicJwk(generateKeyPairSync("rsa", { modulusLength: 2048 }));
const EC = publicJwk(generateKeyPairSync("ec", { namedCurve: "P-256" }));
const P384 = publicJwk(generateKeyPairSync("ec", { namedCurve: "P-384" }));
const P521 = publicJwk(generateKeyPairSync("ec", { namedCurve: "P-521" }));
const ED25519 = publicJwk(generateKeyPairSync("ed25519"));
const ED448 = publicJwk(generateKeyPairSync("ed448"));

const base64url = (bytes: Uint8Array | number[]) => Buffer.from(bytes).toString("base64url");

/** A modulus-like number: `bits` long, odd or even. */
function modulus(bits: number, last = 1): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xa5);
  bytes[0] = 1 << ((bits - 1) % 8);
  bytes[bytes.length - 1] = 0xa4 | last;
  return base64url(bytes);
}

const reasonOf = (jwk: unknown) => {
  const parsed = parseJwk(jwk);
  return parsed.ok ? "ok" : parsed.reason;
};
const algorithmsOf = (jwk: unknown) => {
  const parsed = parseJwk(jwk);
  return parsed.ok ? parsed.key.algorithms : undefined;
};

describe("parseJwk", () => {
  it("tells what each kind of key may verify", () => {
    expect(algorithmsOf(RSA)).toEqual(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
    expect(algorithmsOf(EC)).toEqual(["ES256"]);
    expect(algorithmsOf(P384)).toEqual(["ES384"]);
    expect(algorithmsOf(P521)).toEqual(["ES512"]);
    expect(algorithmsOf(ED25519)).toEqual(["EdDSA", "Ed25519"]);
    expect(algorithmsOf(ED448)).toEqual(["EdDSA", "Ed448"]);
  });

  it("narrows them to the published alg", () => {
    expect(algorithmsOf({ ...RSA, alg: "PS384" })).toEqual(["PS384"]);
    expect(algorithmsOf({ ...EC, alg: "ES256" })).toEqual(["ES256"]);
    expect(algorithmsOf({ ...ED25519, alg: "EdDSA" })).toEqual(["EdDSA", "Ed25519"]);
  });

  it("keeps kid, alg and kty", () => {
    expect(
      parseJwk({ ...EC, kid: "a", alg: "ES256", use: "sig", key_ops: ["verify"] }),
    ).toMatchObject({
      ok: true,
      key: { kid: "a", alg: "ES256", kty: "EC" },
    });
  });

  it.each([
    ["HS256 for an RSA key", { ...RSA, alg: "HS256" }, "alg"],
    ["none", { ...RSA, alg: "none" }, "alg"],
    ["an encryption alg", { ...RSA, alg: "RSA-OAEP" }, "alg"],
    ["another curve's alg", { ...EC, alg: "ES384" }, "alg"],
    ["another family's alg", { ...EC, alg: "RS256" }, "alg"],
    ["an alg that is no text", { ...EC, alg: 7 }, "alg"],
    ["a null alg", { ...EC, alg: null }, "alg"],
    ["use enc", { ...RSA, use: "enc" }, "use"],
    ["a null use", { ...RSA, use: null }, "use"],
    ["key_ops without verify", { ...RSA, key_ops: ["encrypt"] }, "key_ops"],
    ["empty key_ops", { ...RSA, key_ops: [] }, "key_ops"],
    ["key_ops as text", { ...RSA, key_ops: "verify" }, "key_ops"],
    ["a numeric kid", { ...RSA, kid: 1 }, "kid"],
    ["a symmetric key", { kty: "oct", k: base64url(Buffer.alloc(64, 1)) }, "symmetric"],
    ["a symmetric key without its secret", { kty: "oct" }, "symmetric"],
    ["no kty", { ...EC, kty: undefined }, "kty"],
    ["another kty", { kty: "AKP" }, "kty"],
    ["secp256k1", { ...EC, crv: "secp256k1" }, "crv"],
    ["X25519", { ...ED25519, crv: "X25519" }, "crv"],
    ["a curve named like a member of every object", { ...EC, crv: "constructor" }, "crv"],
    ["a point off its curve", { ...EC, y: EC["x"] }, "malformed"],
    ["a short coordinate", { ...EC, x: base64url(Buffer.alloc(31, 1)) }, "malformed"],
    ["a long coordinate", { ...EC, x: base64url(Buffer.alloc(33, 1)) }, "malformed"],
    ["no coordinate", { ...EC, y: undefined }, "malformed"],
    ["a short Ed25519 key", { ...ED25519, x: base64url(Buffer.alloc(31, 1)) }, "malformed"],
    ["text that is not base64url", { ...ED25519, x: `${String(ED25519["x"])}=` }, "malformed"],
    ["standard base64", { ...RSA, n: `${String(RSA["n"]).slice(0, -2)}+/` }, "modulus"],
  ])("refuses %s", (_, jwk, reason) => {
    expect(reasonOf(jwk)).toBe(reason);
  });

  it.each(["d", "p", "q", "dp", "dq", "qi", "oth", "k"])("refuses a key with %s", (member) => {
    expect(reasonOf({ ...RSA, [member]: "AQAB" })).toBe("private_members");
    expect(reasonOf({ ...EC, [member]: null })).toBe("private_members");
  });

  it.each([
    [1024, "modulus"],
    [2047, "modulus"],
    [2048, "ok"],
    [4096, "ok"],
    [16384, "ok"],
    [16385, "modulus"],
  ])("judges an RSA modulus of %d bits: %s", (bits, expected) => {
    expect(reasonOf({ ...RSA, n: modulus(bits) })).toBe(expected);
  });

  it("does not count leading zeros as bits", () => {
    const n = base64url(Buffer.concat([Buffer.alloc(128), Buffer.alloc(128, 0xff)]));
    expect(reasonOf({ ...RSA, n })).toBe("modulus");
  });

  it("refuses an even modulus, an empty one and one that is absurdly long", () => {
    expect(reasonOf({ ...RSA, n: modulus(2048, 0) })).toBe("modulus");
    expect(reasonOf({ ...RSA, n: "" })).toBe("modulus");
    expect(reasonOf({ ...RSA, n: "A".repeat(1_000_000) })).toBe("modulus");
    expect(reasonOf({ ...RSA, n: undefined })).toBe("modulus");
  });

  it.each([
    ["0", [0], "exponent"],
    ["1", [1], "exponent"],
    ["2", [2], "exponent"],
    ["3", [3], "ok"],
    ["65536", [1, 0, 0], "exponent"],
    ["65537", [1, 0, 1], "ok"],
    ["65537 with leading zeros", [0, 0, 1, 0, 1], "ok"],
    ["2^32 - 1", [255, 255, 255, 255], "ok"],
    ["2^32 + 1", [1, 0, 0, 0, 1], "exponent"],
    ["nothing", [], "exponent"],
  ])("judges the RSA exponent %s", (_, bytes, expected) => {
    expect(reasonOf({ ...RSA, e: base64url(bytes) })).toBe(expected);
  });

  it("gives the same id to the same key only", () => {
    const id = (jwk: unknown) => {
      const parsed = parseJwk(jwk);
      if (!parsed.ok) throw new Error(parsed.reason);
      return parsed.key.id;
    };
    expect(id({ ...EC, kid: "a" })).toBe(id({ ...EC, kid: "a", x5t: "z" }));
    expect(id({ ...EC, kid: "a" })).not.toBe(id({ ...EC, kid: "b" }));
    expect(id({ ...RSA, alg: "RS256" })).not.toBe(id({ ...RSA, alg: "PS256" }));
    const other = publicJwk(generateKeyPairSync("ec", { namedCurve: "P-256" }));
    expect(id({ ...EC, kid: "a" })).not.toBe(id({ ...other, kid: "a" }));
  });

  it("never throws and never yields a key that breaks the rules", () => {
    const member = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values({ ...RSA, ...EC })));
    const spoiled = fc
      .tuple(
        fc.constantFrom(RSA, EC, ED25519),
        fc.dictionary(
          fc.constantFrom("kty", "n", "e", "x", "y", "crv", "use", "alg", "key_ops", "kid", "d"),
          member,
          { maxKeys: 2 },
        ),
      )
      .map(([key, changes]) => ({ ...key, ...changes }));
    fc.assert(
      fc.property(fc.oneof(spoiled, fc.jsonValue(), fc.anything()), (input) => {
        const parsed = parseJwk(input);
        if (!parsed.ok) return;
        expect(parsed.key.key.type).toBe("public");
        expect(parsed.key.algorithms.length).toBeGreaterThan(0);
        expect(parsed.key.algorithms.some((alg) => /^(HS|none)/.test(alg))).toBe(false);
        expect("d" in (input as object)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe("parseJwks", () => {
  it("leaves out what is unusable and keeps the rest", () => {
    const keys = [null, 7, "x", [], { kty: "oct", k: "AA" }, { ...RSA, use: "enc", kid: "e" }, EC];
    const parsed = parseJwks({ keys });
    expect(parsed?.keys.map(({ kty }) => kty)).toEqual(["EC"]);
    expect(parsed?.rejected).toEqual([
      { index: 0, reason: "not_an_object" },
      { index: 1, reason: "not_an_object" },
      { index: 2, reason: "not_an_object" },
      { index: 3, reason: "not_an_object" },
      { index: 4, reason: "symmetric" },
      { index: 5, kid: "e", reason: "use" },
    ]);
  });

  it.each([null, undefined, [], "", 7, {}, { keys: {} }, { keys: "x" }, { keys: null }])(
    "says that %j is no key set",
    (input) => {
      expect(parseJwks(input)).toBeUndefined();
    },
  );

  it("tells an empty set from no set", () => {
    expect(parseJwks({ keys: [] })).toEqual({ keys: [], rejected: [] });
  });

  it("takes a key that is listed twice once", () => {
    expect(parseJwks({ keys: [EC, EC, { ...EC, kid: "a" }] })?.keys).toHaveLength(2);
  });

  it("looks at so many keys and no more", () => {
    const junk = Array.from({ length: MAX_KEYS_IN_SET - 1 }, () => null);
    expect(parseJwks({ keys: [...junk, EC] })?.keys).toHaveLength(1);
    expect(parseJwks({ keys: [...junk, null, EC] })?.keys).toHaveLength(0);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ keys: fc.anything() })), (input) => {
        expect(() => parseJwks(input)).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});
