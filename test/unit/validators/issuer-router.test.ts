import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import type { AccessToken } from "../../../src/core/access-token.js";
import { InvalidTokenError, OAuthError, UnavailableError } from "../../../src/core/errors.js";
import {
  IssuerRouter,
  peekIssuer,
  type IssuerRouterOptions,
} from "../../../src/validators/issuer-router.js";
import { StaticValidator } from "../../../src/validators/static-validator.js";
import { outcome } from "../../support/outcome.js";

const A = "https://a.example.com";
const B = "https://b.example.com";

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jws = (payload: unknown, header: unknown = { alg: "RS256" }) =>
  `${part(header)}.${part(payload)}.c2ln`;

const validator = (name: string) => ({
  validate: jest.fn(async (_token: string): Promise<AccessToken> => ({
    subject: name,
    audience: [],
    scopes: [],
    claims: {},
  })),
});

function createRouter(options: Partial<IssuerRouterOptions> = {}) {
  const a = validator("a");
  const b = validator("b");
  const opaque = validator("opaque");
  const router = new IssuerRouter({
    issuers: new Map([
      [A, a],
      [B, b],
    ]),
    opaque: [opaque],
    ...options,
  });
  return { router, a, b, opaque };
}

describe("IssuerRouter", () => {
  it("[jwt-iss] sends a JWT to the validator of exactly its issuer", async () => {
    const { router, a, b, opaque } = createRouter();
    expect(await router.validate(jws({ iss: A }))).toMatchObject({ subject: "a" });
    expect(await router.validate(jws({ iss: B }))).toMatchObject({ subject: "b" });
    expect(a.validate).toHaveBeenCalledTimes(1);
    expect(b.validate).toHaveBeenCalledTimes(1);
    expect(opaque.validate).not.toHaveBeenCalled();
  });

  it.each([`${A}/`, `${A}.evil.com`, A.toUpperCase(), "", "https://evil.example.com", "__proto__"])(
    "[jwt-iss] makes no request for the issuer %j",
    async (iss) => {
      const { router, a, b, opaque } = createRouter();
      expect(await outcome(router.validate(jws({ iss })))).toBe("InvalidTokenError issuer_unknown");
      for (const each of [a, b, opaque]) expect(each.validate).not.toHaveBeenCalled();
    },
  );

  it("does not try a JWT elsewhere when its issuer refuses it", async () => {
    const refusing = {
      validate: async () => Promise.reject(new InvalidTokenError("signature_invalid")),
    };
    const { router, opaque } = createRouter({ issuers: new Map([[A, refusing]]) });
    expect(await outcome(router.validate(jws({ iss: A })))).toBe(
      "InvalidTokenError signature_invalid",
    );
    expect(opaque.validate).not.toHaveBeenCalled();
  });

  it.each(["=", "==", "+", "~", "%3D"])(
    "sends a JWT whose signature ends in %j to the validator of its issuer",
    async (more) => {
      const { router, opaque } = createRouter();
      expect(await router.validate(jws({ iss: A }) + more)).toMatchObject({ subject: "a" });
      expect(opaque.validate).not.toHaveBeenCalled();
      expect(router.expects(jws({ sub: "no issuer" }) + more)).toBe(false);
    },
  );

  it.each([
    ["opaque text", "opaque-token"],
    ["a key with dots", "sk.live.0123"],
    ["a JWT without iss", jws({ sub: "x" })],
    ["a JWT whose iss is no text", jws({ iss: [A] })],
    ["a header without alg", jws({ iss: A }, { typ: "JWT" })],
    ["a header that is a list", jws({ iss: A }, [{ alg: "RS256" }])],
    ["an encrypted token", `${jws({ iss: A })}.a.b`],
    ["padding in a part", `${part({ alg: "RS256" })}=.${part({ iss: A })}.c2ln`],
  ])("sends %s to the opaque validator", async (_name, token) => {
    const { router, a } = createRouter();
    expect(await router.validate(token)).toMatchObject({ subject: "opaque" });
    expect(a.validate).not.toHaveBeenCalled();
  });

  it("asks the first opaque validator that recognises the token", async () => {
    const fixed = new StaticValidator({
      tokens: { "dev-token-1": { clientId: "dev", scopes: [] } },
      clock: () => 0,
    });
    const { router, opaque } = createRouter();
    const both = new IssuerRouter({ issuers: new Map(), opaque: [fixed, opaque] });
    expect(await both.validate("dev-token-1")).toMatchObject({ clientId: "dev" });
    expect(await both.validate("other-token")).toMatchObject({ subject: "opaque" });
    expect(await router.validate("dev-token-1")).toMatchObject({ subject: "opaque" });

    const alone = new IssuerRouter({ issuers: new Map(), opaque: [fixed] });
    // Refused by the validator that counts guesses.
    expect(await outcome(alone.validate("other-token"))).toBe(
      "InvalidTokenError static_token_unknown",
    );
  });

  it("refuses opaque tokens without a validator for them", async () => {
    const { router } = createRouter({ opaque: [] });
    expect(await outcome(router.validate("opaque"))).toBe(
      "InvalidTokenError token_form_unsupported",
    );
  });

  it("asks the application about issuers that are not listed, and only about those", async () => {
    const tenant = validator("tenant");
    const lookup = jest.fn(async (issuer: string, token: string) => {
      if (issuer !== "https://t.example.com") throw new InvalidTokenError("issuer_unknown");
      return tenant.validate(token);
    });
    const { router } = createRouter({ lookup });
    await router.validate(jws({ iss: A }));
    expect(lookup).not.toHaveBeenCalled();
    expect(await router.validate(jws({ iss: "https://t.example.com" }))).toMatchObject({
      subject: "tenant",
    });
    expect(await outcome(router.validate(jws({ iss: "https://x.example.com" })))).toBe(
      "InvalidTokenError issuer_unknown",
    );
  });

  it("[outage] passes on that the application cannot tell", async () => {
    const lookup = async () => Promise.reject(new UnavailableError("issuer_lookup_failed"));
    const { router } = createRouter({ lookup });
    expect(await outcome(router.validate(jws({ iss: "https://x.example.com" })))).toBe(
      "UnavailableError issuer_lookup_failed",
    );
  });

  it("[jwt-compact] does not decode what is too long", async () => {
    const { router, a, opaque } = createRouter();
    const long = jws({ iss: A, filler: "x".repeat(8192) });
    expect(await outcome(router.validate(long))).toBe("InvalidTokenError token_too_long");
    expect(peekIssuer(long)).toBeUndefined();
    expect(a.validate).not.toHaveBeenCalled();
    expect(opaque.validate).not.toHaveBeenCalled();
  });

  it("throws only OAuthErrors, for any token", async () => {
    const parts = fc.oneof(
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString("base64url")),
      fc.constant(part({ alg: "RS256" })),
    );
    const tokens = fc.oneof(
      fc.string(),
      fc.tuple(parts, parts, parts).map((all) => all.join(".")),
    );
    const { router, a, b } = createRouter();
    await fc.assert(
      fc.asyncProperty(tokens, async (token) => {
        await router.validate(token).catch((error: unknown) => {
          if (!(error instanceof OAuthError)) throw error;
        });
      }),
      { numRuns: 1000 },
    );
    expect(a.validate).not.toHaveBeenCalled();
    expect(b.validate).not.toHaveBeenCalled();
  });
});

describe("what an IssuerRouter expects", () => {
  const any = { validate: () => Promise.reject(new Error("not asked")) };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const jwt = (claims: object): string => `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
  const LISTED = "https://listed.example.com";
  const issuers = new Map([[LISTED, any]]);

  it("is JWTs of its issuers, and of any issuer that it can look up", () => {
    const router = new IssuerRouter({ issuers });
    expect(router.expects(jwt({ iss: LISTED }))).toBe(true);
    expect(router.expects(jwt({ iss: "https://other.example.com" }))).toBe(false);
    const dynamic = new IssuerRouter({ issuers, lookup: any.validate });
    expect(dynamic.expects(jwt({ iss: "https://other.example.com" }))).toBe(true);
  });

  it("is opaque tokens where something decides about them, and no JWT without an issuer", () => {
    expect(new IssuerRouter({ issuers }).expects("opaque")).toBe(false);
    const router = new IssuerRouter({ issuers, opaque: [any] });
    expect(router.expects("opaque")).toBe(true);
    expect(router.expects(jwt({ sub: "legacy" }))).toBe(false);
    const selective = { ...any, recognizes: (token: string) => token === "mine" };
    expect(new IssuerRouter({ issuers, opaque: [selective] }).expects("mine")).toBe(true);
    expect(new IssuerRouter({ issuers, opaque: [selective] }).expects("other")).toBe(false);
  });

  it("is every token, once nothing is bound to an issuer", async () => {
    const seen: string[] = [];
    const validate = async (token: string) => {
      seen.push(token);
      return { audience: [], scopes: [], claims: {} };
    };
    const router = new IssuerRouter({ issuers: new Map(), opaque: [{ validate }] });
    const token = jwt({ iss: LISTED });
    await router.validate(token);
    expect(seen).toEqual([token]);
  });
});
