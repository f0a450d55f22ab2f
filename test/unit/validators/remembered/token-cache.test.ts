import { describe, expect, it } from "@jest/globals";
import type { AccessToken } from "../../../../src/core/access-token.js";
import {
  ConfigurationError,
  InvalidTokenError,
  UnavailableError,
} from "../../../../src/core/errors.js";
import { sha256 } from "../../../../src/core/hashes.js";
import type { TokenCacheOptions } from "../../../../src/validators/remembered/token-cache.js";
import { requirement } from "../../../support/requirement.js";
import { TokenCache } from "../../../support/resolved.js";

const START = 1_800_000_000;

/** A cache over a validator whose answers, clock and generation the test sets. */
function setUp(options: Partial<TokenCacheOptions> = {}) {
  const state = {
    now: START,
    generation: 1,
    calls: [] as string[],
    answer: async (token: string): Promise<AccessToken> => accessToken({ tokenId: token }),
  };
  const cache = new TokenCache(
    {
      validate: (token) => {
        state.calls.push(token);
        return state.answer(token);
      },
    },
    { clock: () => state.now, generation: () => state.generation, ...options },
  );
  return { cache, state };
}

function accessToken(fields: Partial<AccessToken> = {}): AccessToken {
  return { audience: [], scopes: [], claims: {}, expiresAt: START + 3600, ...fields };
}

/** A promise that the test settles. */
function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (cause: Error) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

describe("TokenCache", () => {
  it("asks once for a token that is good", async () => {
    const { cache, state } = setUp();
    const first = await cache.validate("a");
    expect(await cache.validate("a")).toBe(first);
    expect(state.calls).toEqual(["a"]);
    expect(first.tokenId).toBe("a");
  });

  it("keeps tokens apart", async () => {
    const { cache } = setUp();
    await cache.validate("a");
    expect((await cache.validate("b")).tokenId).toBe("b");
    expect((await cache.validate("a")).tokenId).toBe("a");
  });

  it("knows without waiting, and only what it knows", async () => {
    const { cache, state } = setUp();
    expect(cache.remembered(sha256("a"))).toBeUndefined();
    expect(state.calls).toEqual([]);
    const token = await cache.validate("a");
    expect(cache.remembered(sha256("a"))).toBe(token);
    expect(cache.remembered(sha256("A"))).toBeUndefined();
  });

  it("hands out what one request cannot change for the next", async () => {
    const { cache, state } = setUp();
    const roles = ["reader"];
    const confirmation = { jkt: "j" };
    state.answer = async () =>
      accessToken({ confirmation, claims: Object.freeze({ realm: { roles } }) });
    await cache.validate("a");
    expect(() => roles.push("admin")).toThrow(TypeError);
    expect(() => (confirmation.jkt = "k")).toThrow(TypeError);
    const hit = (await cache.validate("a")) as { subject?: string };
    expect(() => (hit.subject = "admin")).toThrow(TypeError);
    for (const part of [hit, ...Object.values(hit)]) expect(Object.isFrozen(part)).toBe(true);
  });

  requirement(
    ["jwt-time", "intro-cache"],
    "forgets a token at its exp, without tolerance",
    async () => {
      const { cache, state } = setUp();
      state.answer = async () => accessToken({ expiresAt: START + 10 });
      await cache.validate("a");
      state.now = START + 9.9;
      expect(cache.remembered(sha256("a"))).toBeDefined();
      state.now = START + 10;
      expect(cache.remembered(sha256("a"))).toBeUndefined();
      expect(cache.size).toBe(0);
      // From here on the validator's tolerance decides, every time anew.
      await cache.validate("a");
      await cache.validate("a");
      expect(state.calls).toHaveLength(3);
    },
  );

  requirement("intro-cache", "forgets a token after the time to live", async () => {
    const { cache, state } = setUp({ ttlSeconds: 20 });
    state.answer = async () => ({ audience: [], scopes: [], claims: {} });
    await cache.validate("a");
    state.now = START + 19.9;
    await cache.validate("a");
    expect(state.calls).toHaveLength(1);
    state.now = START + 20;
    await cache.validate("a");
    expect(state.calls).toHaveLength(2);
  });

  requirement(
    "intro-cache",
    "counts the time to live from the question, not from the answer",
    async () => {
      const { cache, state } = setUp({ ttlSeconds: 20 });
      const slow = deferred<AccessToken>();
      state.answer = () => slow.promise;
      const validation = cache.validate("a");
      state.now = START + 15;
      slow.resolve(accessToken());
      await validation;
      expect(cache.remembered(sha256("a"))).toBeDefined();
      state.now = START + 20;
      expect(cache.remembered(sha256("a"))).toBeUndefined();
    },
  );

  it("does not live longer when the clock is set back", async () => {
    const { cache, state } = setUp();
    await cache.validate("a");
    state.now = START - 3600;
    expect(cache.remembered(sha256("a"))).toBeUndefined();
  });

  it("remembers five minutes by default", async () => {
    const { cache, state } = setUp();
    await cache.validate("a");
    state.now = START + 299;
    expect(cache.remembered(sha256("a"))).toBeDefined();
    state.now = START + 300;
    expect(cache.remembered(sha256("a"))).toBeUndefined();
  });

  requirement("intro-cache", "is bounded, and forgets the least recently used first", async () => {
    const { cache } = setUp({ maxEntries: 2 });
    await cache.validate("a");
    await cache.validate("b");
    cache.remembered(sha256("a"));
    await cache.validate("c");
    expect(cache.size).toBe(2);
    expect(cache.remembered(sha256("b"))).toBeUndefined();
    expect(cache.remembered(sha256("a"))).toBeDefined();
  });

  describe("when validations run", () => {
    requirement("intro-cache", "shares one between requests with the same token", async () => {
      const { cache, state } = setUp();
      const slow = deferred<AccessToken>();
      state.answer = () => slow.promise;
      const both = Promise.all([cache.validate("a"), cache.validate("a")]);
      const other = cache.validate("b");
      slow.resolve(accessToken());
      const [first, second] = await both;
      await other;
      expect(second).toBe(first);
      expect(state.calls).toEqual(["a", "b"]);
    });

    it("shares a failure too, and retries afterwards", async () => {
      const { cache, state } = setUp();
      const slow = deferred<AccessToken>();
      state.answer = () => slow.promise;
      const both = [cache.validate("a"), cache.validate("a")];
      slow.reject(new UnavailableError("custom_down"));
      for (const one of both) await expect(one).rejects.toMatchObject({ reason: "custom_down" });
      state.answer = async () => accessToken();
      await cache.validate("a");
      expect(state.calls).toHaveLength(2);
    });

    it("shares no more than it may, and validates the others all the same", async () => {
      const { cache, state } = setUp({ maxInFlight: 1 });
      const slow = deferred<AccessToken>();
      state.answer = () => slow.promise;
      const all = ["a", "a", "b", "b"].map((token) => cache.validate(token));
      slow.resolve(accessToken());
      expect(await Promise.all(all)).toHaveLength(4);
      expect(state.calls).toEqual(["a", "b", "b"]);
      // And has room again when they are done.
      state.now = START + 300;
      await Promise.all([cache.validate("c"), cache.validate("c")]);
      expect(state.calls.filter((token) => token === "c")).toHaveLength(1);
    });
  });

  describe("refusals", () => {
    const refuse = async (): Promise<AccessToken> => {
      throw new InvalidTokenError("custom_inactive", { cause: new Error("detail") });
    };

    it("are not remembered by default", async () => {
      const { cache, state } = setUp();
      state.answer = refuse;
      await expect(cache.validate("a")).rejects.toThrow(InvalidTokenError);
      await expect(cache.validate("a")).rejects.toThrow(InvalidTokenError);
      expect(state.calls).toHaveLength(2);
    });

    requirement("intro-cache", "are remembered by option, for as long as it says", async () => {
      const { cache, state } = setUp({ negative: { ttlSeconds: 5 } });
      state.answer = refuse;
      for (let i = 0; i < 3; i++) {
        await expect(cache.validate("a")).rejects.toMatchObject({
          name: "InvalidTokenError",
          reason: "custom_inactive",
          status: 401,
        });
      }
      expect(state.calls).toHaveLength(1);
      expect(cache.remembered(sha256("a"))).toBeUndefined();
      state.now = START + 5;
      state.answer = async () => accessToken();
      await cache.validate("a");
      expect(state.calls).toHaveLength(2);
    });

    requirement("intro-cache", "push out no good tokens, and are bounded", async () => {
      const { cache, state } = setUp({ maxEntries: 1, negative: { ttlSeconds: 5, maxEntries: 2 } });
      await cache.validate("good");
      state.answer = refuse;
      for (const junk of ["1", "2", "3"]) await expect(cache.validate(junk)).rejects.toThrow();
      expect(cache.remembered(sha256("good"))).toBeDefined();
      await expect(cache.validate("3")).rejects.toThrow();
      await expect(cache.validate("2")).rejects.toThrow();
      expect(state.calls).toHaveLength(4);
      await expect(cache.validate("1")).rejects.toThrow();
      expect(state.calls).toHaveLength(5);
    });

    requirement("outage", "do not come from an outage or a fault", async () => {
      for (const fault of [new UnavailableError("custom_down"), new Error("bug")]) {
        const { cache, state } = setUp({ negative: { ttlSeconds: 5 } });
        state.answer = () => Promise.reject(fault);
        await expect(cache.validate("a")).rejects.toBe(fault);
        state.answer = async () => accessToken();
        expect(await cache.validate("a")).toBeDefined();
      }
    });

    it("are forgotten with the generation", async () => {
      const { cache, state } = setUp({ negative: { ttlSeconds: 5 } });
      state.answer = refuse;
      await expect(cache.validate("a")).rejects.toThrow();
      state.generation++;
      state.answer = async () => accessToken();
      expect(await cache.validate("a")).toBeDefined();
    });
  });

  describe("when answers no longer hold", () => {
    requirement("jwt-key", "forgets all of them with the generation", async () => {
      const { cache, state } = setUp();
      await cache.validate("a");
      state.generation++;
      expect(cache.remembered(sha256("a"))).toBeUndefined();
      await cache.validate("a");
      expect(state.calls).toHaveLength(2);
      expect(cache.remembered(sha256("a"))).toBeDefined();
    });

    it("forgets those that were revoked, and no others", async () => {
      const { cache } = setUp();
      await cache.validate("a");
      await cache.validate("b");
      expect(cache.revoke(({ tokenId }) => tokenId === "a")).toBe(1);
      expect(cache.remembered(sha256("a"))).toBeUndefined();
      expect(cache.remembered(sha256("b"))).toBeDefined();
    });

    it("forgets everything when told to", async () => {
      const { cache } = setUp();
      await cache.validate("a");
      cache.clear();
      expect(cache.remembered(sha256("a"))).toBeUndefined();
    });

    const events = ["revoke", "clear", "generation"] as const;
    for (const event of events) {
      it(`neither keeps nor shares what ran while that happened (${event})`, async () => {
        const { cache, state } = setUp();
        const slow = deferred<AccessToken>();
        state.answer = () => slow.promise;
        const before = cache.validate("a");
        if (event === "revoke") cache.revoke(() => false);
        else if (event === "clear") cache.clear();
        else state.generation++;
        const fresh = deferred<AccessToken>();
        state.answer = () => fresh.promise;
        const after = cache.validate("a");
        slow.resolve(accessToken({ subject: "stale" }));
        expect((await before).subject).toBe("stale");
        expect(cache.remembered(sha256("a"))).toBeUndefined();
        // The stale one's end does not end the sharing of the fresh one.
        const joined = cache.validate("a");
        fresh.resolve(accessToken({ subject: "fresh" }));
        expect((await after).subject).toBe("fresh");
        expect(await joined).toBe(await after);
        expect(state.calls).toHaveLength(2);
        expect(cache.remembered(sha256("a"))?.subject).toBe("fresh");
      });
    }

    it("does not keep an answer when the generation changed unnoticed meanwhile", async () => {
      const { cache, state } = setUp();
      state.answer = async () => {
        state.generation++;
        return accessToken();
      };
      await cache.validate("a");
      expect(cache.size).toBe(0);
    });
  });

  it("refuses options that cannot work", () => {
    const bad: readonly Partial<TokenCacheOptions>[] = [
      { maxEntries: 0 },
      { maxEntries: 1.5 },
      { maxInFlight: 0 },
      { negative: { ttlSeconds: NaN } },
      { negative: { ttlSeconds: 1, maxEntries: 0 } },
    ];
    for (const options of bad) expect(() => setUp(options)).toThrow(ConfigurationError);
    expect(() => setUp({ ttlSeconds: 0.5, maxEntries: 1, maxInFlight: 1 })).not.toThrow();
  });
});
