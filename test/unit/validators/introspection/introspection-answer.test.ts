import { createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { SignJWT, type JWTHeaderParameters } from "jose";
import type { OAuthError } from "../../../../src/core/errors.js";
import { InvalidTokenError, UnavailableError } from "../../../../src/core/errors.js";
import type { KeySource } from "../../../../src/keys/key-source.js";
import {
  assertAccessToken,
  parseAnswer,
  verifySignedAnswer,
} from "../../../../src/validators/introspection/introspection-answer.js";
import { outcome } from "../../../support/outcome.js";

describe("parseAnswer", () => {
  it("[intro-active] takes active: true and nothing that looks like it", () => {
    expect(parseAnswer({ active: true, sub: "1" })).toEqual({ active: true, sub: "1" });
    expect(parseAnswer({ active: false, sub: "1" })).toBeUndefined();
    for (const active of ["true", 1, null, undefined, [true], {}, "false", 0]) {
      expect(() => parseAnswer({ active })).toThrow("introspection_malformed_active");
    }
  });

  it.each([null, "x", 1, [], [{ active: true }], undefined, true])("refuses %j", (answer) => {
    expect(() => parseAnswer(answer)).toThrow(UnavailableError);
  });

  it.each([
    ["sub", 7],
    ["iss", ["https://as.example.com"]],
    ["client_id", {}],
    ["azp", 1],
    ["jti", 1],
    ["token_type", 1],
    ["exp", "1700000000"],
    ["nbf", "0"],
    ["iat", {}],
    ["aud", { a: 1 }],
    ["aud", [1]],
    ["scope", { read: true }],
    ["cnf", "x"],
    ["cnf", []],
    ["cnf", null],
  ])("blames the server for a %s of %j", (name, value) => {
    expect(() => parseAnswer({ active: true, [name]: value })).toThrow(
      new UnavailableError(`introspection_malformed_${name}`),
    );
  });

  it("takes null for absent", () => {
    expect(parseAnswer({ active: true, exp: null, aud: null, x: null })).toEqual({ active: true });
  });

  it("never accepts without active === true, and throws nothing but UnavailableError", () => {
    const member = fc.oneof(fc.anything(), fc.constantFrom(true, false, "true", null, 1));
    const answers = fc.oneof(
      fc.anything(),
      fc.dictionary(
        fc.constantFrom("active", "sub", "aud", "exp", "cnf", "scope", "__proto__", "Active"),
        member,
      ),
    );
    fc.assert(
      fc.property(answers, (answer) => {
        try {
          const claims = parseAnswer(answer);
          if (claims !== undefined) expect((answer as { active: unknown }).active).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UnavailableError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("assertAccessToken", () => {
  it.each([
    {},
    { token_type: "Bearer" },
    { token_type: "bearer" },
    { token_type: "BEARER" },
    { token_type: "DPoP", cnf: { jkt: "x" } },
    { token_type: "access_token" },
    { token_use: "access_token" },
    { token_use: "access" },
    { typ: "Bearer" },
    { typ: "at+jwt" },
  ])("[intro-type] passes %j", (claims) => {
    expect(() => assertAccessToken(claims)).not.toThrow();
  });

  it.each([
    { token_type: "refresh_token" },
    { token_type: "Refresh_Token" },
    { token_type: "id_token" },
    { token_type: "" },
    { token_type: "N_A" },
    { token_use: "refresh_token" },
    { token_use: "id" },
    { typ: "Refresh" },
    { typ: "Offline", token_type: "Bearer" },
    { typ: "ID" },
  ])("[intro-type] refuses %j", (claims) => {
    expect(() => assertAccessToken(claims)).toThrow(new InvalidTokenError("not_an_access_token"));
  });

  it("[intro-type] refuses a DPoP token whose key the answer does not name", () => {
    expect(() => assertAccessToken({ token_type: "dpop" })).toThrow(
      new InvalidTokenError("confirmation_missing"),
    );
  });
});

describe("verifySignedAnswer", () => {
  const NOW = 1_800_000_000;
  const ISSUER = "https://as.example.com";
  const RESOURCE = "https://mcp.example.com/mcp";
  let publicKey: KeyObject;
  let privateKey: KeyObject;

  beforeAll(() => {
    ({ publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" }));
  });

  interface Spoil {
    readonly payload?: Record<string, unknown>;
    readonly header?: Partial<JWTHeaderParameters>;
    readonly key?: KeyObject | Uint8Array;
  }

  const sign = ({ payload, header, key }: Spoil = {}) =>
    new SignJWT({
      iss: ISSUER,
      aud: "rs-client",
      iat: NOW,
      token_introspection: { active: true, sub: "1" },
      ...payload,
    })
      .setProtectedHeader({ alg: "ES256", typ: "token-introspection+jwt", ...header })
      .sign(key ?? privateKey, { crit: { x: true } });

  const verify = (jwt: string, keySource: KeySource = { getKey: async () => publicKey }) =>
    verifySignedAnswer(
      jwt,
      { keySource, issuer: ISSUER, audience: [RESOURCE, "rs-client"], clockToleranceSeconds: 60 },
      () => NOW,
    );

  it("[intro-jwt] opens an answer that is signed, fresh and meant for us", async () => {
    expect(await verify(await sign())).toEqual({ active: true, sub: "1" });
  });

  it("[intro-jwt] takes several audiences and the long form of the type", async () => {
    const jwt = await sign({
      payload: { aud: ["https://mcp.example.com", "rs-client"] },
      header: { typ: "application/token-introspection+jwt" },
    });
    expect(await verify(jwt)).toMatchObject({ active: true });
  });

  it.each([RESOURCE, "rs-client", ["other", RESOURCE]])(
    "[intro-jwt] takes the resource identifier or the client id as the audience: %j",
    async (aud) => {
      expect(await verify(await sign({ payload: { aud } }))).toMatchObject({ active: true });
    },
  );

  const spoils: [string, Spoil, string | undefined][] = [
    ["another issuer", { payload: { iss: "https://evil.example.com" } }, "iss"],
    ["no issuer", { payload: { iss: undefined } }, "iss"],
    ["another audience", { payload: { aud: "someone-else" } }, "aud"],
    ["a longer audience", { payload: { aud: `${RESOURCE}/other` } }, "aud"],
    ["no audience", { payload: { aud: undefined } }, "aud"],
    ["no time", { payload: { iat: undefined } }, "iat"],
    ["an old one", { payload: { iat: NOW - 361 } }, "iat"],
    ["one from the future", { payload: { iat: NOW + 61 } }, "iat"],
    ["an expired one", { payload: { exp: NOW - 61 } }, "exp"],
    ["the type of an access token", { header: { typ: "at+jwt" } }, "typ"],
    ["the type of any JWT", { header: { typ: "JWT" } }, "typ"],
    ["a critical extension", { header: { crit: ["x"], x: 1 } }, undefined],
  ];
  it.each(spoils)(
    "[intro-jwt] does not believe %s, and names the claim",
    async (_name, spoil, claim) => {
      const error: unknown = await verify(await sign(spoil)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        status: 503,
        reason: "introspection_signed_answer_invalid",
        detail: claim && `${claim} of the signed answer is missing or not as expected`,
      });
    },
  );

  it("[intro-jwt] does not believe another key's signature", async () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    expect(await outcome(verify(await sign({ key: other })))).toBe(
      "UnavailableError introspection_signed_answer_invalid",
    );
  });

  it("[intro-jwt] does not take the public key for a shared secret", async () => {
    const secret = publicKey.export({ type: "spki", format: "der" });
    const jwt = await sign({ header: { alg: "HS256" }, key: secret });
    expect(await outcome(verify(jwt))).toBe("UnavailableError introspection_signed_answer_invalid");
  });

  it("[intro-jwt] takes no HMAC, even from a key source that holds a secret", async () => {
    const secret = createSecretKey(Buffer.alloc(32, 1));
    const jwt = await sign({ header: { alg: "HS256" }, key: secret });
    expect(await outcome(verify(jwt, { getKey: async () => secret }))).toBe(
      "UnavailableError introspection_signed_answer_invalid",
    );
  });

  it("[intro-jwt] does not take an unsigned answer", async () => {
    const [, payload] = (await sign()).split(".");
    const header = Buffer.from('{"alg":"none","typ":"token-introspection+jwt"}');
    expect(await outcome(verify(`${header.toString("base64url")}.${payload}.`))).toBe(
      "UnavailableError introspection_signed_answer_invalid",
    );
  });

  it("does not blame the token when the key is unknown", async () => {
    const jwt = await sign();
    const keySource: KeySource = {
      getKey: async () => {
        throw new InvalidTokenError("key_not_found");
      },
    };
    expect(await outcome(verify(jwt, keySource))).toBe(
      "UnavailableError introspection_signed_answer_invalid",
    );
  });

  it("says so when the keys are away", async () => {
    const jwt = await sign();
    const keySource: KeySource = {
      getKey: async () => {
        throw new UnavailableError("jwks_unreachable");
      },
    };
    expect(await outcome(verify(jwt, keySource))).toBe("UnavailableError jwks_unreachable");
  });

  it("keeps the payload out of the error", async () => {
    const jwt = await sign({ payload: { iss: "https://evil.example.com", sub: "top-secret" } });
    const error = (await verify(jwt).catch((thrown: unknown) => thrown)) as OAuthError;
    expect(String(error.cause)).toContain("ERR_JWT_CLAIM_VALIDATION_FAILED");
    expect(Object.keys(error.cause as object)).toEqual([]);
  });

  it("throws nothing but OAuthErrors for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await outcome(verify(text))).toMatch(/^UnavailableError /);
      }),
    );
  });
});
