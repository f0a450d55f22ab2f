import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  ASYMMETRIC_ALGORITHMS,
  HMAC_ALGORITHMS,
  type SignatureAlgorithm,
} from "../../../src/core/algorithms.js";
import {
  isHmacAlgorithm,
  isKeyFitFor,
  isSignatureAlgorithm,
  verifySignature,
} from "../../../src/keys/signature.js";
import { ed25519, hmac, p256, p384, pairs, rsa, signBytes } from "../../support/jwt.js";
import { requirement } from "../../support/requirement.js";

const ALL: readonly SignatureAlgorithm[] = [...ASYMMETRIC_ALGORITHMS, ...HMAC_ALGORITHMS];
const input = Buffer.from("header.payload");

/** Which algorithms may share a key: those of one family, where the curve is not part of the name. */
const kind = (alg: SignatureAlgorithm): string =>
  alg.startsWith("RS") || alg.startsWith("PS")
    ? "rsa"
    : alg.startsWith("HS")
      ? "HS"
      : alg === "EdDSA"
        ? "Ed25519"
        : alg;

describe.each(ALL)("verifySignature with %s", (alg) => {
  const { publicKey, privateKey } = pairs[alg];
  const signature = signBytes(alg, privateKey, input);

  requirement("jwt-alg", "takes the signature of the key", () => {
    expect(verifySignature(alg, publicKey, input, signature)).toBe(true);
  });

  requirement(
    "jwt-alg",
    "refuses other content, and every signature that is off by one bit",
    () => {
      expect(verifySignature(alg, publicKey, Buffer.from("header.Payload"), signature)).toBe(false);
      for (let at = 0; at < signature.length; at += 7) {
        const spoiled = Buffer.from(signature);
        spoiled[at] = (spoiled[at] ?? 0) ^ 1;
        expect(verifySignature(alg, publicKey, input, spoiled)).toBe(false);
      }
    },
  );

  requirement("jwt-alg", "refuses a signature of another length", () => {
    const zero = Buffer.alloc(1);
    for (const spoiled of [
      Buffer.alloc(0),
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([zero, signature]),
      Buffer.concat([signature, zero]),
    ]) {
      expect(verifySignature(alg, publicKey, input, spoiled)).toBe(false);
    }
  });

  requirement("jwt-alg", "refuses the signature for every other algorithm", () => {
    for (const other of ALL) {
      if (other === alg || (kind(other) === "Ed25519" && kind(alg) === "Ed25519")) continue;
      expect(verifySignature(other, publicKey, input, signature)).toBe(false);
    }
  });

  requirement("jwt-alg", "fits keys of its own kind only", () => {
    for (const other of ALL) {
      expect(isKeyFitFor(alg, pairs[other].publicKey)).toBe(kind(other) === kind(alg));
    }
  });

  it("returns false and never throws, for any signature", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(verifySignature(alg, publicKey, input, Buffer.from(bytes))).toBe(false);
      }),
      { numRuns: 50 },
    );
  });
});

describe("the names of algorithms", () => {
  requirement("jwt-alg", "do not include none, in any case, nor other spellings", () => {
    for (const alg of [
      "none",
      "None",
      "NONE",
      "nOnE",
      "",
      "rs256",
      "RS256 ",
      "HS1",
      "ES256K",
      "Ed448",
      "__proto__",
      "toString",
      "constructor",
    ]) {
      expect(isSignatureAlgorithm(alg)).toBe(false);
    }
    expect(ALL.every(isSignatureAlgorithm)).toBe(true);
  });

  it("tell which need a secret", () => {
    expect(ALL.filter(isHmacAlgorithm)).toEqual([...HMAC_ALGORITHMS]);
  });
});

describe("isKeyFitFor", () => {
  requirement("jwt-key", "wants RSA keys of 2048 bits", () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2040 });
    for (const alg of ["RS256", "PS256"] as const) {
      expect(isKeyFitFor(alg, publicKey)).toBe(false);
      expect(verifySignature(alg, publicKey, input, signBytes(alg, privateKey, input))).toBe(false);
      expect(isKeyFitFor(alg, rsa.publicKey)).toBe(true);
    }
  });

  requirement("jwt-key", "wants an exponent that is odd, above one and below 2^64", () => {
    const { n } = rsa.publicKey.export({ format: "jwk" });
    const withExponent = (e: bigint): KeyObject => {
      const hex = e.toString(16);
      const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
      const jwk = { kty: "RSA", n: n ?? "", e: bytes.toString("base64url") };
      return createPublicKey({ key: jwk, format: "jwk" });
    };
    for (const e of [1n, 4n, 65536n, 2n ** 64n + 1n]) {
      expect(isKeyFitFor("RS256", withExponent(e))).toBe(false);
      expect(isKeyFitFor("PS256", withExponent(e))).toBe(false);
    }
    for (const e of [3n, 65537n]) expect(isKeyFitFor("RS256", withExponent(e))).toBe(true);
  });

  requirement("jwt-alg", "wants a secret at least as long as the hash", () => {
    for (const [alg, bytes] of [
      ["HS256", 32],
      ["HS384", 48],
      ["HS512", 64],
    ] as const) {
      expect(isKeyFitFor(alg, createSecretKey(Buffer.alloc(bytes, 1)))).toBe(true);
      const short = createSecretKey(Buffer.alloc(bytes - 1, 1));
      expect(isKeyFitFor(alg, short)).toBe(false);
      expect(verifySignature(alg, short, input, signBytes(alg, short, input))).toBe(false);
    }
  });

  requirement("jwt-alg", "wants the public half of a pair", () => {
    for (const alg of ASYMMETRIC_ALGORITHMS) {
      expect(isKeyFitFor(alg, pairs[alg].privateKey)).toBe(false);
    }
  });

  requirement("jwt-alg", "wants Ed25519 for EdDSA, not another curve", () => {
    for (const type of ["ed448", "x25519"] as const) {
      const { publicKey } =
        type === "ed448" ? generateKeyPairSync("ed448") : generateKeyPairSync("x25519");
      expect(isKeyFitFor("EdDSA", publicKey)).toBe(false);
    }
    expect(isKeyFitFor("EdDSA", ed25519.publicKey)).toBe(true);
  });

  requirement("jwt-alg", "wants the curve of the algorithm", () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    expect(isKeyFitFor("ES256", publicKey)).toBe(false);
    expect(isKeyFitFor("ES256", p384.publicKey)).toBe(false);
    expect(isKeyFitFor("ES256", p256.publicKey)).toBe(true);
  });

  requirement("jwt-alg", "takes an RSA-PSS key for the PS algorithm of its hash only", () => {
    const { publicKey, privateKey } = pssPair({});
    const signature = signBytes("PS256", privateKey, input);
    expect(verifySignature("PS256", publicKey, input, signature)).toBe(true);
    for (const alg of ["RS256", "RS384", "PS384", "PS512"] as const) {
      expect(isKeyFitFor(alg, publicKey)).toBe(false);
    }
  });

  requirement(["jwt-alg", "jwt-key"], "refuses other RSA-PSS keys", () => {
    expect(isKeyFitFor("PS256", pssPair({ saltLength: 33 }).publicKey)).toBe(false);
    expect(isKeyFitFor("PS256", pssPair({ mgf1HashAlgorithm: "sha1" }).publicKey)).toBe(false);
    expect(isKeyFitFor("PS256", pssPair({ modulusLength: 2040 }).publicKey)).toBe(false);
  });
});

/** An RSA-PSS pair restricted as PS256 asks. The published types take `saltLength` for text. */
function pssPair(spoiled: object): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("rsa-pss", {
    modulusLength: 2048,
    hashAlgorithm: "sha256",
    mgf1HashAlgorithm: "sha256",
    ...({ saltLength: 32 } as object),
    ...spoiled,
  });
}

describe("verifySignature", () => {
  requirement("jwt-alg", "never uses a public key as an HMAC secret", () => {
    for (const { publicKey } of [rsa, p256, ed25519]) {
      const spellings = [
        publicKey.export({ type: "spki", format: "pem" }) as string,
        publicKey.export({ type: "spki", format: "der" }),
        JSON.stringify(publicKey.export({ format: "jwk" })),
      ];
      for (const spelling of spellings) {
        const forged = createHmac("sha256", spelling).update(input).digest();
        expect(verifySignature("HS256", publicKey, input, forged)).toBe(false);
      }
    }
    const honest = signBytes("HS256", hmac.privateKey, input);
    expect(verifySignature("HS256", hmac.publicKey, input, honest)).toBe(true);
  });

  requirement("jwt-alg", "takes PSS salts of the hash's length only", () => {
    const salted = (saltLength: number) =>
      sign("sha256", input, {
        key: rsa.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength,
      });
    for (const saltLength of [0, 20, 31, 33, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
      expect(verifySignature("PS256", rsa.publicKey, input, salted(saltLength))).toBe(false);
    }
    expect(verifySignature("PS256", rsa.publicKey, input, salted(32))).toBe(true);
  });

  requirement("jwt-alg", "has one length: leading zeros may not be left out", () => {
    // About one signature in 256 begins with a zero.
    for (const alg of ["PS256", "RS256"] as const) {
      let content = input;
      let signature = signBytes(alg, rsa.privateKey, content);
      for (let turn = 0; signature[0] !== 0; turn++) {
        content = Buffer.from(`header.${turn}`);
        signature = signBytes(alg, rsa.privateKey, content);
      }
      expect(verifySignature(alg, rsa.publicKey, content, signature)).toBe(true);
      expect(verifySignature(alg, rsa.publicKey, content, signature.subarray(1))).toBe(false);
    }
  });

  requirement("jwt-alg", "takes ECDSA signatures side by side, not in DER", () => {
    const der = sign("sha256", input, p256.privateKey);
    expect(verifySignature("ES256", p256.publicKey, input, der)).toBe(false);
  });

  requirement("jwt-alg", "refuses the ECDSA signature of zeros", () => {
    expect(verifySignature("ES256", p256.publicKey, input, Buffer.alloc(64))).toBe(false);
  });
});
