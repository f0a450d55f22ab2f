import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { InvalidTokenError, OAuthError, UnavailableError } from "../../../src/core/errors.js";
import type { JwsHeader, KeySource } from "../../../src/keys/key-source.js";
import { ASYMMETRIC_ALGORITHMS, HMAC_ALGORITHMS } from "../../../src/core/algorithms.js";

import { encode, hmac, makeJws, p256, pairs, rsa } from "../../support/jwt.js";
import { requirement } from "../../support/requirement.js";
import { JwtValidator, TokenCache } from "../../support/resolved.js";

const NOW = 1_800_000_000;
const ISSUER = "https://as.example.com";
const RESOURCE = "https://mcp.example.com/mcp";

const otherP256 = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;

const header = { alg: "ES256", kid: "1", typ: "at+jwt" };
const claims = {
  iss: ISSUER,
  aud: RESOURCE,
  sub: "user-1",
  client_id: "client-1",
  scope: "mcp:read mcp:write",
  iat: NOW - 10,
  exp: NOW + 300,
  jti: "1",
};

/** A valid token, but for what is spoiled. */
function token(spoiledClaims: object = {}, spoiledHeader: object = {}): string {
  return makeJws({ ...header, ...spoiledHeader }, { ...claims, ...spoiledClaims });
}

/** Hands out one key and counts how often it is asked. */
class OneKey implements KeySource {
  asked: JwsHeader[] = [];
  constructor(private readonly key: KeyObject = p256.publicKey) {}
  async getKey(header: JwsHeader): Promise<KeyObject> {
    this.asked.push(header);
    return this.key;
  }
}

function validator(
  options: Partial<ConstructorParameters<typeof JwtValidator>[0]> = {},
): JwtValidator {
  return new JwtValidator({
    issuer: ISSUER,
    audience: [RESOURCE],
    keys: new OneKey(),
    clock: () => NOW,
    ...options,
  });
}

async function refusal(
  text: string,
  options?: Partial<ConstructorParameters<typeof JwtValidator>[0]>,
): Promise<string> {
  const error: unknown = await validator(options)
    .validate(text)
    .then(
      () => new Error("accepted"),
      (cause: unknown) => cause,
    );
  if (!(error instanceof InvalidTokenError)) throw error;
  return error.reason;
}

const accept = (text: string, options?: Partial<ConstructorParameters<typeof JwtValidator>[0]>) =>
  expect(validator(options).validate(text)).resolves.toMatchObject({ subject: "user-1" });

describe("JwtValidator", () => {
  requirement(["jwt-sub", "jwt-scope"], "reports what a good token says", async () => {
    await expect(validator().validate(token())).resolves.toEqual({
      subject: "user-1",
      clientId: "client-1",
      issuer: ISSUER,
      audience: [RESOURCE],
      scopes: ["mcp:read", "mcp:write"],
      issuedAt: NOW - 10,
      expiresAt: NOW + 300,
      acceptedUntil: NOW + 360,
      tokenId: "1",
      claims,
    });
  });

  it.each([0, 300])("returns a frozen token, with a cache of %d s", async (ttlSeconds) => {
    const cache = new TokenCache(validator(), { ttlSeconds, clock: () => NOW });
    const accessToken = await cache.validate(token({ realm: { roles: ["reader"] } }));
    const realm = accessToken.claims["realm"] as { roles: string[] };
    expect(() => realm.roles.push("admin")).toThrow(TypeError);
    expect(() => (accessToken.scopes as string[]).push("admin")).toThrow(TypeError);
    expect(() => ((accessToken as { subject: string }).subject = "admin")).toThrow(TypeError);
  });

  for (const alg of ASYMMETRIC_ALGORITHMS) {
    requirement("jwt-alg", `accepts ${alg} by default`, async () => {
      const text = makeJws({ ...header, alg }, claims, alg);
      await accept(text, { keys: new OneKey(pairs[alg].publicKey) });
    });
  }

  for (const alg of HMAC_ALGORITHMS) {
    requirement("jwt-alg", `accepts ${alg} only where configured`, async () => {
      const text = makeJws({ ...header, alg }, claims, alg);
      const keys = new OneKey(hmac.publicKey);
      expect(await refusal(text, { keys })).toBe("algorithm_not_allowed");
      expect(keys.asked).toHaveLength(0);
      await accept(text, { keys, algorithms: [alg] });
    });
  }

  requirement("jwt-alg", "refuses none in every spelling before it asks for a key", async () => {
    for (const alg of ["none", "None", "NONE", "nOnE", ""]) {
      const keys = new OneKey();
      const text = `${encode({ ...header, alg })}.${encode(claims)}.${encode("x")}`;
      expect(await refusal(text, { keys })).toBe("algorithm_not_allowed");
      expect(await refusal(text.replace(/[^.]+$/, ""), { keys })).toBe("token_malformed");
      expect(keys.asked).toHaveLength(0);
    }
  });

  requirement("jwt-alg", "refuses an algorithm that is not on the issuer's list", async () => {
    const keys = new OneKey();
    expect(await refusal(token(), { keys, algorithms: ["RS256"] })).toBe("algorithm_not_allowed");
    expect(keys.asked).toHaveLength(0);
    await accept(token(), { keys, algorithms: ["RS256", "ES256"] });
  });

  requirement("jwt-alg", "refuses a key of another family", async () => {
    expect(await refusal(token(), { keys: new OneKey(rsa.publicKey) })).toBe(
      "key_not_fit_for_algorithm",
    );
    const forged = makeJws({ ...header, alg: "HS256" }, claims, "HS256");
    const keys = new OneKey(p256.publicKey);
    expect(await refusal(forged, { keys, algorithms: ["HS256"] })).toBe(
      "key_not_fit_for_algorithm",
    );
  });

  requirement("jwt-key", "refuses a token signed by another key", async () => {
    expect(await refusal(token(), { keys: new OneKey(otherP256) })).toBe("signature_invalid");
    await accept(token());
  });

  requirement("jwt-crit", "refuses crit and b64, with any value", async () => {
    const spoiled = [
      { crit: ["b64"], b64: true },
      { crit: ["b64"], b64: false },
      { crit: ["exp"], exp: NOW },
      { crit: ["http://example.com/unknown"] },
      { crit: [] },
      { crit: null },
      { b64: false },
      { b64: true },
    ];
    for (const member of spoiled) {
      expect(await refusal(token({}, member))).toBe("critical_header");
    }
  });

  requirement("jwt-header-urls", "ignores keys that a token brings along", async () => {
    const members = {
      jwk: p256.publicKey.export({ format: "jwk" }),
      jku: "http://127.0.0.1:9/jwks.json",
      x5u: "http://127.0.0.1:9/c.pem",
      x5c: ["AAAA"],
    };
    await accept(token({}, members));
    // Signed by the key in `jwk`, while the issuer has another one.
    const keys = new OneKey(otherP256);
    expect(await refusal(token({}, members), { keys })).toBe("signature_invalid");
  });

  requirement("jwt-compact", "refuses encrypted, broken and large tokens", async () => {
    expect(await refusal("a.b.c.d.e")).toBe("token_encrypted");
    expect(await refusal("a.b")).toBe("token_malformed");
    expect(await refusal("")).toBe("token_malformed");
    expect(await refusal(makeJws(header, "[]"))).toBe("token_malformed");
    expect(await refusal(makeJws(header, "text"))).toBe("token_malformed");
    const text = token();
    expect(await refusal(text, { maxTokenBytes: text.length - 1 })).toBe("token_too_large");
    await accept(text, { maxTokenBytes: text.length });
  });

  describe("the type", () => {
    const types = ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+JWT"];
    for (const typ of types) {
      requirement("jwt-typ", `is accepted as ${typ}`, async () => {
        await accept(token({}, { typ }));
        await accept(token({ nonce: "n" }, { typ }), { allowJwtTyp: true });
      });
    }

    for (const typ of ["JWT", "jwt", "application/jwt", undefined]) {
      requirement("jwt-typ", `is accepted as ${typ ?? "nothing"} only by option`, async () => {
        expect(await refusal(token({}, { typ }))).toBe("type_not_allowed");
        await accept(token({}, { typ }), { allowJwtTyp: true });
      });
    }

    const others = [
      "dpop+jwt",
      "token-introspection+jwt",
      "logout+jwt",
      "secevent+jwt",
      "oauth-authz-req+jwt",
      "application/dpop+jwt",
      "id_token",
      "application/application/at+jwt",
      "at+jwt ",
      "text/at+jwt",
      "",
    ];
    for (const typ of others) {
      requirement(["jwt-typ", "intro-jwt"], `is refused as "${typ}" in any case`, async () => {
        expect(await refusal(token({}, { typ }))).toBe("type_not_allowed");
        expect(await refusal(token({}, { typ }), { allowJwtTyp: true })).toBe("type_not_allowed");
      });
    }

    const idTokens = [
      { nonce: "n" },
      { nonce: "n", typ: "ID" },
      { at_hash: "h", typ: "Bearer" },
      { c_hash: "h" },
      { s_hash: "h" },
      { token_use: "id" },
      { typ: "ID" },
    ];
    for (const claim of idTokens) {
      requirement("jwt-typ", `is an ID token's with ${JSON.stringify(claim)}`, async () => {
        for (const typ of ["JWT", undefined]) {
          expect(await refusal(token(claim, { typ }), { allowJwtTyp: true })).toBe("id_token");
        }
      });
    }

    requirement("jwt-typ", "is not taken for an ID token's without such a mark", async () => {
      for (const claim of [
        { token_use: "access" },
        { typ: "Bearer" },
        { nonce: "n", typ: "Bearer" },
      ]) {
        await accept(token(claim, { typ: "JWT" }), { allowJwtTyp: true });
      }
    });

    requirement("jwt-typ", "is not an access token's with events or introspection", async () => {
      for (const claim of [{ events: {} }, { token_introspection: { active: true } }]) {
        expect(await refusal(token(claim, { typ: "JWT" }), { allowJwtTyp: true })).toBe(
          "type_not_allowed",
        );
      }
    });
  });

  describe("the claims", () => {
    const refused: readonly (readonly [string, string, object, string])[] = [
      ["jwt-iss", "another issuer", { iss: "https://evil.example.com" }, "issuer_mismatch"],
      ["jwt-iss", "an issuer with a slash more", { iss: `${ISSUER}/` }, "issuer_mismatch"],
      ["jwt-iss", "a list of issuers", { iss: [ISSUER] }, "issuer_mismatch"],
      ["jwt-iss", "no issuer", { iss: undefined }, "issuer_missing"],
      ["jwt-aud", "another audience", { aud: "https://other.example.com" }, "audience_mismatch"],
      ["jwt-aud", "no audience", { aud: undefined }, "audience_missing"],
      ["jwt-aud", "an empty audience", { aud: [] }, "audience_missing"],
      ["jwt-time", "an expiry in the past", { exp: NOW - 60 }, "expired"],
      ["jwt-time", "no expiry", { exp: undefined }, "expiry_missing"],
      ["jwt-time", "a start in the future", { nbf: NOW + 61 }, "not_yet_valid"],
      ["jwt-time", "an issue in the future", { iat: NOW + 61 }, "issued_in_the_future"],
    ];
    for (const [id, what, spoiled, reason] of refused) {
      requirement(id, `refuses ${what} without asking for a key`, async () => {
        const keys = new OneKey();
        expect(await refusal(token(spoiled), { keys })).toBe(reason);
        expect(keys.asked).toHaveLength(0);
      });
    }

    requirement("jwt-time", "allows for a minute between the clocks", async () => {
      await accept(token({ exp: NOW - 59 }));
      await accept(token({ nbf: NOW + 60, iat: NOW + 60 }));
    });

    requirement("jwt-time", "allows for as much as configured", async () => {
      expect(await refusal(token({ exp: NOW }), { clockToleranceSeconds: 0 })).toBe("expired");
      await accept(token({ exp: NOW + 1 }), { clockToleranceSeconds: 0 });
      await accept(token({ exp: NOW - 119 }), { clockToleranceSeconds: 120 });
    });

    requirement(["jwt-aud", "mcp-aud"], "accepts a list that has the resource", async () => {
      await accept(token({ aud: ["https://other.example.com", RESOURCE] }));
    });

    requirement("jwt-sub", "are required by option", async () => {
      const requirements = { requireSubject: true, requireClientId: true };
      expect(await refusal(token({ sub: undefined }), { requirements })).toBe("subject_missing");
      expect(await refusal(token({ client_id: undefined }), { requirements })).toBe(
        "client_missing",
      );
      await accept(token(), { requirements });
      await expect(
        validator().validate(token({ sub: undefined, client_id: undefined })),
      ).resolves.toMatchObject({ audience: [RESOURCE] });
    });

    requirement("jwt-sub", "must say what is required of them", async () => {
      const requirements = { equals: { token_use: "access" } };
      expect(await refusal(token({ token_use: "id" }), { requirements })).toBe(
        "claim_mismatch_token_use",
      );
      await accept(token({ token_use: "access" }), { requirements });
    });

    requirement("jwt-scope", "are read where the mapping says", async () => {
      const mapping = { scopes: ["permissions"], clientId: ["cid"] };
      await expect(
        validator({ mapping, requirements: { clientIds: ["app"] } }).validate(
          token({ permissions: ["a"], cid: "app", aud: undefined }),
        ),
      ).resolves.toMatchObject({ scopes: ["a"], clientId: "app" });
    });

    it("cannot be disabled by the other requirements", async () => {
      const spoiled: object = {
        issuer: "https://evil.example.com",
        audience: ["x"],
        clockToleranceSeconds: 9e9,
        optional: new Set(["iss", "aud", "exp"]),
      };
      const requirements = spoiled as { requireSubject?: boolean };
      expect(await refusal(token({ exp: NOW - 61 }), { requirements })).toBe("expired");
      expect(await refusal(token({ exp: undefined }), { requirements })).toBe("expiry_missing");
      await accept(token(), { requirements });
    });
  });

  describe("the key source", () => {
    it("is asked with the header", async () => {
      const keys = new OneKey();
      await accept(token(), { keys });
      expect(keys.asked).toEqual([header]);
    });

    requirement("outage", "that cannot tell makes the answer cannot tell", async () => {
      const outage = new UnavailableError("jwks_unreachable");
      const keys = { getKey: () => Promise.reject(outage) };
      await expect(validator({ keys }).validate(token())).rejects.toBe(outage);
    });

    requirement("outage", "that breaks is not the token's fault", async () => {
      const cause = new Error("broken");
      const keys = { getKey: () => Promise.reject(cause) };
      await expect(validator({ keys }).validate(token())).rejects.toMatchObject({
        name: "UnavailableError",
        reason: "key_source_failed",
        cause,
      });
    });

    requirement("jwt-key", "that has no such key refuses the token", async () => {
      const keys = { getKey: () => Promise.reject(new InvalidTokenError("key_not_found")) };
      expect(await refusal(token(), { keys })).toBe("key_not_found");
    });
  });

  it("throws only OAuthErrors, for any input", async () => {
    const any = fc.oneof(
      fc.string(),
      fc.tuple(fc.object(), fc.object()).map(([h, c]) => makeJws({ ...header, ...h }, c)),
      fc.object().map((c) => token(c)),
      fc
        .dictionary(fc.constantFrom(...Object.keys(claims), "cnf", "scp", "acr"), fc.jsonValue())
        .map((c) => token(c)),
    );
    await fc.assert(
      fc.asyncProperty(any, fc.boolean(), async (text, allowJwtTyp) => {
        const outcome: unknown = await validator({ allowJwtTyp })
          .validate(text)
          .catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(OAuthError);
      }),
      { numRuns: 300 },
    );
  });
});
