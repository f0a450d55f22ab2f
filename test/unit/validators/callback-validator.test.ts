import { inspect } from "node:util";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { InvalidTokenError, OAuthError } from "../../../src/core/errors.js";
import type { CallbackResult, TokenCallback } from "../../../src/validators/callback-validator.js";
import { outcome } from "../../support/outcome.js";
import { CallbackValidator } from "../../support/resolved.js";
import { holdTimers, releaseTimers, untilDeadline } from "../../support/timers.js";

afterEach(releaseTimers);

const NOW = 1_800_000_000;

const row = (fields: Partial<CallbackResult> = {}): CallbackResult => ({
  active: true,
  subject: "user-1",
  clientId: "app",
  scopes: ["read"],
  expiresAt: NOW + 60,
  ...fields,
});

function createValidator(
  validate: TokenCallback,
  options: Partial<ConstructorParameters<typeof CallbackValidator>[0]> = {},
) {
  const time = { now: NOW };
  const validator = new CallbackValidator({ validate, clock: () => time.now, ...options });
  return { validator, time };
}

const returning = (value: unknown) => async () => value as CallbackResult;
const result = (
  value: unknown,
  options?: Partial<ConstructorParameters<typeof CallbackValidator>[0]>,
) => outcome(createValidator(returning(value), options).validator.validate("db-token"));

describe("CallbackValidator", () => {
  it("returns what the application knows", async () => {
    const { validator } = createValidator(
      returning(
        row({
          audience: "https://mcp.example.com",
          issuer: "https://app.example.com",
          confirmation: { jkt: "thumb" },
          claims: { plan: "pro" },
          scopes: ["read", "read", "write"],
        }),
      ),
    );
    expect(await validator.validate("db-token")).toEqual({
      subject: "user-1",
      clientId: "app",
      issuer: "https://app.example.com",
      audience: ["https://mcp.example.com"],
      scopes: ["read", "write"],
      expiresAt: NOW + 60,
      confirmation: { jkt: "thumb" },
      claims: { plan: "pro" },
    });
  });

  it("is content with active: true, and with a function that is not async", async () => {
    const { validator } = createValidator(() => ({ active: true }));
    expect(await validator.validate("db-token")).toEqual({
      issuer: "urn:mcp-framework-oauth:custom",
      audience: [],
      scopes: [],
      claims: {},
    });
  });

  it.each([undefined, null, false])("refuses a token for which there is %s", async (value) => {
    expect(await result(value)).toBe("InvalidTokenError callback_unknown");
  });

  it("refuses an inactive and an expired token", async () => {
    expect(await result(row({ active: false }))).toBe("InvalidTokenError callback_inactive");
    expect(await result(row({ expiresAt: NOW }))).toBe("InvalidTokenError expired");
  });

  it("[mcp-aud] refuses a token of another audience, when the application names one", async () => {
    const audience = ["https://mcp.example.com/mcp"];
    expect(await result(row({ audience: "https://other.example.com" }), { audience })).toBe(
      "InvalidTokenError audience_mismatch",
    );
    expect(await result(row({ audience: [] }), { audience })).toBe(
      "InvalidTokenError audience_mismatch",
    );
    expect(await result(row({ audience: ["x", audience[0]!] }), { audience })).toBe("accepted");
    expect(await result(row(), { audience })).toBe("accepted");
  });

  it.each<[string, unknown]>([
    ["true", true],
    ["text", "yes"],
    ["a number", 1],
    ["a list", []],
    ["no active", {}],
    ["active as text", { active: "true" }],
    ["active as 1", { active: 1 }],
    ["a misspelt member", { active: true, expires_at: 1 }],
    ["a time in milliseconds", { active: true, expiresAt: NOW * 1000 }],
    ["a Date", { active: true, expiresAt: new Date() }],
    ["NaN", { active: true, expiresAt: Number.NaN }],
    ["scopes as text", { active: true, scopes: "read write" }],
    ["two scopes in one", { active: true, scopes: ["read write"] }],
    ["an empty scope", { active: true, scopes: [""] }],
    ["a number for a subject", { active: true, subject: 7 }],
    ["an empty subject", { active: true, subject: "" }],
    ["an empty confirmation", { active: true, confirmation: {} }],
    ["a confirmation of another kind", { active: true, confirmation: { kid: "x" } }],
    ["a confirmation that is text", { active: true, confirmation: "x" }],
    [
      "one that throws when read",
      Object.defineProperty({}, "active", {
        enumerable: true,
        get() {
          throw new Error("no");
        },
      }),
    ],
  ])("cannot tell from %s", async (_name, value) => {
    expect(await result(value)).toBe("UnavailableError callback_malformed");
  });

  it("says which member is wrong, without its value", async () => {
    const { validator } = createValidator(
      returning({ active: true, expires_at: 1, subject: { secret: "hunter2" } }),
    );
    const error = (await validator.validate("db-token").catch((e: unknown) => e)) as OAuthError;
    expect(String(error.cause)).toContain("subject: invalid_type");
    expect(String(error.cause)).toContain("expires_at");
    expect(inspect(error, { depth: 9 })).not.toContain("hunter2");
  });

  it("[outage] is unavailable when the function throws, now or later", async () => {
    for (const validate of [
      async () => Promise.reject(new Error("db down")),
      () => {
        throw new Error("db down");
      },
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      async () => Promise.reject("db down"),
    ]) {
      const { validator } = createValidator(validate);
      expect(await outcome(validator.validate("db-token"))).toBe(
        "UnavailableError callback_failed",
      );
    }
  });

  it("keeps the token out of the error, however the database quotes it", async () => {
    const token = "db/token+1==";
    const { validator } = createValidator(async () => {
      throw Object.assign(
        new Error(`no row for ${token}, ${encodeURIComponent(token)}`, { cause: token }),
        { parameters: [token] },
      );
    });
    const error = await validator.validate(token).catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 9 })).toContain("no row for [removed], [removed]");
    expect(inspect(error, { depth: 9 })).not.toMatch(/db\/token|db%2Ftoken/);
  });

  it("lets an OAuthError through that the function throws on purpose", async () => {
    const { validator } = createValidator(async () => {
      throw new InvalidTokenError("custom_tenant_closed");
    });
    expect(await outcome(validator.validate("db-token"))).toBe(
      "InvalidTokenError custom_tenant_closed",
    );
  });

  it("gives up on a function that hangs, and tells it so", async () => {
    holdTimers();
    let seen: AbortSignal | undefined;
    const { validator } = createValidator((_token, signal) => {
      seen = signal;
      return new Promise(() => undefined);
    });
    const answer = outcome(validator.validate("db-token"));
    expect(await untilDeadline(answer)).toBe("UnavailableError callback_timeout");
    expect(seen?.aborted).toBe(true);
  });

  it("does not let tokens that make it throw lock out the others", async () => {
    const { validator } = createValidator(async (token) => {
      if (token.startsWith("bad")) throw new Error("cannot parse");
      return row();
    });
    for (let n = 0; n < 50; n++) await outcome(validator.validate(`bad-${n}`));
    expect(await outcome(validator.validate("good"))).toBe("accepted");
  });

  it("asks every time unless caching is wanted", async () => {
    const validate = jest.fn(returning(row({ expiresAt: undefined })));
    const plain = createValidator(validate).validator;
    await plain.validate("db-token");
    await plain.validate("db-token");
    expect(validate).toHaveBeenCalledTimes(2);

    const { validator, time } = createValidator(validate, { cache: { ttlSeconds: 30 } });
    await validator.validate("db-token");
    time.now += 29;
    await validator.validate("db-token");
    expect(validate).toHaveBeenCalledTimes(3);
    time.now += 1;
    await validator.validate("db-token");
    expect(validate).toHaveBeenCalledTimes(4);
  });

  it("does not freeze what lies inside of what the application handed over", async () => {
    const claims = { plan: { name: "pro" } };
    const { validator } = createValidator(returning(row({ claims })), { cache: {} });
    const token = await validator.validate("db-token");
    expect(Object.isFrozen(token.claims["plan"])).toBe(true);
    expect(Object.isFrozen(claims.plan)).toBe(false);
  });

  it("does not freeze or change what the application handed over", async () => {
    const given = row({ claims: { list: [] } });
    const { validator } = createValidator(async () => given, { cache: {} });
    await validator.validate("db-token");
    expect(Object.isFrozen(given)).toBe(false);
    expect(Object.isFrozen(given.claims)).toBe(false);
  });

  it("does not call the function for text that is not a token", async () => {
    const validate = jest.fn(returning(row()));
    const { validator } = createValidator(validate);
    for (const text of ["", "a b", "é", "x".repeat(8193)]) {
      expect(await outcome(validator.validate(text))).toMatch(/^InvalidTokenError token_/);
    }
    expect(validate).not.toHaveBeenCalled();
  });

  it("accepts nothing but active === true, and throws nothing but OAuthErrors", async () => {
    const values = fc.oneof(
      fc.anything(),
      fc.record(
        {
          active: fc.oneof(fc.constant(true), fc.anything()),
          subject: fc.oneof(fc.string(), fc.anything()),
          scopes: fc.oneof(fc.array(fc.string()), fc.anything()),
          expiresAt: fc.oneof(fc.integer(), fc.anything()),
          claims: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    );
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        try {
          await createValidator(returning(value)).validator.validate("db-token");
          expect((value as { active: unknown }).active).toBe(true);
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
