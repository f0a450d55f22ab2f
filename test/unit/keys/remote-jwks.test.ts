import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { InvalidTokenError, OAuthError, UnavailableError } from "../../../src/core/errors.js";
import { parseJwks, type JwkRejection } from "../../../src/keys/jwk.js";
import type { JwsHeader } from "../../../src/keys/key-source.js";
import type { RemoteJwksOptions } from "../../../src/keys/remote-jwks.js";
import { OutboundError } from "../../../src/net/outbound-fetch.js";
import { requirement } from "../../support/requirement.js";
import { RemoteJwks } from "../../support/resolved.js";

type Jwk = Record<string, unknown>;

const pool = Array.from(
  { length: 4 },
  () =>
    generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }) as Jwk,
);
const key = (kid: string | undefined, n = 0, extra: Jwk = {}): Jwk => ({
  ...pool[n],
  ...(kid === undefined ? {} : { kid }),
  ...extra,
});
const signedBy = (kid?: string): JwsHeader => ({
  alg: "ES256",
  ...(kid === undefined ? {} : { kid }),
});

const RSA_JWK = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({
  format: "jwk",
}) as Jwk;

const URI = "https://idp.example/jwks";

/** An issuer whose key set a test rotates, breaks or delays. Time is fake. */
function issuer(options: Partial<RemoteJwksOptions> = {}, first: readonly unknown[] = [key("a")]) {
  const state = {
    keys: first,
    answer: undefined as undefined | (() => Promise<Response>),
    latencyMs: 10,
    fetches: [] as number[],
  };
  const source = new RemoteJwks({
    jwksUri: URI,
    fetch: async () => {
      state.fetches.push(Date.now() / 1000);
      // What is published when the request arrives, not when the answer does.
      const body = JSON.stringify({ keys: state.keys });
      await new Promise((resolve) => setTimeout(resolve, state.latencyMs));
      return state.answer === undefined ? new Response(body) : state.answer();
    },
    random: () => 0.5,
    ...options,
  });
  return { source, state };
}

const down = async (): Promise<Response> => {
  throw new OutboundError("network", "idp.example: ECONNREFUSED");
};

/** What became of a promise, without waiting for it. */
function watch<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: unknown; settled: boolean; at?: number } = { settled: false };
  const settle = () => {
    seen.settled = true;
    seen.at = Date.now() / 1000;
  };
  promise.then(
    (value) => {
      seen.value = value;
      settle();
    },
    (error: unknown) => {
      seen.error = error;
      settle();
    },
  );
  return seen;
}

const pass = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1000);

/** Lets time pass until the promise settles. */
async function soon<T>(promise: Promise<T>, seconds = 30): Promise<T> {
  const seen = watch(promise);
  for (let i = 0; i < seconds * 20 && !seen.settled; i++) await pass(0.05);
  expect(seen.settled).toBe(true);
  return promise;
}

beforeEach(() => {
  jest.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

describe("RemoteJwks", () => {
  it("fetches once for any number of concurrent callers", async () => {
    const { source, state } = issuer();
    const calls = Array.from({ length: 100 }, () => source.getKey(signedBy("a")));
    const found = await soon(Promise.all(calls));
    expect(new Set(found).size).toBe(1);
    expect(state.fetches).toHaveLength(1);
  });

  it("answers a known key without fetching", async () => {
    const { source, state } = issuer();
    await soon(source.getKey(signedBy("a")));
    for (let i = 0; i < 10; i++) await source.getKey(signedBy("a"));
    expect(state.fetches).toHaveLength(1);
  });

  it("does not fetch before it is asked", () => {
    const { state, source } = issuer();
    expect(state.fetches).toEqual([]);
    expect(source.status()).toEqual({
      ageSeconds: undefined,
      lastFetchAt: undefined,
      lastError: undefined,
      keyCount: 0,
      fetches: 0,
    });
  });

  it("finds out where the key set is when it is first needed", async () => {
    const { source } = issuer({
      jwksUri: async () => URI,
      fetch: async (url) => {
        expect(url).toBe(URI);
        return new Response(JSON.stringify({ keys: [key("a")] }));
      },
    });
    await soon(source.getKey(signedBy("a")));
  });

  it("reports why it cannot be found out", async () => {
    const jwksUri = () => Promise.reject(new UnavailableError("discovery_issuer_mismatch"));
    const { source } = issuer({ jwksUri });
    await expect(source.getKey(signedBy("a"))).rejects.toMatchObject({
      status: 503,
      reason: "discovery_issuer_mismatch",
    });
  });

  describe("an unknown kid", () => {
    it("is refused at once when the fetch started after the token came", async () => {
      const { source, state } = issuer();
      await expect(soon(source.getKey(signedBy("forged")))).rejects.toThrow(InvalidTokenError);
      expect(state.fetches).toHaveLength(1);
    });

    it("is looked for at once when the last fetch is a while ago", async () => {
      const { source, state } = issuer();
      await soon(source.getKey(signedBy("a")));
      await pass(5);
      state.keys = [key("b", 1)];
      const found = watch(source.getKey(signedBy("b")));
      await pass(0.02);
      expect(found.value).toBeDefined();
      expect(state.fetches).toHaveLength(2);
    });

    it("waits for the next fetch when the last one was just now, then is refused", async () => {
      const { source, state } = issuer();
      await soon(source.getKey(signedBy("a")));
      const forged = watch(source.getKey(signedBy("forged")));
      await pass(4.8);
      expect(forged.settled).toBe(false);
      await pass(0.3);
      expect(forged.error).toBeInstanceOf(InvalidTokenError);
      expect(state.fetches).toHaveLength(2);
    });

    it("is found for 1,000 callers with one fetch when keys rotate", async () => {
      const { source, state } = issuer();
      await soon(source.getKey(signedBy("a")));
      state.keys = [key("a"), key("b", 1)];
      await pass(5);
      const calls = Array.from({ length: 1000 }, () => source.getKey(signedBy("b")));
      expect(await soon(Promise.all(calls), 6)).toHaveLength(1000);
      expect(state.fetches).toHaveLength(2);
    });

    it("is found for a few callers that wait, and then for all, right after a fetch", async () => {
      const { source, state } = issuer();
      await soon(source.getKey(signedBy("a")));
      state.keys = [key("a"), key("b", 1)];
      await pass(0.5);
      const ask = () =>
        Array.from({ length: 1000 }, (_, n) =>
          watch(source.getKeys(signedBy("b"), [], `198.51.100.${n % 200}`)),
        );
      const early = ask();
      await pass(5);
      expect(early.filter(({ value }) => value !== undefined)).toHaveLength(64);
      const turnedAway = early.filter(({ error }) => error instanceof UnavailableError);
      expect(turnedAway).toHaveLength(936);
      expect(turnedAway[0]?.error).toMatchObject({ retryAfterSeconds: 5 });
      const late = ask();
      await pass(0);
      expect(late.every(({ value }) => value !== undefined)).toBe(true);
      expect(state.fetches).toHaveLength(2);
    });

    it("published while a fetch runs is found by the fetch after it", async () => {
      const { source, state } = issuer({ cooldownSeconds: 1 });
      state.latencyMs = 400;
      const first = soon(source.getKey(signedBy("a")));
      await pass(0.1);
      state.keys = [key("b", 1)];
      const late = source.getKey(signedBy("b"));
      await first;
      expect((await soon(late)).type).toBe("public");
      expect(state.fetches).toHaveLength(2);
    });

    it("is found by a fetch that runs already, without waiting for another", async () => {
      const { source, state } = issuer();
      await soon(source.getKey(signedBy("a")));
      await pass(10);
      state.keys = [key("b", 1)];
      state.latencyMs = 400;
      watch(source.getKey(signedBy("b")));
      await pass(0.1);
      const late = watch(source.getKey(signedBy("b")));
      await pass(0.35);
      expect(late.value).toBeDefined();
    });

    it("is cannot-tell, not refused, while the key set cannot be fetched", async () => {
      const { source, state } = issuer();
      await soon(source.getKey(signedBy("a")));
      await pass(10);
      state.answer = down;
      await expect(soon(source.getKey(signedBy("b")))).rejects.toMatchObject({
        status: 503,
        reason: "jwks_unreachable",
      });
      // And the next one does not even wait.
      const next = watch(source.getKey(signedBy("b")));
      await pass(0);
      expect(next.error).toBeInstanceOf(UnavailableError);
      expect(state.fetches).toHaveLength(2);
    });

    it("tells an outage's caller when to come back", async () => {
      const { source, state } = issuer();
      state.answer = down;
      await expect(soon(source.getKey(signedBy("a")))).rejects.toMatchObject({
        retryAfterSeconds: 6,
      });
    });

    it("keeps no memory of what it was: published later, it is found", async () => {
      const { source, state } = issuer();
      await expect(soon(source.getKey(signedBy("b")))).rejects.toThrow(InvalidTokenError);
      state.keys = [key("b", 1)];
      expect((await soon(source.getKey(signedBy("b")), 6)).type).toBe("public");
    });

    requirement(
      "avail-fair",
      "is held for a few of each address, the rest is 503 at once",
      async () => {
        const { source } = issuer();
        await soon(source.getKey(signedBy("a")));
        const ask = (block: string) => watch(source.getKeys(signedBy("forged"), [], block));
        const flood = Array.from({ length: 300 }, () => ask("203.0.113.5"));
        const good = watch(source.getKey(signedBy("a")));
        await pass(0);
        expect(good.value).toBeDefined();
        const turnedAway = flood.filter(({ error }) => error instanceof UnavailableError);
        expect(turnedAway).toHaveLength(292);
        expect(turnedAway[0]?.error).toMatchObject({ reason: "too_many_waiting" });
        const others = Array.from({ length: 100 }, (_, n) => ask(`198.51.100.${n}`));
        await pass(0);
        expect(others.filter(({ settled }) => !settled)).toHaveLength(64 - 8);
        await pass(6);
        const refused = [...flood, ...others].filter(
          ({ error }) => error instanceof InvalidTokenError,
        );
        expect(refused).toHaveLength(64);
        // Their places are free again.
        const again = ask("203.0.113.5");
        await pass(0);
        expect(again.settled).toBe(false);
      },
    );
  });

  requirement(["avail-fair", "outage"], "handles a flood of forged key ids", async () => {
    const { source, state } = issuer({ ttlSeconds: 600 });
    await soon(source.getKey(signedBy("a")));
    const rotationTick = 1665; // in the middle of a minute at 50 a second
    const forged: ReturnType<typeof watch>[] = [];
    const good: ReturnType<typeof watch>[] = [];
    const rotated: { since: number; seen: ReturnType<typeof watch> }[] = [];
    let mostHeld = 0;
    for (let tick = 0; tick < 60 * 50; tick++) {
      forged.push(watch(source.getKeys(signedBy(`forged-${tick}`), [], "203.0.113.5")));
      good.push(watch(source.getKey(signedBy("a"))));
      if (tick === rotationTick) state.keys = [key("a"), key("b", 1)];
      if (tick >= rotationTick && tick % 10 === 0) {
        const seen = watch(source.getKeys(signedBy("b"), [], `198.51.100.${tick % 250}`));
        rotated.push({ since: Date.now() / 1000, seen });
      }
      await pass(0.02);
      expect(good.at(-1)?.value).toBeDefined();
      mostHeld = Math.max(mostHeld, forged.slice(-400).filter(({ settled }) => !settled).length);
    }
    await pass(10);
    // 12 a minute, and the one before the minute began.
    const start = state.fetches[0] ?? 0;
    const fetches = state.fetches.filter((at) => at > start && at <= start + 60).length;
    expect(fetches).toBeLessThanOrEqual(12);
    expect(fetches).toBeGreaterThanOrEqual(11);
    expect(mostHeld).toBeLessThanOrEqual(9);
    const refused = forged.filter(({ error }) => error instanceof InvalidTokenError);
    const turnedAway = forged.filter(({ error }) => error instanceof UnavailableError);
    expect(refused.length + turnedAway.length).toBe(forged.length);
    expect(refused.length).toBeGreaterThanOrEqual(fetches);
    expect(rotated.every(({ seen }) => seen.value !== undefined)).toBe(true);
    const waits = rotated.map(({ since, seen }) => (seen.at ?? Infinity) - since);
    expect(Math.max(...waits)).toBeLessThanOrEqual(5);
  });

  describe("when keys age", () => {
    it("fetches anew in the background before their time is over", async () => {
      const { source, state } = issuer({ ttlSeconds: 100 });
      await soon(source.getKey(signedBy("a")));
      await pass(84);
      await source.getKey(signedBy("a"));
      expect(state.fetches).toHaveLength(1);
      await pass(2);
      await source.getKey(signedBy("a")); // not held up: time stands still here
      await pass(0.1);
      expect(state.fetches).toHaveLength(2);
      expect(source.status().ageSeconds).toBeLessThan(1);
    });

    it("does not use a removed key after a time without requests", async () => {
      const { source, state } = issuer({ ttlSeconds: 100 });
      await soon(source.getKey(signedBy("a")));
      state.keys = [key("b", 1)];
      await pass(101);
      await expect(soon(source.getKey(signedBy("a")))).rejects.toThrow(InvalidTokenError);
      expect(state.fetches).toHaveLength(2);
    });

    it("goes on with the last good keys while the server hangs, after one second", async () => {
      const { source, state } = issuer({ ttlSeconds: 100 });
      await soon(source.getKey(signedBy("a")));
      await pass(101);
      state.latencyMs = 5000;
      state.answer = down;
      const good = watch(source.getKey(signedBy("a")));
      await pass(0.9);
      expect(good.settled).toBe(false);
      await pass(0.2);
      expect(good.value).toBeDefined();
    });

    it("delays no request once the server is known to hang", async () => {
      const { source, state } = issuer({ ttlSeconds: 100 });
      await soon(source.getKey(signedBy("a")));
      state.latencyMs = 5000;
      state.answer = down;
      await pass(101);
      watch(source.getKey(signedBy("a")));
      await pass(20);
      watch(source.getKey(signedBy("a"))); // starts another attempt, which hangs
      const good = watch(source.getKey(signedBy("a")));
      await pass(0);
      expect(state.fetches).toHaveLength(3);
      expect(good.value).toBeDefined();
    });

    it.each([
      ["nears its end", 8, 6.9],
      ["is over", 8, 8.1],
    ])(
      "fetches once, not twice, when the set's time %s while a request waits for the next fetch",
      async (_, ttlSeconds, cooldownSeconds) => {
        const { source, state } = issuer({ ttlSeconds, cooldownSeconds });
        await soon(source.getKey(signedBy("a")));
        const start = (state.fetches[0] ?? 0) * 1000;
        // At the very moment when the next fetch may start, and before it does.
        const due = start + cooldownSeconds * 1000 - Date.now();
        for (const early of [0, 1, 2]) {
          setTimeout(() => void source.getKey(signedBy("a")), due + early);
        }
        const forged = watch(source.getKey(signedBy("forged")));
        await pass(cooldownSeconds + 2);
        expect(forged.error).toBeInstanceOf(InvalidTokenError);
        expect(state.fetches).toHaveLength(2);
      },
    );

    it("asks at most ten times a minute however short their time", async () => {
      const { source, state } = issuer({ ttlSeconds: 0, random: () => 0 });
      for (let tick = 0; tick < 600; tick++) {
        await soon(source.getKey(signedBy("a")), 1);
        await pass(0.1);
      }
      const start = state.fetches[0] ?? 0;
      const minute = state.fetches.filter((at) => at <= start + 60).length;
      expect(minute).toBeLessThanOrEqual(10);
      expect(minute).toBeGreaterThanOrEqual(8);
    });

    it.each([0, 0.5, 0.99])(
      "loses no good token in an outage, at fewer than ten fetches a minute (jitter %d)",
      async (jitter) => {
        const { source, state } = issuer({ ttlSeconds: 5, random: () => jitter });
        await soon(source.getKey(signedBy("a")));
        const start = state.fetches[0] ?? 0;
        for (let tick = 0; tick < 600; tick++) {
          state.answer = tick >= 200 && tick < 400 ? down : undefined;
          expect((await soon(source.getKey(signedBy("a")), 1)).type).toBe("public");
          await pass(0.1);
        }
        expect(state.fetches.filter((at) => at <= start + 60).length).toBeLessThan(10);
        expect(source.status().lastError).toBeUndefined();
      },
    );

    it("spreads its attempts in an outage: processes that fell together do not rise together", async () => {
      const gaps = async (jitter: number) => {
        const { source, state } = issuer({ ttlSeconds: 100, random: () => jitter });
        await soon(source.getKey(signedBy("a")));
        state.answer = down;
        await pass(100);
        for (let tick = 0; tick < 600; tick++) {
          await soon(source.getKey(signedBy("a")), 2);
          await pass(0.1);
        }
        const [, ...attempts] = state.fetches;
        return attempts.slice(1).map((at, index) => at - attempts[index]!);
      };
      const [least, most] = [await gaps(0), await gaps(0.99)];
      expect(most.length).toBeGreaterThan(3);
      for (const [index, gap] of most.entries()) {
        expect(gap).toBeGreaterThan(least[index]! * 1.1);
        expect(gap).toBeLessThan(least[index]! * 1.4);
      }
    });

    it("stops using the last good keys when they are too old", async () => {
      const { source, state } = issuer({ ttlSeconds: 100, maxStaleSeconds: 900 });
      await soon(source.getKey(signedBy("a")));
      state.answer = down;
      await pass(990);
      expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
      expect(source.status()).toMatchObject({ keyCount: 1, lastError: "jwks_unreachable" });
      await pass(11);
      await expect(soon(source.getKey(signedBy("a")))).rejects.toMatchObject({
        status: 503,
        reason: "jwks_unreachable",
      });
      expect(source.status()).toMatchObject({ keyCount: 0, lastError: "jwks_unreachable" });
      state.answer = undefined;
      await pass(15);
      expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
    });

    it("fetches anew when the clock was set back", async () => {
      const { source, state } = issuer({ ttlSeconds: 100 });
      await soon(source.getKey(signedBy("a")));
      jest.setSystemTime(Date.now() - 3_600_000);
      expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
      expect(state.fetches).toHaveLength(2);
    });
  });

  describe("what is no key set", () => {
    const answers: [string, string, () => Promise<Response>][] = [
      ["HTML", "jwks_malformed", async () => new Response("<!doctype html>")],
      ["no JSON object", "jwks_malformed", async () => new Response("[]")],
      ["no keys", "jwks_malformed", async () => new Response("{}")],
      ["an empty set", "jwks_without_usable_key", async () => new Response('{"keys":[]}')],
      [
        "no usable key",
        "jwks_without_usable_key",
        async () => new Response('{"keys":[null,{"kty":"oct","k":"AA"}]}'),
      ],
      ["an error", "jwks_unreachable", async () => new Response("{}", { status: 500 })],
      ["not found", "jwks_unreachable", async () => new Response("{}", { status: 404 })],
      ["no server there", "jwks_unreachable", down],
      ["a redirect", "jwks_redirect", () => Promise.reject(new OutboundError("redirect", "x"))],
      [
        "a refused address",
        "jwks_address_refused",
        () => Promise.reject(new OutboundError("address_refused", "x")),
      ],
      ["too much", "jwks_malformed", () => Promise.reject(new OutboundError("too_large", "x"))],
      ["a bug", "jwks_unreachable", () => Promise.reject(new TypeError("x"))],
    ];

    it.each(answers)("is cannot-tell at first: %s, %s", async (_, reason, answer) => {
      const { source, state } = issuer();
      state.answer = answer;
      await expect(soon(source.getKey(signedBy("a")))).rejects.toMatchObject({
        status: 503,
        reason,
      });
    });

    it.each(answers)("does not replace good keys: %s", async (_, reason, answer) => {
      const { source, state } = issuer({ ttlSeconds: 10 });
      await soon(source.getKey(signedBy("a")));
      state.answer = answer;
      await pass(11);
      expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
      expect(source.status()).toMatchObject({ keyCount: 1, lastError: reason });
    });

    it("never ends in an error that is not an OAuthError", async () => {
      jest.useRealTimers();
      const body = fc.oneof(
        fc.json(),
        fc.string(),
        fc.record({ keys: fc.jsonValue() }).map((value) => JSON.stringify(value)),
      );
      await fc.assert(
        fc.asyncProperty(body, async (text) => {
          const fetch = async () => new Response(text);
          const source = new RemoteJwks({ jwksUri: URI, fetch });
          await expect(source.getKey(signedBy("a"))).rejects.toBeInstanceOf(OAuthError);
        }),
        { numRuns: 100 },
      );
    });
  });

  describe("a set without a usable key", () => {
    const SETS: Record<JwkRejection | "empty", readonly unknown[]> = {
      empty: [],
      not_an_object: [null, "x", []],
      kid: [key("a", 0, { kid: 7 })],
      kty: [{ kty: "AKP", kid: "a" }],
      symmetric: [{ kty: "oct", k: "AA", kid: "a" }],
      private_members: [key("a", 0, { d: "AA" })],
      use: [key("a", 0, { use: "enc" })],
      key_ops: [key("a", 0, { key_ops: ["sign"] })],
      alg: [key("a", 0, { alg: "ES384" })],
      crv: [key("a", 0, { crv: "secp256k1" })],
      modulus: [{ kty: "RSA", kid: "a", n: "AQAB", e: "AQAB" }],
      exponent: [{ ...RSA_JWK, kid: "a", e: "AQ" }],
      malformed: [key("a", 0, { y: pool[0]?.["x"] })],
    };

    it.each(Object.entries(SETS))(
      "revokes the keys when it is seen twice, five seconds apart: %s",
      async (reason, set) => {
        const reasons = parseJwks({ keys: set })?.rejected.map((one) => one.reason);
        expect([...new Set(reasons)]).toEqual(set.length === 0 ? [] : [reason]);
        const { source, state } = issuer({ ttlSeconds: 10 });
        await soon(source.getKey(signedBy("a")));
        state.keys = set;
        await pass(11);
        // Once may be a broken deployment.
        expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
        await pass(7);
        await expect(soon(source.getKey(signedBy("a")))).rejects.toMatchObject({
          status: 401,
          reason: "key_not_found",
        });
        expect(source.status()).toMatchObject({
          keyCount: 0,
          lastError: "jwks_without_usable_key",
        });
      },
    );

    it.each(Object.entries(SETS))("does not disable a usable key beside it: %s", async (_, set) => {
      const { source } = issuer({}, [...set, key("good", 1)]);
      expect((await soon(source.getKey(signedBy("good")))).type).toBe("public");
    });

    it("is cannot-tell once and then refused, where no key was ever known", async () => {
      const { source } = issuer({}, []);
      await expect(soon(source.getKey(signedBy("a")))).rejects.toMatchObject({ status: 503 });
      await pass(7);
      await expect(soon(source.getKey(signedBy("a")))).rejects.toMatchObject({ status: 401 });
    });

    it("does not count as seen again before five seconds have passed", async () => {
      const { source, state } = issuer({ cooldownSeconds: 1 });
      await soon(source.getKey(signedBy("a")));
      await pass(1);
      state.keys = [];
      const since = Date.now() / 1000;
      while (Date.now() / 1000 < since + 4.8) {
        expect((await source.getKey(signedBy("a"))).type).toBe("public");
        watch(source.getKey(signedBy("forged")));
        await pass(0.1);
      }
      expect(state.fetches.filter((at) => at >= since).length).toBeGreaterThan(1);
    });

    it("is looked at again by itself: what is remembered ends without another request", async () => {
      const { source, state } = issuer({ ttlSeconds: 100 });
      await soon(source.getKey(signedBy("a")));
      const before = source.generation();
      state.keys = [];
      await pass(91);
      source.keepFresh();
      await pass(4);
      expect(source.generation()).toBe(before);
      await pass(3);
      expect(source.generation()).not.toBe(before);
    });

    it("is forgotten when keys are back in between", async () => {
      const { source, state } = issuer({ ttlSeconds: 10 });
      await soon(source.getKey(signedBy("a")));
      state.keys = [];
      await pass(11);
      await soon(source.getKey(signedBy("a")));
      state.keys = [key("a")];
      await pass(7);
      state.keys = [];
      await pass(10);
      expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
    });

    it("is not an end: a key that is published later is found", async () => {
      const { source, state } = issuer({}, []);
      watch(source.getKey(signedBy("a")));
      await pass(7);
      state.keys = [key("a")];
      expect((await soon(source.getKey(signedBy("a")), 6)).type).toBe("public");
    });

    it.each([
      ["not found", async () => new Response('{"keys":[]}', { status: 404 })],
      ["an error", async () => new Response('{"keys":[]}', { status: 500 })],
      ["no server there", down],
      ["HTML", async () => new Response("<!doctype html>")],
      ["no keys member", async () => new Response("{}")],
      ["keys that are no list", async () => new Response('{"keys":{}}')],
    ])("is not the same as an outage, which revokes nothing: %s", async (_, answer) => {
      const { source, state } = issuer({ ttlSeconds: 10 });
      await soon(source.getKey(signedBy("a")));
      state.answer = answer;
      for (let tick = 0; tick < 30; tick++) {
        await pass(2);
        expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
      }
      expect(state.fetches.length).toBeGreaterThan(3);
    });
  });

  it("asks less and less often while fetching fails, and recovers", async () => {
    const { source, state } = issuer();
    state.answer = down;
    for (let tick = 0; tick < 600; tick++) {
      watch(source.getKey(signedBy("a")));
      await pass(0.1);
    }
    expect(state.fetches.length).toBeLessThanOrEqual(7);
    expect(state.fetches.length).toBeGreaterThanOrEqual(4);
    state.answer = undefined;
    await pass(15);
    expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
  });

  it("gives up on a fetch that never settles, and tries again", async () => {
    const { source, state } = issuer();
    state.answer = () => new Promise(() => undefined);
    await expect(soon(source.getKey(signedBy("a")))).rejects.toThrow(UnavailableError);
    state.answer = undefined;
    await pass(10);
    expect((await soon(source.getKey(signedBy("a")))).type).toBe("public");
  });

  describe("chooses", () => {
    it("by kid and alg together, where two keys share a kid", async () => {
      const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
      const rsaJwk = { ...rsa.export({ format: "jwk" }), kid: "a" };
      const { source } = issuer({}, [rsaJwk, key("a")]);
      expect((await soon(source.getKey(signedBy("a")))).asymmetricKeyType).toBe("ec");
      const found = await source.getKey({ alg: "RS256", kid: "a" });
      expect(found.asymmetricKeyType).toBe("rsa");
    });

    it("no key of another family or another alg", async () => {
      const { source } = issuer({}, [key("a", 0, { alg: "ES256" })]);
      for (const alg of ["HS256", "RS256", "ES384", "none"]) {
        await expect(soon(source.getKey({ alg, kid: "a" }))).rejects.toThrow(InvalidTokenError);
      }
      expect((await source.getKey(signedBy("a"))).type).toBe("public");
    });

    it("the only key that fits a header without kid", async () => {
      const { source } = issuer({}, [key("a")]);
      expect(await soon(source.getKeys(signedBy()))).toHaveLength(1);
    });

    it("every key that fits a header without kid, a few at most", async () => {
      const { source } = issuer({}, [key("a"), key("b", 1), key(undefined, 2)]);
      expect(await soon(source.getKeys(signedBy()))).toHaveLength(3);
      const many = Array.from({ length: 50 }, (_, n) => key(`k${n}`));
      expect(await soon(issuer({}, many).source.getKeys(signedBy()))).toHaveLength(8);
    });

    it("no key without kid for a header with one", async () => {
      const { source } = issuer({}, [key(undefined)]);
      await expect(soon(source.getKey(signedBy("a")))).rejects.toThrow(InvalidTokenError);
    });

    it("a key that was rotated in, after all tried ones failed for a header without kid", async () => {
      const { source, state } = issuer({}, [key(undefined, 0)]);
      await soon(source.getKeys(signedBy()));
      const tried = await soon(source.getKeys(signedBy()));
      state.keys = [key(undefined, 1)];
      const found = await soon(source.getKeys(signedBy(), tried), 6);
      expect(found).toHaveLength(1);
      expect(found[0]?.equals(tried[0] as never)).toBe(false);
    });

    it("nothing beyond the tried ones when the set is still the same", async () => {
      const { source, state } = issuer({}, [key(undefined, 0)]);
      await soon(source.getKeys(signedBy()));
      const tried = await soon(source.getKeys(signedBy()));
      await expect(soon(source.getKeys(signedBy(), tried), 6)).rejects.toThrow(InvalidTokenError);
      expect(state.fetches).toHaveLength(2);
    });

    it("nothing beyond the tried ones, without another fetch, when they came by one for this token", async () => {
      const { source, state } = issuer({}, [key(undefined, 0)]);
      const tried = await soon(source.getKeys(signedBy()));
      const seen = watch(source.getKeys(signedBy(), tried));
      await pass(0);
      expect(seen.error).toBeInstanceOf(InvalidTokenError);
      expect(state.fetches).toHaveLength(1);
    });

    it("nothing from the header itself", async () => {
      const { source } = issuer();
      const header = { alg: "ES256", kid: "x", jwk: key("x", 1), jku: "https://evil.example" };
      await expect(soon(source.getKey(header))).rejects.toThrow(InvalidTokenError);
    });
  });

  describe("generation", () => {
    it("stays when keys stay or are added, and changes when one leaves", async () => {
      const { source, state } = issuer({ ttlSeconds: 10 });
      await soon(source.getKey(signedBy("a")));
      const before = source.generation();
      const same = await source.getKey(signedBy("a"));

      state.keys = [key("a"), key("b", 1)];
      await pass(11);
      expect(await soon(source.getKey(signedBy("a")))).toBe(same);
      expect(source.status().keyCount).toBe(2);
      expect(source.generation()).toBe(before);

      state.keys = [key("b", 1)];
      await pass(11);
      await soon(source.getKey(signedBy("b")));
      expect(source.generation()).not.toBe(before);
    });

    it("changes when a kid names another key", async () => {
      const { source, state } = issuer({ ttlSeconds: 10 });
      await soon(source.getKey(signedBy("a")));
      const before = source.generation();
      state.keys = [key("a", 1)];
      await pass(11);
      await soon(source.getKey(signedBy("a")));
      expect(source.generation()).not.toBe(before);
    });

    it("stays when a set arrives after the deadline of its fetch", async () => {
      const { source, state } = issuer({ ttlSeconds: 10 });
      await soon(source.getKey(signedBy("a")));
      const before = source.generation();
      state.keys = [key("b", 1)];
      state.latencyMs = 16_000;
      await pass(9);
      source.keepFresh();
      await pass(17);
      expect(source.status()).toMatchObject({ fetches: 2, lastError: "jwks_unreachable" });
      expect(source.generation()).toBe(before);
    });

    it("keeps the set fresh while only cached tokens come", async () => {
      const { source, state } = issuer({ ttlSeconds: 10 });
      await soon(source.getKey(signedBy("a")));
      const before = source.generation();
      state.keys = [key("b", 1)];
      await pass(9);
      source.keepFresh();
      await pass(0.1);
      expect(source.generation()).not.toBe(before);
    });

    it("changes when the keys become too old to use", async () => {
      const { source, state } = issuer({ ttlSeconds: 10, maxStaleSeconds: 20 });
      await soon(source.getKey(signedBy("a")));
      const before = source.generation();
      state.answer = down;
      await pass(29);
      expect(source.generation()).toBe(before);
      await pass(2);
      expect(source.generation()).not.toBe(before);
    });
  });

  it("never keeps the process alive with a timer, and has no timer without waiting requests", async () => {
    const { source } = issuer();
    await soon(source.getKey(signedBy("a")));
    await pass(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
