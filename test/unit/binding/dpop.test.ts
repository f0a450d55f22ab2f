import { describe, expect, it, jest } from "@jest/globals";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { calculateJwkThumbprint } from "jose";
import type { AccessToken } from "../../../src/core/access-token.js";

import { requiresProof, validateDPoPProof, type DPoPMode } from "../../../src/binding/dpop.js";

import {
  InvalidDPoPProofError,
  InvalidTokenError,
  OAuthError,
  RateLimitedError,
  UnavailableError,
  UseDPoPNonceError,
} from "../../../src/core/errors.js";
import { ASYMMETRIC_ALGORITHMS } from "../../../src/core/algorithms.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import type { Store } from "../../../src/stores/store.js";
import { sha256 } from "../../../src/core/hashes.js";
import {
  contextOf,
  makeProof,
  NOW,
  publicJwk,
  thumbprintOf,
  TOKEN,
  type ProofParts,
} from "../../support/dpop.js";
import { encode, makeJws, p256, pairs, rsa } from "../../support/jwt.js";
import { requirement } from "../../support/requirement.js";
import { describeDpopVectors } from "../../support/vectors.js";
import { DPoPNonce, ReplayMemory } from "../../support/resolved.js";

type Context = Parameters<typeof contextOf>[0];

const validate = (proof: string | string[], context: Context = {}) =>
  validateDPoPProof([proof].flat(), contextOf(context));

async function accepts(proof: string | string[], context?: Context): Promise<void> {
  await expect(validate(proof, context)).resolves.toHaveProperty("thumbprint");
}

async function refuses(proof: string | string[], reason: string, context?: Context): Promise<void> {
  const error: unknown = await validate(proof, context).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(InvalidDPoPProofError);
  expect((error as OAuthError).reason).toBe(reason);
}

describe("the twelve checks of RFC 9449 §4.3", () => {
  requirement("dpop-12", "1: there is exactly one DPoP header", async () => {
    const proof = makeProof();
    await refuses([], "dpop_proof_missing");
    await refuses([proof, proof], "dpop_proof_repeated");
    await refuses([proof, makeProof()], "dpop_proof_repeated");
    await refuses(`${proof}, ${makeProof()}`, "dpop_proof_malformed");
    await accepts([proof]);
  });

  requirement("dpop-12", "2: it is one well-formed JWT", async () => {
    const proof = makeProof();
    const [header, payload, signature] = proof.split(".");
    await refuses("", "dpop_proof_malformed");
    await refuses(`${header}.${payload}`, "dpop_proof_malformed");
    await refuses(`${proof}.`, "dpop_proof_malformed");
    await refuses(` ${proof}`, "dpop_proof_malformed");
    await refuses(`${header}.${payload}.${signature}=`, "dpop_proof_malformed");
    await refuses(
      makeJws({ typ: "dpop+jwt", alg: "ES256", jwk: publicJwk(p256) }, "[]"),
      "dpop_proof_malformed",
    );
    await accepts(proof);
  });

  requirement("dpop-12", "2: it is of bounded size", async () => {
    const padded = (length: number) => makeProof({ claims: { padding: "x".repeat(length) } });
    await refuses(padded(6_000), "dpop_proof_malformed");
    await accepts(padded(5_000));
  });

  requirement("dpop-12", "3: every required claim is there", async () => {
    await refuses(makeProof({ claims: { jti: undefined } }), "dpop_jti_malformed");
    await refuses(makeProof({ claims: { htm: undefined } }), "dpop_htm_mismatch");
    await refuses(makeProof({ claims: { htu: undefined } }), "dpop_htu_mismatch");
    await refuses(makeProof({ claims: { iat: undefined } }), "dpop_iat_malformed");
    await refuses(makeProof({ claims: { ath: undefined } }), "dpop_ath_mismatch");
    await refuses(makeProof({ header: { jwk: undefined } }), "dpop_key_malformed");
    await accepts(makeProof({ claims: { more: "claims", nonce: "not asked for" } }));
  });

  requirement("dpop-12", "4: its type is dpop+jwt", async () => {
    for (const typ of [undefined, "JWT", "at+jwt", "DPOP+JWT", "dpop+jwt "]) {
      await refuses(makeProof({ header: { typ } }), "dpop_type_mismatch");
    }
    await accepts(makeProof({ header: { typ: "dpop+jwt" } }));
  });

  requirement(["dpop-12", "dpop-alg"], "5: its algorithm is asymmetric and allowed", async () => {
    for (const alg of ["none", "HS256", "es256", "RSA-OAEP", "ES256K", "__proto__"]) {
      await refuses(makeProof({ header: { alg } }), "dpop_algorithm_not_allowed");
    }
    const algorithms = ["PS256"] as const;
    await refuses(makeProof(), "dpop_algorithm_not_allowed", { options: { algorithms } });
    const proof = makeProof({ alg: "PS256" });
    await accepts(proof, { thumbprint: thumbprintOf(rsa), options: { algorithms } });
  });

  requirement("dpop-alg", "5: no configuration lets a shared secret or `none` in", async () => {
    const algorithms = ["none", "HS256", "ES256"] as never;
    const header = encode({ typ: "dpop+jwt", alg: "none", jwk: publicJwk(p256) });
    const payload = makeProof().split(".")[1]!;
    for (const proof of [
      `${header}.${payload}.`,
      `${header}.${payload}.AA`,
      makeProof({ header: { alg: "HS256" } }),
    ]) {
      await expect(validate(proof, { options: { algorithms } })).rejects.toThrow(
        InvalidDPoPProofError,
      );
    }
    await accepts(makeProof(), { options: { algorithms } });
  });

  for (const alg of ASYMMETRIC_ALGORITHMS) {
    requirement("dpop-alg", `5: ${alg} is accepted with a key that fits it`, async () => {
      await accepts(makeProof({ alg }), { thumbprint: thumbprintOf(pairs[alg]) });
      const other = pairs[alg] === rsa ? p256 : rsa;
      const misfit = makeProof({ alg, header: { jwk: publicJwk(other) } });
      await refuses(misfit, "dpop_signature_invalid", { thumbprint: thumbprintOf(other) });
    });
  }

  requirement("dpop-12", "6: the key in its header signed it", async () => {
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const forged = makeProof({ pair: stranger, header: { jwk: publicJwk(p256) } });
    await refuses(forged, "dpop_signature_invalid");
    const [header, , signature] = makeProof().split(".");
    const [, otherPayload] = makeProof().split(".");
    await refuses(`${header}.${otherPayload}.${signature}`, "dpop_signature_invalid");
    await accepts(makeProof());
  });

  requirement("dpop-12", "6: an RSA key has 2048 bits at least", async () => {
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const proof = makeProof({ alg: "RS256", pair: weak });
    await refuses(proof, "dpop_signature_invalid", { thumbprint: thumbprintOf(weak) });
    await accepts(makeProof({ alg: "RS256" }), { thumbprint: thumbprintOf(rsa) });
  });

  requirement(["dpop-12", "dpop-alg"], "7: the key in its header is public", async () => {
    const jwk = p256.privateKey.export({ format: "jwk" });
    await refuses(makeProof({ header: { jwk } }), "dpop_key_malformed");
    for (const name of ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"]) {
      const withSecret = { ...publicJwk(p256), [name]: name === "oth" ? [] : "AA" };
      await refuses(makeProof({ header: { jwk: withSecret } }), "dpop_key_malformed");
    }
    const secret = { kty: "oct", k: "AAAA" };
    await refuses(makeProof({ header: { jwk: secret } }), "dpop_key_malformed");
    await accepts(makeProof({ header: { jwk: { ...publicJwk(p256), kid: "1", use: "sig" } } }));
  });

  requirement("dpop-12", "8: htm is the method, exactly", async () => {
    await refuses(makeProof({ claims: { htm: "GET" } }), "dpop_htm_mismatch");
    await refuses(makeProof({ claims: { htm: "post" } }), "dpop_htm_mismatch");
    await refuses(makeProof({ claims: { htm: ["POST"] } }), "dpop_htm_mismatch");
    await accepts(makeProof({ claims: { htm: "GET" } }), { method: "GET" });
  });

  requirement("dpop-12", "9: htu is the URL, but for query and fragment", async () => {
    for (const htu of [
      "https://mcp.example.com/",
      "https://mcp.example.com/mcp/",
      "https://mcp.example.com/MCP",
      "http://mcp.example.com/mcp",
      "https://mcp.example.com:8443/mcp",
      "https://evil.example/mcp",
      "/mcp",
      "",
      ["https://mcp.example.com/mcp"],
      { toString: "https://mcp.example.com/mcp" },
    ]) {
      await refuses(makeProof({ claims: { htu } }), "dpop_htu_mismatch");
    }
    await refuses(makeProof({ claims: { htu: "/mcp" } }), "dpop_htu_mismatch", {
      targets: ["/mcp"],
    });
    await accepts(makeProof({ claims: { htu: "HTTPS://MCP.example.com:443/m%63p?a=b#c" } }));
  });

  requirement(["dpop-12", "dpop-iat"], "11: iat lies in the window, edges included", async () => {
    const at = (iat: unknown) => makeProof({ claims: { iat } });
    for (const iat of [NOW - 300.001, NOW + 300.001, 0, -NOW]) {
      await refuses(at(iat), "dpop_iat_outside_window");
    }
    for (const iat of [String(NOW), null, [NOW], true, {}]) {
      await refuses(at(iat), "dpop_iat_malformed");
    }
    for (const iat of [NOW - 300, NOW + 300, NOW, NOW + 0.5]) await accepts(at(iat));
  });

  requirement("dpop-iat", "11: a configured window is kept instead", async () => {
    const options = { proofMaxAgeSeconds: 10 };
    await refuses(makeProof({ claims: { iat: NOW - 11 } }), "dpop_iat_outside_window", { options });
    await refuses(makeProof({ claims: { iat: NOW + 11 } }), "dpop_iat_outside_window", { options });
    await accepts(makeProof({ claims: { iat: NOW - 10 } }), { options });
  });

  it("11: exp and nbf count where a client sends them", async () => {
    await refuses(makeProof({ claims: { exp: NOW - 300 } }), "dpop_expired");
    await refuses(makeProof({ claims: { exp: "never" } }), "dpop_expired");
    await refuses(makeProof({ claims: { nbf: NOW + 301 } }), "dpop_not_yet_valid");
    await refuses(makeProof({ claims: { nbf: null } }), "dpop_not_yet_valid");
    await accepts(makeProof({ claims: { exp: NOW + 60, nbf: NOW - 60 } }));
  });

  requirement(["dpop-12", "dpop-ath"], "12: ath is the hash of the token", async () => {
    await refuses(makeProof({ claims: { ath: sha256("another") } }), "dpop_ath_mismatch");
    await refuses(makeProof({ claims: { ath: "" } }), "dpop_ath_mismatch");
    await refuses(makeProof({ claims: { ath: [sha256(TOKEN)] } }), "dpop_ath_mismatch");
    await refuses(makeProof(), "dpop_ath_mismatch", { accessToken: `${TOKEN}x` });
    await accepts(makeProof({ claims: { ath: sha256("another") } }), { accessToken: "another" });
  });

  requirement(["dpop-12", "dpop-bind"], "12: the token is bound to the same key", async () => {
    const thief = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await refuses(makeProof({ pair: thief }), "dpop_key_mismatch");
    await refuses(makeProof(), "dpop_key_mismatch", { thumbprint: "" });
    await accepts(makeProof({ pair: thief }), { thumbprint: thumbprintOf(thief) });
  });

  requirement("dpop-bind", "12: a token without a binding is no DPoP token", async () => {
    await expect(validate(makeProof(), { thumbprint: undefined })).rejects.toThrow(
      InvalidTokenError,
    );
  });

  it("refuses a proof that asks for extensions", async () => {
    await refuses(makeProof({ header: { crit: ["exp"], exp: 1 } }), "dpop_crit_unsupported");
    await accepts(makeProof({ header: { exp: 1 } }));
  });
});

describe("the replay memory", () => {
  requirement("dpop-jti", "accepts a proof once", async () => {
    const context = contextOf();
    const proof = makeProof();
    await expect(validateDPoPProof([proof], context)).resolves.toBeDefined();
    await expect(validateDPoPProof([proof], context)).rejects.toMatchObject({
      reason: "dpop_proof_replayed",
    });
    await expect(validateDPoPProof([makeProof()], context)).resolves.toBeDefined();
  });

  requirement("dpop-jti", "accepts exactly one of 200 concurrent uses", async () => {
    const context = contextOf();
    const proof = makeProof();
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, () => validateDPoPProof([proof], context)),
    );
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  requirement("dpop-jti", "remembers for as long as the proof is fresh", async () => {
    let now = NOW;
    const replay = new ReplayMemory(new MemoryStore({ clock: () => now }));
    const proof = makeProof({ claims: { iat: NOW + 300 } });
    const use = () => validateDPoPProof([proof], contextOf({ now, options: { replay } }));
    await use();
    for (const later of [300, 599, 600]) {
      now = NOW + later;
      await expect(use()).rejects.toMatchObject({ reason: "dpop_proof_replayed" });
    }
    now = NOW + 601;
    await expect(use()).rejects.toMatchObject({ reason: "dpop_iat_outside_window" });
  });

  requirement(
    "dpop-jti",
    "knows a proof again whose signature was written differently",
    async () => {
      // For every ECDSA signature (r, s) there is another one, (r, n - s).
      const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const context = contextOf();
      const proof = makeProof();
      const [header, payload, signature] = proof.split(".");
      const bytes = Buffer.from(signature!, "base64url");
      const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
      const twin = Buffer.from((n - s).toString(16).padStart(64, "0"), "hex");
      const other = Buffer.concat([bytes.subarray(0, 32), twin]).toString("base64url");
      await accepts(`${header}.${payload}.${other}`);
      await validateDPoPProof([proof], context);
      await expect(validateDPoPProof([`${header}.${payload}.${other}`], context)).rejects.toThrow(
        InvalidDPoPProofError,
      );
    },
  );

  requirement("dpop-jti", "does not let one client use up another's identifiers", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const context = contextOf();
    const claims = { jti: "1" };
    await validateDPoPProof([makeProof({ claims, pair: other })], {
      ...context,
      thumbprint: thumbprintOf(other),
    });
    await expect(validateDPoPProof([makeProof({ claims })], context)).resolves.toBeDefined();
  });

  requirement("dpop-jti", "refuses an empty, over-long or strange identifier", async () => {
    for (const jti of ["", "x".repeat(257), 1, null, ["x"]]) {
      await refuses(makeProof({ claims: { jti } }), "dpop_jti_malformed");
    }
    await accepts(makeProof({ claims: { jti: "x".repeat(256) } }));
  });

  requirement("dpop-jti", "is left untouched by anything but a good proof", async () => {
    const add = jest.fn<Store["add"]>(() => Promise.resolve(true));
    const replay = new ReplayMemory({ add } as Partial<Store> as Store);
    const nonce = new DPoPNonce([randomBytes(32)]);
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spoiled: ProofParts[] = [
      { header: { typ: "JWT" } },
      { claims: { htm: "GET" } },
      { claims: { htu: "https://evil.example/" } },
      { claims: { iat: 0 } },
      { claims: { ath: "x" } },
      { pair: stranger },
      { pair: stranger, header: { jwk: publicJwk(p256) } },
      { claims: { nonce: "x" } },
      {},
    ];
    for (const parts of spoiled) {
      const context = contextOf({ options: { replay, nonce } });
      await expect(validateDPoPProof([makeProof(parts)], context)).rejects.toThrow(OAuthError);
    }
    expect(add).not.toHaveBeenCalled();
    const claims = { nonce: nonce.issue(NOW) };
    await accepts(makeProof({ claims }), { options: { replay, nonce } });
    expect(add).toHaveBeenCalledTimes(1);
  });

  requirement(
    "outage",
    "that is unavailable is never the client's fault: 503, or continue as configured",
    async () => {
      const away = { add: () => Promise.reject(new Error("away")) } as Partial<Store> as Store;
      const use = (onStoreFailure?: "refuse" | "continue") =>
        validate(makeProof(), {
          options: { replay: new ReplayMemory(away, onStoreFailure && { onStoreFailure }) },
        });
      await expect(use()).rejects.toThrow(UnavailableError);
      await expect(use("refuse")).rejects.toThrow(UnavailableError);
      await expect(use("continue")).resolves.toBeDefined();
    },
  );

  requirement(["avail-fair", "dpop-jti"], "is not filled by one key", async () => {
    let now = NOW;
    const store = new MemoryStore({ clock: () => now, maxEntries: 100 });
    const replay = new ReplayMemory(store, { capacity: 100 });
    const use = (key: string, jti: string) => replay.isFirstUse(key, jti, 300, now);
    let accepted = 0;
    for (let n = 0; n < 200; n += 1) {
      accepted += await use("flood", `${n}`).then(Number, (error: unknown) => {
        expect(error).toMatchObject({ status: 429, reason: "too_many_proofs_of_key" });
        expect(error).toMatchObject({ retryAfterSeconds: 83 });
        return 0;
      });
    }
    expect(accepted).toBe(50);
    // Others are not disturbed, and what was accepted is remembered all the same.
    for (let n = 0; n < 20; n += 1) expect(await use(`other-${n}`, "1")).toBe(true);
    await expect(use("flood", "new")).rejects.toThrow(RateLimitedError);
    expect(await use("flood", "1")).toBe(false);
    expect(await use("other-1", "1")).toBe(false);
    now += 661 + 83;
    expect(await use("flood", "new")).toBe(true);
  });

  it("counts neither replays nor what the store did not take", async () => {
    let fails = true;
    const add = () => (fails ? Promise.reject(new Error("away")) : Promise.resolve(true));
    const get = () => Promise.resolve(undefined);
    const replay = new ReplayMemory({ add, get } as Partial<Store> as Store, { capacity: 4 });
    const use = (jti: string) => replay.isFirstUse("key", jti, 300, NOW);
    for (let n = 0; n < 9; n += 1) await expect(use(`${n}`)).rejects.toThrow(UnavailableError);
    fails = false;
    expect([await use("1"), await use("2")]).toEqual([true, true]);
    await expect(use("3")).rejects.toThrow(RateLimitedError);
    const known = new ReplayMemory(new MemoryStore({ clock: () => NOW }), { capacity: 4 });
    for (let n = 0; n < 9; n += 1) expect(await known.isFirstUse("key", "1", 300, NOW)).toBe(!n);
  });

  it("that is full never accepts, lest filling it opens replays", async () => {
    const store = new MemoryStore({ clock: () => NOW, maxEntries: 1 });
    const replay = new ReplayMemory(store, { onStoreFailure: "continue" });
    await accepts(makeProof(), { options: { replay } });
    await expect(validate(makeProof(), { options: { replay } })).rejects.toThrow(UnavailableError);
  });
});

describe("nonces", () => {
  const nonce = new DPoPNonce([randomBytes(32)], { periodSeconds: 300 });
  const withNonce = (value: unknown) => makeProof({ claims: { nonce: value } });

  requirement(["dpop-12", "dpop-nonce"], "10: are asked for where configured", async () => {
    for (const value of [undefined, "", "guess", nonce.issue(NOW - 900)]) {
      await expect(validate(withNonce(value), { options: { nonce } })).rejects.toThrow(
        UseDPoPNonceError,
      );
    }
    await refuses(withNonce(1), "dpop_nonce_malformed", { options: { nonce } });
    await accepts(withNonce(nonce.issue(NOW)), { options: { nonce } });
  });

  requirement("dpop-nonce", "10: serve any number of proofs in their time", async () => {
    const context = contextOf({ options: { nonce } });
    const proofs = Array.from({ length: 10 }, () => withNonce(nonce.issue(NOW)));
    await Promise.all(proofs.map((proof) => validateDPoPProof([proof], context)));
  });

  requirement("dpop-nonce", "10: come with their successor once outdated", async () => {
    const current = nonce.issue(NOW);
    await expect(validate(withNonce(current), { options: { nonce } })).resolves.not.toHaveProperty(
      "nextNonce",
    );
    await expect(
      validate(withNonce(nonce.issue(NOW - 300)), { options: { nonce } }),
    ).resolves.toHaveProperty("nextNonce", current);
  });

  requirement("dpop-nonce", "10: are handed to holders of the key only", async () => {
    const thief = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await refuses(makeProof({ pair: thief }), "dpop_key_mismatch", { options: { nonce } });
    const unsigned = makeProof({ pair: thief, header: { jwk: publicJwk(p256) } });
    await refuses(unsigned, "dpop_signature_invalid", { options: { nonce } });
  });
});

describe("requiresProof", () => {
  const bound: AccessToken = { audience: [], scopes: [], claims: {}, confirmation: { jkt: "x" } };
  const unbound: AccessToken = { audience: [], scopes: [], claims: {} };
  const modes: DPoPMode[] = ["allowed", "required", "off"];

  requirement("dpop-bind", "refuses a bound token sent as Bearer, in every mode", () => {
    for (const mode of modes) {
      expect(() => requiresProof("Bearer", bound, mode)).toThrow(InvalidTokenError);
    }
    expect(requiresProof("Bearer", unbound, "allowed")).toBe(false);
    expect(requiresProof("Bearer", unbound, "off")).toBe(false);
  });

  requirement("dpop-bind", "refuses an unbound token sent as DPoP, in every mode", () => {
    for (const mode of modes) {
      expect(() => requiresProof("DPoP", unbound, mode)).toThrow(InvalidTokenError);
    }
    expect(requiresProof("DPoP", bound, "allowed")).toBe(true);
    expect(requiresProof("DPoP", bound, "required")).toBe(true);
  });

  it("refuses unbound tokens where DPoP is required, and bound ones where it is off", () => {
    expect(() => requiresProof("Bearer", unbound, "required")).toThrow(InvalidTokenError);
    expect(() => requiresProof("DPoP", bound, "off")).toThrow(InvalidTokenError);
  });

  it("counts a token bound to a certificate alone as not bound to a key", () => {
    const toCertificate = { ...unbound, confirmation: { x5tS256: "x" } };
    expect(requiresProof("Bearer", toCertificate, "allowed")).toBe(false);
    expect(() => requiresProof("DPoP", toCertificate, "allowed")).toThrow(InvalidTokenError);
  });
});

describe("thumbprints", () => {
  for (const alg of ["ES256", "ES384", "ES512", "EdDSA", "RS256"] as const) {
    it(`are those of jose for a key for ${alg}`, async () => {
      const jwk = publicJwk(pairs[alg]);
      expect(thumbprintOf(pairs[alg])).toBe(await calculateJwkThumbprint(jwk));
    });
  }

  it("refuse a key whose numbers form none, even one a token names", async () => {
    const jwk = { kty: "EC", crv: "P-256", x: "AAAA", y: "AAAA" };
    const thumbprint = await calculateJwkThumbprint(jwk);
    await refuses(makeProof({ header: { jwk } }), "dpop_signature_invalid", { thumbprint });
  });
});

describe("a proof of any content", () => {
  const anything = fc.oneof(fc.anything(), fc.jsonValue());

  it("is refused by an OAuthError and nothing else: text", async () => {
    const part = fc.oneof(fc.string(), fc.base64String(), fc.jsonValue().map(encode));
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { minLength: 2, maxLength: 5 }).map((parts) => parts.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 2 }), async (proofs) => {
        await expect(validateDPoPProof(proofs, contextOf())).rejects.toThrow(OAuthError);
      }),
    );
  });

  it("is refused by an OAuthError and nothing else: any member of header and claims", async () => {
    const header = fc.constantFrom("typ", "alg", "jwk", "crit");
    const claim = fc.constantFrom("jti", "htm", "htu", "iat", "ath");
    const good = contextOf();
    await fc.assert(
      fc.asyncProperty(header, claim, anything, anything, async (h, c, x, y) => {
        for (const parts of [{ header: { [h]: json(x) } }, { claims: { [c]: json(y) } }]) {
          const outcome: unknown = await validateDPoPProof([makeProof(parts)], good).catch(
            (e: unknown) => e,
          );
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(OAuthError);
        }
      }),
    );
  });

  it("is refused by an OAuthError and nothing else: any key", async () => {
    const jwk = fc.record(
      {
        kty: fc.constantFrom("EC", "RSA", "OKP", "oct", "__proto__", "constructor"),
        crv: fc.constantFrom("P-256", "Ed25519", "X25519", "secp256k1", ""),
        x: fc.base64String(),
        y: fc.base64String(),
        n: fc.base64String(),
        e: fc.constantFrom("AQAB", "AQ", ""),
      },
      { requiredKeys: ["kty"] },
    );
    await fc.assert(
      fc.asyncProperty(jwk, async (value) => {
        const thumbprint = await calculateJwkThumbprint(value).catch(() => "none");
        await expect(
          validate(makeProof({ header: { jwk: value } }), { thumbprint }),
        ).rejects.toThrow(OAuthError);
      }),
    );
  });

  it("never shows in the error", async () => {
    const proof = makeProof({ claims: { ath: "x" } });
    const error = (await validate(proof).catch((e: unknown) => e)) as OAuthError;
    expect(`${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain(
      proof.split(".")[1]!,
    );
  });

  /** What JSON can carry of a value. */
  function json(value: unknown): unknown {
    try {
      return JSON.parse(JSON.stringify(value) ?? "null");
    } catch {
      return "not JSON";
    }
  }
});

describeDpopVectors(({ tests }) => {
  for (const vector of tests) {
    requirement("dpop-12", `${vector.id}: ${vector.expect}`, async () => {
      const { proof, method, url, now, accessToken, jkt } = vector;
      const context = contextOf({ method, targets: [url], now, accessToken, thumbprint: jkt });
      const outcome = validateDPoPProof([proof], context);
      if (vector.expect === "valid") await expect(outcome).resolves.toBeDefined();
      else await expect(outcome).rejects.toThrow(InvalidDPoPProofError);
    });
  }
});
