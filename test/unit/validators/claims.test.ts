import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { InvalidTokenError } from "../../../src/core/errors.js";
import {
  claimAt,
  hasAudience,
  type ClaimPaths,
  type ClaimRequirements,
  type Claims,
} from "../../../src/validators/claims.js";
import { requirement } from "../../support/requirement.js";
import { toAccessToken, validateClaims } from "../../support/resolved.js";

const NOW = 1_800_000_000;
const ISSUER = "https://as.example.com";
const RESOURCE = "https://mcp.example.com/mcp";

const good: Claims = { iss: ISSUER, aud: RESOURCE, exp: NOW + 300, iat: NOW, nbf: NOW };
const required: ClaimRequirements = {
  issuer: ISSUER,
  audience: [RESOURCE],
  clockToleranceSeconds: 60,
};

/** `undefined` when the claims pass, otherwise the reason; spoils one thing of what is valid. */
function check(
  claims: object,
  requirements: Partial<ClaimRequirements> = {},
  mapping?: Partial<ClaimPaths>,
): string | undefined {
  return reasonOf(() =>
    validateClaims({ ...good, ...claims }, { ...required, ...requirements }, NOW, mapping),
  );
}

function reasonOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof InvalidTokenError) return error.reason;
    throw error;
  }
}

describe("validateClaims", () => {
  it("passes good claims", () => {
    expect(check({})).toBeUndefined();
  });

  requirement("jwt-iss", "wants exactly the issuer", () => {
    for (const iss of [`${ISSUER}/`, "HTTPS://as.example.com", "", 1, null, [ISSUER]]) {
      expect(check({ iss })).toBe("issuer_mismatch");
    }
    expect(check({ iss: undefined })).toBe("issuer_missing");
  });

  it.each<[object, Partial<ClaimRequirements>, string]>([
    [{ iss: undefined, aud: undefined, exp: undefined }, {}, "iss, aud, exp"],
    [{ iss: undefined, aud: [], exp: undefined }, { optional: new Set(["aud"]) }, "iss, exp"],
    [{ aud: undefined, exp: undefined }, { clientIds: ["a"] }, "exp"],
    [{ aud: undefined, exp: undefined }, {}, "aud, exp"],
    [{ aud: undefined }, {}, "aud"],
    [{ exp: undefined }, {}, "exp"],
  ])("names all that is missing: %j, %j", (claims, requirements, names) => {
    const validate = () =>
      validateClaims({ ...good, ...claims }, { ...required, ...requirements }, NOW);
    expect(validate).toThrow(expect.objectContaining({ detail: `the token lacks ${names}` }));
  });

  requirement(
    ["jwt-iss", "intro-active"],
    "spares a missing issuer by option, not a wrong one",
    () => {
      const optional = new Set(["iss"] as const);
      expect(check({ iss: undefined }, { optional })).toBeUndefined();
      expect(check({ iss: "https://evil.example.com" }, { optional })).toBe("issuer_mismatch");
    },
  );

  requirement("jwt-time", "counts exp, nbf and iat with the tolerance", () => {
    expect(check({ exp: NOW - 60 })).toBe("expired");
    expect(check({ exp: NOW - 59.5 })).toBeUndefined();
    expect(check({ nbf: NOW + 60.5 })).toBe("not_yet_valid");
    expect(check({ nbf: NOW + 60 })).toBeUndefined();
    expect(check({ iat: NOW + 60.5 })).toBe("issued_in_the_future");
    expect(check({ iat: NOW + 60 })).toBeUndefined();
    expect(check({ nbf: undefined, iat: undefined })).toBeUndefined();
  });

  requirement("jwt-time", "refuses an exp that is no time: more than ten years ahead", () => {
    const tenYears = 3653 * 86_400;
    expect(check({ exp: NOW + tenYears + 60 })).toBeUndefined();
    expect(check({ exp: NOW + tenYears + 61 })).toBe("expiry_too_far");
    expect(check({ exp: Number.MAX_VALUE })).toBe("expiry_too_far");
    expect(check({ exp: NOW + tenYears + 61 }, { optional: new Set(["exp"]) })).toBe(
      "expiry_too_far",
    );
  });

  it("tells an exp in milliseconds from one that is only far", () => {
    const detailOf = (exp: number) => {
      try {
        validateClaims({ ...good, exp }, required, NOW);
        return undefined;
      } catch (error) {
        return (error as InvalidTokenError).detail;
      }
    };
    expect(detailOf((NOW + 300) * 1000)).toMatch(/^exp looks like milliseconds/);
    expect(detailOf(1e11)).toBeUndefined();
    expect(detailOf(1e11 + 1)).toMatch(/milliseconds/);
  });

  requirement("jwt-time", "refuses times that are no finite numbers", () => {
    for (const time of ["1800000300", null, {}, [NOW], true, Infinity, NaN]) {
      expect(check({ exp: time })).toBe("expiry_malformed");
      expect(check({ nbf: time })).toBe("not_before_malformed");
      expect(check({ iat: time })).toBe("issued_at_malformed");
    }
  });

  requirement("jwt-time", "spares a missing expiry by option, not a wrong one", () => {
    const optional = new Set(["exp"] as const);
    expect(check({ exp: undefined })).toBe("expiry_missing");
    expect(check({ exp: undefined }, { optional })).toBeUndefined();
    expect(check({ exp: NOW - 60 }, { optional })).toBe("expired");
    expect(check({ exp: null }, { optional })).toBe("expiry_malformed");
  });

  requirement(["jwt-aud", "mcp-aud"], "wants the resource in aud, as text or in a list", () => {
    for (const aud of [RESOURCE, [RESOURCE], ["https://other.example.com", RESOURCE]]) {
      expect(check({ aud })).toBeUndefined();
    }
    for (const aud of ["https://other.example.com", `${RESOURCE}/`, `${RESOURCE}x`, ["x"], ""]) {
      expect(check({ aud })).toBe("audience_mismatch");
    }
    for (const aud of [null, 1, {}, [RESOURCE, 1], [[RESOURCE]]]) {
      expect(check({ aud })).toBe("audience_malformed");
    }
    for (const aud of [undefined, []]) expect(check({ aud })).toBe("audience_missing");
  });

  requirement("jwt-aud", "spares a missing audience by option, not a wrong one", () => {
    const optional = new Set(["aud"] as const);
    expect(check({ aud: undefined }, { optional })).toBeUndefined();
    expect(check({ aud: "https://other.example.com" }, { optional })).toBe("audience_mismatch");
  });

  requirement("jwt-aud", "takes an allowed client for a missing audience only", () => {
    const clientIds = ["app"];
    expect(check({ aud: undefined, client_id: "app" }, { clientIds })).toBeUndefined();
    expect(check({ aud: undefined, azp: "app" }, { clientIds })).toBeUndefined();
    expect(check({ aud: undefined, client_id: "x" }, { clientIds })).toBe("client_not_allowed");
    expect(check({ aud: undefined, client_id: "x", azp: "app" }, { clientIds })).toBe(
      "client_not_allowed",
    );
    expect(check({ aud: undefined }, { clientIds })).toBe("client_not_allowed");
    expect(check({ aud: "https://other.example.com", client_id: "app" }, { clientIds })).toBe(
      "audience_mismatch",
    );
    // The allow-list is the stricter word: an optional audience does not open it.
    const optional = new Set(["aud"] as const);
    expect(check({ aud: undefined, client_id: "x" }, { clientIds, optional })).toBe(
      "client_not_allowed",
    );
  });

  requirement("jwt-aud", "reads that client where the mapping says", () => {
    const claims = { aud: undefined, cid: "app", client_id: "x" };
    const requirements = { clientIds: ["app"] };
    expect(check(claims, requirements, { clientId: ["cid"] })).toBeUndefined();
    expect(check(claims, requirements)).toBe("client_not_allowed");
  });

  it("wants claims that must have a value to have exactly it", () => {
    const equals = { token_use: "access" };
    expect(check({ token_use: "access" }, { equals })).toBeUndefined();
    for (const token_use of ["id", "Access", ["access"], undefined]) {
      expect(check({ token_use }, { equals })).toBe("claim_mismatch_token_use");
    }
  });

  it("throws nothing but InvalidTokenError", () => {
    const name = fc.constantFrom(
      "iss",
      "aud",
      "exp",
      "nbf",
      "iat",
      "sub",
      "client_id",
      "cnf",
      "scope",
      "scp",
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), (claims) => {
        reasonOf(() => validateClaims(claims, required, NOW));
        reasonOf(() => toAccessToken(claims));
      }),
      { numRuns: 500 },
    );
  });
});

describe("hasAudience", () => {
  requirement("jwt-aud", "forgives one slash behind an origin without path, both ways", () => {
    expect(hasAudience(["https://h.example/"], "https://h.example")).toBe(true);
    expect(hasAudience(["https://h.example"], "https://h.example/")).toBe(true);
    expect(hasAudience(["https://h.example:8443/"], "https://h.example:8443")).toBe(true);
  });

  requirement("jwt-aud", "forgives nothing else", () => {
    expect(hasAudience(["https://h.example//"], "https://h.example")).toBe(false);
    expect(hasAudience(["https://h.example"], "https://h.example//")).toBe(false);
    expect(hasAudience(["https://h.example/mcp/"], "https://h.example/mcp")).toBe(false);
    expect(hasAudience(["https://h.example/mcp"], "https://h.example/mcp/")).toBe(false);
    expect(hasAudience(["https://H.example"], "https://h.example")).toBe(false);
    expect(hasAudience(["http://h.example"], "https://h.example")).toBe(false);
    expect(hasAudience(["https://h.example?"], "https://h.example")).toBe(false);
    expect(hasAudience(["app/"], "app")).toBe(false);
    expect(hasAudience(["https://h.example.evil"], "https://h.example")).toBe(false);
    expect(hasAudience([], "https://h.example")).toBe(false);
  });
});

describe("toAccessToken", () => {
  requirement("jwt-sub", "reports subject and client, and leaves out what is not said", () => {
    expect(toAccessToken({ sub: "u", client_id: "c", azp: "x" })).toMatchObject({
      subject: "u",
      clientId: "c",
    });
    expect(toAccessToken({ azp: "x" })).toEqual({
      clientId: "x",
      audience: [],
      scopes: [],
      claims: { azp: "x" },
    });
  });

  requirement("jwt-sub", "reports them from other claims by configuration, in objects too", () => {
    const claims = { sub: "s", uid: "u", user: { id: "i" }, client_id: "c", cid: "d" };
    const clientId = ["app", "cid"];
    expect(toAccessToken(claims, { subject: "uid", clientId })).toMatchObject({
      subject: "u",
      clientId: "d",
    });
    expect(toAccessToken(claims, { subject: "user.id" }).subject).toBe("i");
    // The configured claim is missing: do not fall back to sub, which may name another user.
    expect(toAccessToken(claims, { subject: "oid" }).subject).toBeUndefined();
    expect(reasonOf(() => toAccessToken({ uid: 1 }, { subject: "uid" }))).toBe("subject_malformed");
  });

  requirement("jwt-sub", "takes null and the empty string for not said", () => {
    for (const nobody of [null, ""]) {
      const claims = { sub: nobody, client_id: nobody, azp: "x" };
      expect(toAccessToken(claims)).toMatchObject({ clientId: "x" });
      expect(toAccessToken(claims).subject).toBeUndefined();
      expect(reasonOf(() => toAccessToken(claims, {}, { requireSubject: true }))).toBe(
        "subject_missing",
      );
    }
    expect(reasonOf(() => toAccessToken({ sub: "u" }, {}, { requireClientId: true }))).toBe(
      "client_missing",
    );
  });

  requirement(["jwt-sub", "mcp-session-bind"], "refuses names that are no text", () => {
    // Left out instead, users 1 and 2 of one client would be the same principal.
    for (const value of [1, 0, true, false, ["u"], { id: "u" }]) {
      expect(reasonOf(() => toAccessToken({ sub: value }))).toBe("subject_malformed");
      expect(reasonOf(() => toAccessToken({ client_id: value }))).toBe("client_malformed");
      expect(reasonOf(() => toAccessToken({ client_id: value, azp: "x" }))).toBe(
        "client_malformed",
      );
    }
  });

  requirement("jwt-scope", "collects scope and scp, as text or list, without duplicates", () => {
    expect(toAccessToken({ scope: "a b  a", scp: ["b", "c", 1, ""] }).scopes).toEqual([
      "a",
      "b",
      "c",
    ]);
    for (const scope of [undefined, null, 1, {}, "", []]) {
      expect(toAccessToken({ scope }).scopes).toEqual([]);
    }
  });

  requirement("jwt-scope", "grants one scope per entry of a list", () => {
    expect(toAccessToken({ scope: ["a b"] }).scopes).toEqual(["a b"]);
  });

  requirement("jwt-scope", "reads other claims by configuration, in objects too", () => {
    const claims = { permissions: ["p"], realm_access: { roles: ["r"] }, scope: "s" };
    const scopes = ["permissions", "realm_access.roles"];
    expect(toAccessToken(claims, { scopes }).scopes).toEqual(["p", "r"]);
  });

  requirement("jwt-scope", "takes a prefix off", () => {
    const claims = { scp: "api://app/a b api://other/c api://app/" };
    expect(toAccessToken(claims, { scopePrefix: "api://app/" }).scopes).toEqual([
      "a",
      "b",
      "api://other/c",
    ]);
  });

  it("reports times, identifiers and authentication where they have the right form", () => {
    const claims = { iss: ISSUER, aud: "a", exp: 2, iat: 1, jti: "j", auth_time: 1, acr: "2" };
    expect(toAccessToken(claims)).toEqual({
      issuer: ISSUER,
      audience: ["a"],
      scopes: [],
      expiresAt: 2,
      issuedAt: 1,
      tokenId: "j",
      authTime: 1,
      acr: "2",
      claims,
    });
    expect(toAccessToken({ jti: 1, auth_time: "1", acr: 2, iat: "1" })).toEqual({
      audience: [],
      scopes: [],
      claims: { jti: 1, auth_time: "1", acr: 2, iat: "1" },
    });
  });

  requirement(["dpop-bind", "mtls-cnf"], "reports what the token is bound to", () => {
    const cnf = { jkt: "j", "x5t#S256": "x", kid: "ignored" };
    expect(toAccessToken({ cnf }).confirmation).toEqual({ jkt: "j", x5tS256: "x" });
    expect(toAccessToken({}).confirmation).toBeUndefined();
  });

  requirement(["dpop-bind", "mtls-cnf"], "refuses a binding that cannot be checked", () => {
    for (const cnf of [{}, { kid: "k" }, { jwk: {} }]) {
      expect(reasonOf(() => toAccessToken({ cnf }))).toBe("confirmation_unsupported");
    }
    for (const cnf of [null, "j", ["j"], { jkt: 1 }, { jkt: "" }, { jkt: "j", "x5t#S256": null }]) {
      expect(reasonOf(() => toAccessToken({ cnf }))).toBe("confirmation_malformed");
    }
  });
});

describe("claimAt", () => {
  it("prefers a claim with the whole name to a path", () => {
    const name = "https://example.com/roles";
    expect(claimAt({ [name]: 1, "https://example": { "com/roles": 2 } }, name)).toBe(1);
    expect(claimAt({ a: { b: { c: 3 } } }, "a.b.c")).toBe(3);
  });

  it("does not reach beyond the claims", () => {
    for (const path of [
      "constructor",
      "__proto__",
      "a.constructor.name",
      "a.length",
      "b.c",
      "a.b",
    ]) {
      expect(claimAt({ a: "text", b: null }, path)).toBeUndefined();
    }
  });
});
