import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { InvalidTokenError, OAuthError, UnavailableError } from "../../../../src/core/errors.js";
import type { Store } from "../../../../src/stores/store.js";
import type { Claims } from "../../../../src/validators/claims.js";
import { parseAnswer } from "../../../../src/validators/introspection/introspection-answer.js";
import { outcome } from "../../../support/outcome.js";
import { IntrospectionValidator } from "../../../support/resolved.js";

const NOW = 1_800_000_000;
const ISSUER = "https://as.example.com";
const RESOURCE = "https://mcp.example.com/mcp";

const good = (fields: Claims = {}): Claims => ({
  active: true,
  iss: ISSUER,
  aud: RESOURCE,
  sub: "user-1",
  client_id: "app",
  scope: "read write",
  exp: NOW + 300,
  token_type: "Bearer",
  ...fields,
});

type Options = Partial<ConstructorParameters<typeof IntrospectionValidator>[0]>;

function createValidator(answer: unknown, options: Options = {}) {
  const time = { now: NOW };
  const introspect = jest.fn(async (_token: string) => {
    const claims = parseAnswer(typeof answer === "function" ? answer() : answer);
    return claims && { claims, size: 200 };
  });
  const validator = new IntrospectionValidator({
    client: { introspect, clientId: "rs" },
    requirements: { issuer: ISSUER, audience: [RESOURCE], clockToleranceSeconds: 60 },
    clock: () => time.now,
    ...options,
  });
  return { validator, introspect, time };
}

const result = (answer: unknown, options?: Options) =>
  outcome(createValidator(answer, options).validator.validate("opaque"));

const without = (...names: string[]): Claims =>
  Object.fromEntries(Object.entries(good()).filter(([name]) => !names.includes(name)));

describe("IntrospectionValidator", () => {
  it("[intro-active] returns what an active answer says", async () => {
    const { validator } = createValidator(good({ cnf: { jkt: "thumb" }, org: "acme" }));
    expect(await validator.validate("opaque")).toMatchObject({
      issuer: ISSUER,
      audience: [RESOURCE],
      subject: "user-1",
      clientId: "app",
      scopes: ["read", "write"],
      expiresAt: NOW + 300,
      confirmation: { jkt: "thumb" },
      claims: { org: "acme" },
    });
  });

  it("[intro-active] refuses an inactive token", async () => {
    expect(await result({ active: false })).toBe("InvalidTokenError introspection_inactive");
  });

  it.each<[Claims, string]>([
    [good({ exp: NOW - 61 }), "expired"],
    [good({ nbf: NOW + 61 }), "not_yet_valid"],
    [good({ iss: "https://other.example.com" }), "issuer_mismatch"],
    [good({ aud: "https://other.example.com" }), "audience_mismatch"],
    [good({ aud: [] }), "audience_missing"],
    [good({ token_type: "refresh_token" }), "not_an_access_token"],
    [good({ cnf: { kid: "x" } }), "confirmation_unsupported"],
    [without("iss"), "issuer_missing"],
    [without("aud"), "audience_missing"],
    [without("exp"), "expiry_missing"],
  ])("[intro-active] still checks the claims: %j", async (answer, reason) => {
    expect(await result(answer)).toBe(`InvalidTokenError ${reason}`);
  });

  it.each(["iss", "aud", "exp"] as const)(
    "[intro-active] accepts an answer without %s only when that member is named",
    async (name) => {
      expect(await result(without(name), { allowMissing: [name] })).toBe("accepted");
      const others = (["iss", "aud", "exp"] as const).filter((other) => other !== name);
      expect(await result(without(name), { allowMissing: others })).toMatch(/_missing$/);
    },
  );

  it("[intro-active] checks a member that is there even when it may be missing", async () => {
    const allowMissing = ["iss", "aud", "exp"] as const;
    expect(await result(good({ iss: "https://evil.example" }), { allowMissing })).toMatch(/issuer/);
    expect(await result(good({ aud: "x" }), { allowMissing })).toMatch(/audience_mismatch/);
    expect(await result(good({ exp: NOW - 100 }), { allowMissing })).toMatch(/expired/);
  });

  it("takes an answer as bare as django-oauth-toolkit's when each member is named", async () => {
    const bare = without("iss", "aud", "sub");
    const { validator } = createValidator(bare, { allowMissing: ["iss", "aud"] });
    const token = await validator.validate("opaque");
    expect(token).toMatchObject({ issuer: ISSUER, clientId: "app", audience: [] });
    expect(token.subject).toBeUndefined();
  });

  it("keeps a token without exp for the time to live only", async () => {
    const { validator, introspect, time } = createValidator(without("exp"), {
      allowMissing: ["exp"],
    });
    await validator.validate("opaque");
    time.now += 59;
    await validator.validate("opaque");
    time.now += 1;
    await validator.validate("opaque");
    expect(introspect).toHaveBeenCalledTimes(2);
  });

  it.each([
    ["empty", "", "token_malformed"],
    ["spaced", "a b", "token_malformed"],
    ["not ASCII", "tökén", "token_malformed"],
    ["with a line break", "a\r\nb", "token_malformed"],
    ["endless", "x".repeat(8193), "token_too_long"],
  ])("does not introspect a token that is %s", async (_name, token, reason) => {
    const { validator, introspect } = createValidator(good());
    expect(await outcome(validator.validate(token))).toBe(`InvalidTokenError ${reason}`);
    expect(introspect).not.toHaveBeenCalled();
  });

  describe("an answer with a username and no sub", () => {
    const user = (username: unknown) => ({ ...without("sub", "iss", "aud"), username });
    const bare: Options = { allowMissing: ["iss", "aud"] };

    it("is refused: two users of one client would be one principal", async () => {
      expect(await result(user("alice"), bare)).toBe("InvalidTokenError subject_missing");
      expect(await result(user(7), bare)).toBe("InvalidTokenError subject_missing");
      // Also when its name is that of the client: who chose the name is not known.
      expect(await result(user("app"), bare)).toBe("InvalidTokenError subject_missing");
    });

    it("is refused with the option that helps, also when it is remembered", async () => {
      const { validator } = createValidator(user("alice"), bare);
      for (const _ of [1, 2]) {
        await expect(validator.validate("opaque")).rejects.toMatchObject({
          detail: expect.stringContaining("set claims.subject"),
        });
      }
    });

    it("is accepted where claims.subject names what identifies users", async () => {
      const { validator } = createValidator(user("alice"), {
        ...bare,
        mapping: { subject: "username" },
      });
      expect(await validator.validate("opaque")).toMatchObject({ subject: "alice" });
    });

    it("is accepted in front of something else that identifies users", async () => {
      expect(await result(user("alice"), { ...bare, identifiedElsewhere: true })).toBe("accepted");
    });

    it("is not the same as an answer about the client itself, which is accepted", async () => {
      for (const username of [undefined, null, ""]) {
        expect(await result(user(username), bare)).toBe("accepted");
      }
    });
  });

  it("introspects a token of the maximum length", async () => {
    const { validator } = createValidator(good());
    expect(await outcome(validator.validate("x".repeat(8192)))).toBe("accepted");
  });

  it("[intro-cache] makes one call for 1,000 concurrent requests with one unseen token", async () => {
    const { validator, introspect } = createValidator(good());
    await Promise.all(Array.from({ length: 1000 }, () => validator.validate("opaque")));
    expect(introspect).toHaveBeenCalledTimes(1);
  });

  it("[intro-cache] remembers a token of another resource as refused", async () => {
    const { validator, introspect, time } = createValidator(good({ aud: "https://x.example" }));
    await outcome(validator.validate("opaque"));
    await outcome(validator.validate("opaque"));
    expect(introspect).toHaveBeenCalledTimes(1);
    time.now += 10;
    await outcome(validator.validate("opaque"));
    expect(introspect).toHaveBeenCalledTimes(2);
  });

  it("[outage] never turns an outage into a refusal, nor remembers it", async () => {
    let answer: () => unknown = () => {
      throw new UnavailableError("introspection_timeout");
    };
    const { validator } = createValidator(() => answer());
    expect(await outcome(validator.validate("opaque"))).toBe(
      "UnavailableError introspection_timeout",
    );
    answer = () => good();
    expect(await outcome(validator.validate("opaque"))).toBe("accepted");
  });

  it("throws nothing but OAuthErrors, and accepts only what is active, ours and in time", async () => {
    const anything = fc.anything();
    const answers = fc.record(
      {
        active: fc.oneof(fc.constant(true), anything),
        iss: fc.oneof(fc.constant(ISSUER), anything),
        aud: fc.oneof(fc.constant(RESOURCE), fc.constant([RESOURCE, "x"]), anything),
        exp: fc.oneof(fc.constant(NOW + 10), anything),
        nbf: fc.oneof(fc.constant(NOW), anything),
        sub: fc.oneof(fc.string(), anything),
        scope: fc.oneof(fc.string(), anything),
        cnf: fc.oneof(fc.constant({ jkt: "x" }), anything),
        token_type: fc.oneof(fc.constant("Bearer"), anything),
      },
      { requiredKeys: ["active"] },
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        try {
          await createValidator(answer).validator.validate("opaque");
          accepted += 1;
          expect(answer.active).toBe(true);
          expect(answer.iss).toBe(ISSUER);
          expect([answer.aud].flat()).toContain(RESOURCE);
          expect(answer.exp).toBeGreaterThan(NOW - 60);
        } catch (error) {
          if (!(error instanceof OAuthError)) throw error;
          expect([401, 503]).toContain(error.status);
        }
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(0);
  });
});

describe("with a store shared by processes", () => {
  function createStore(fields: Partial<Store> = {}) {
    const values = new Map<string, string>();
    const times: number[] = [];
    const store = {
      get: async (key: string) => values.get(key),
      set: async (key: string, value: string, ttlSeconds: number) => {
        values.set(key, value);
        times.push(ttlSeconds);
      },
      ...fields,
    } as Store;
    return { store, values, times };
  }

  it("[intro-cache] asks once for two processes", async () => {
    const { store } = createStore();
    const first = createValidator(good(), { store });
    const second = createValidator(good(), { store });
    await first.validator.validate("opaque");
    expect(await second.validator.validate("opaque")).toMatchObject({ subject: "user-1" });
    expect(second.introspect).not.toHaveBeenCalled();
  });

  it("[intro-cache] [mcp-secure-store] writes neither the token nor anything that outlives it", async () => {
    const { store, values, times } = createStore();
    await createValidator(good({ exp: NOW + 7 }), { store }).validator.validate("opaque-secret");
    const [[key, value]] = [...values] as [[string, string]];
    expect(key).toMatch(/^introspection:[A-Za-z0-9_-]{43}$/);
    expect(value).not.toContain("opaque-secret");
    expect(times).toEqual([7]);
  });

  it("refuses what another process was told of a user that it does not identify", async () => {
    const { store } = createStore();
    const { sub: _, ...answer } = good({ username: "alice" });
    const trusting = createValidator(answer, { store, identifiedElsewhere: true });
    await trusting.validator.validate("opaque");
    const { validator, introspect } = createValidator(answer, { store });
    expect(await outcome(validator.validate("opaque"))).toBe("InvalidTokenError subject_missing");
    expect(introspect).not.toHaveBeenCalled();
  });

  it("does not stretch the time to live by passing on", async () => {
    const { store } = createStore();
    const first = createValidator(good(), { store });
    await first.validator.validate("opaque");
    const second = createValidator(good(), { store });
    second.time.now += 50;
    await second.validator.validate("opaque");
    second.time.now += 10;
    await second.validator.validate("opaque");
    expect(second.introspect).toHaveBeenCalledTimes(1);
  });

  it("checks what another process wrote by its own requirements", async () => {
    const { store } = createStore();
    await createValidator(good(), { store }).validator.validate("opaque");
    const elsewhere = createValidator(good(), {
      store,
      requirements: { issuer: ISSUER, audience: ["https://b.example"], clockToleranceSeconds: 60 },
    });
    expect(await outcome(elsewhere.validator.validate("opaque"))).toBe(
      "InvalidTokenError audience_mismatch",
    );
  });

  it("does not share answers between issuers or clients", async () => {
    const { store, values } = createStore();
    await createValidator(good(), { store }).validator.validate("opaque");
    const client = createValidator(good(), { store });
    const other = new IntrospectionValidator({
      client: { introspect: client.introspect, clientId: "rs-2" },
      requirements: { issuer: ISSUER, audience: [RESOURCE], clockToleranceSeconds: 60 },
      clock: () => NOW,
      store,
    });
    await other.validate("opaque");
    expect(client.introspect).toHaveBeenCalledTimes(1);
    expect(values.size).toBe(2);
  });

  it("does not store refused tokens, which every client can send", async () => {
    const { store, values } = createStore();
    await outcome(createValidator({ active: false }, { store }).validator.validate("opaque"));
    await outcome(createValidator(good({ aud: "x" }), { store }).validator.validate("opaque"));
    expect(values.size).toBe(0);
  });

  it.each<[string, Partial<Store>]>([
    [
      "rejects",
      {
        get: () => Promise.reject(new Error("away")),
        set: () => Promise.reject(new Error("away")),
      },
    ],
    [
      "throws",
      {
        get: () => {
          throw new Error("away");
        },
        set: () => {
          throw new Error("away");
        },
      },
    ],
    ["hangs", { get: () => new Promise(() => undefined), set: () => new Promise(() => undefined) }],
    ["holds rubbish", { get: async () => "{" }],
    [
      "holds an inactive answer",
      { get: async () => '{"askedAt":1800000000,"answer":{"active":false}}' },
    ],
    [
      "holds an untimed answer",
      { get: async () => JSON.stringify({ answer: good({ sub: "x" }) }) },
    ],
    [
      "holds an old answer",
      { get: async () => JSON.stringify({ askedAt: NOW - 60, answer: good({ sub: "x" }) }) },
    ],
    [
      "holds one from the future",
      { get: async () => JSON.stringify({ askedAt: NOW + 61, answer: good({ sub: "x" }) }) },
    ],
  ])("carries on without a store that %s", async (_name, fields) => {
    const { store } = createStore(fields);
    const { validator, introspect } = createValidator(good(), { store });
    expect(await validator.validate("opaque")).toMatchObject({ subject: "user-1" });
    expect(introspect).toHaveBeenCalledTimes(1);
  });

  it("with caching off reads and writes nothing", async () => {
    const get = jest.fn(async () => JSON.stringify({ askedAt: NOW, answer: good() }));
    const { store, values } = createStore({ get });
    const { validator, introspect } = createValidator(good(), { store, cache: { ttlSeconds: 0 } });
    await validator.validate("opaque");
    await validator.validate("opaque");
    expect(introspect).toHaveBeenCalledTimes(2);
    expect(get).not.toHaveBeenCalled();
    expect(values.size).toBe(0);
  });

  it("is not confused by a refusal thrown as the store's error", async () => {
    const { store } = createStore({ get: () => Promise.reject(new InvalidTokenError("custom_x")) });
    expect(await result(good(), { store })).toBe("accepted");
  });
});
