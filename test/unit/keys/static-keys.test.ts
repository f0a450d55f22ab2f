import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { ConfigurationError, InvalidTokenError } from "../../../src/core/errors.js";
import { checkSecret, StaticKeys } from "../../../src/keys/static-keys.js";

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ecJwk = ec.publicKey.export({ format: "jwk" }) as Record<string, unknown>;
const rsaJwk = rsa.publicKey.export({ format: "jwk" }) as Record<string, unknown>;
const ecPem = ec.publicKey.export({ format: "pem", type: "spki" }) as string;

const SECRET = "0123456789abcdef0123456789abcdef";

describe("StaticKeys.fromPublicKeys", () => {
  it.each([
    ["PEM", ecPem],
    ["a JWK", ecJwk],
    ["a JWK Set", { keys: [ecJwk] }],
    ["a KeyObject", ec.publicKey],
    ["a list", [rsaJwk, ecPem]],
  ])("finds the key given as %s", async (_, input) => {
    const key = await StaticKeys.fromPublicKeys(input).getKey({ alg: "ES256" });
    expect(key.equals(ec.publicKey)).toBe(true);
  });

  it("goes by kid where the header names one", async () => {
    const keys = StaticKeys.fromPublicKeys([
      { ...ecJwk, kid: "a" },
      { ...rsaJwk, kid: "b" },
    ]);
    expect((await keys.getKey({ alg: "ES256", kid: "a" })).equals(ec.publicKey)).toBe(true);
    await expect(keys.getKey({ alg: "ES256", kid: "b" })).rejects.toThrow(InvalidTokenError);
    await expect(keys.getKey({ alg: "ES256", kid: "c" })).rejects.toThrow(InvalidTokenError);
  });

  it("never gives a public key for HMAC: its text is known to everybody", async () => {
    const keys = StaticKeys.fromPublicKeys([ecPem, rsaJwk]);
    for (const alg of ["HS256", "HS384", "HS512", "none"]) {
      await expect(keys.getKey({ alg })).rejects.toThrow(InvalidTokenError);
    }
  });

  it("offers every key that fits a header without kid, except those tried", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    const keys = StaticKeys.fromPublicKeys([ec.publicKey, other, rsa.publicKey]);
    const found = await keys.getKeys({ alg: "ES256" });
    expect(found).toHaveLength(2);
    await expect(keys.getKeys({ alg: "ES256" }, found)).rejects.toThrow(InvalidTokenError);
  });

  it.each([
    ["nothing", []],
    ["an empty set", { keys: [] }],
    ["keys that are no list", { keys: 7 }],
    ["a private PEM", ec.privateKey.export({ format: "pem", type: "pkcs8" }) as string],
    ["a private KeyObject", ec.privateKey],
    ["a private JWK", ec.privateKey.export({ format: "jwk" }) as Record<string, unknown>],
    ["a secret", createSecretKey(Buffer.alloc(64))],
    ["a symmetric JWK", { kty: "oct", k: "AAAA" }],
    ["two PEM blocks in one text", ecPem + ecPem],
    ["text", "not a key"],
    ["broken PEM", ecPem.replace(/[A-Z]{2}/g, "==")],
    ["a set with one bad key", { keys: [ecJwk, { ...ecJwk, use: "enc" }] }],
    ["one bad key of two", [ecJwk, { ...rsaJwk, e: "AQ" }]],
  ])("does not start with %s", (_, input) => {
    expect(() => StaticKeys.fromPublicKeys(input)).toThrow(ConfigurationError);
  });

  it("does not start with a short RSA key", () => {
    const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    expect(() => StaticKeys.fromPublicKeys(short)).toThrow(/2048/);
  });
});

describe("StaticKeys.fromSecret", () => {
  it("gives the secret for the allowed algorithms and no other", async () => {
    const keys = StaticKeys.fromSecret(SECRET, ["HS256"]);
    expect((await keys.getKey({ alg: "HS256", kid: "any" })).type).toBe("secret");
    for (const alg of ["HS384", "RS256", "none"]) {
      await expect(keys.getKey({ alg })).rejects.toThrow(InvalidTokenError);
    }
  });

  it.each([
    [32, "HS256"],
    [48, "HS384"],
    [64, "HS512"],
  ])("wants %d bytes for %s", (bytes, algorithm) => {
    expect(() => checkSecret(Buffer.alloc(bytes), [algorithm])).not.toThrow();
    expect(() => checkSecret(Buffer.alloc(bytes - 1), [algorithm])).toThrow(ConfigurationError);
  });

  it("wants the length that the longest algorithm needs", () => {
    expect(() => StaticKeys.fromSecret(SECRET, ["HS256", "HS512"])).toThrow(/HS512/);
  });

  it("does not allow other algorithms beside the secret", () => {
    expect(() => StaticKeys.fromSecret(SECRET, ["HS256", "RS256"])).toThrow(ConfigurationError);
    expect(() => StaticKeys.fromSecret(SECRET, ["constructor"])).toThrow(ConfigurationError);
    expect(() => StaticKeys.fromSecret(SECRET, [])).toThrow(ConfigurationError);
  });

  it("does not take a public key for a secret", () => {
    expect(() => StaticKeys.fromSecret(ec.publicKey, ["HS256"])).toThrow(ConfigurationError);
  });

  describe("refuses PEM text, which others may know", () => {
    const spki = ec.publicKey.export({ format: "pem", type: "spki" }).toString();
    const pkcs8 = ec.privateKey.export({ format: "pem", type: "pkcs8" }).toString();

    it.each([
      ["a public key", spki],
      ["a private key", pkcs8],
      ["a certificate", spki.replaceAll("PUBLIC KEY", "CERTIFICATE")],
      ["with escaped line breaks", spki.replaceAll("\n", "\\n")],
      ["behind a blank", ` \n${spki}`],
      ["as bytes", Buffer.from(spki)],
      ["as bytes of an array", new TextEncoder().encode(spki)],
      ["as a key object", createSecretKey(Buffer.from(spki))],
    ])("%s", (_, secret) => {
      expect(() => StaticKeys.fromSecret(secret, ["HS256"])).toThrow(/publicKey/);
      expect(() => StaticKeys.fromSecret(secret, ["HS256"])).not.toThrow(/BEGIN/);
    });

    it("accepts a secret with dashes in it", () => {
      const secret = `-----END ${SECRET} -----begin -----`;
      expect(() => StaticKeys.fromSecret(secret, ["HS256"])).not.toThrow();
    });
  });

  it("says how long the secret is, never what", () => {
    expect(() => StaticKeys.fromSecret("hunter2", ["HS256"])).toThrow(/7 bytes; HS256 needs/);
    expect(() => StaticKeys.fromSecret("hunter2", ["HS256"])).not.toThrow(/hunter2/);
  });
});
