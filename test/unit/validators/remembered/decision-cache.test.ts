import { describe, expect, it, jest } from "@jest/globals";
import type { AccessToken } from "../../../../src/core/access-token.js";
import { InvalidTokenError, UnavailableError } from "../../../../src/core/errors.js";
import type {
  SourceAnswer,
  DecisionCacheOptions,
} from "../../../../src/validators/remembered/decision-cache.js";
import { outcome } from "../../../support/outcome.js";
import { DecisionCache } from "../../../support/resolved.js";

const token = (fields: Partial<AccessToken> = {}): AccessToken => ({
  audience: ["https://mcp.example.com"],
  scopes: ["read"],
  claims: { sub: "1" },
  ...fields,
});

function createCache(options: Partial<DecisionCacheOptions> = {}) {
  const time = { now: 1000 };
  const cache = new DecisionCache(options, () => time.now);
  const accept = (fields?: Partial<AccessToken>, size?: number) =>
    jest.fn(async (): Promise<SourceAnswer> => ({
      token: token(fields),
      askedAt: time.now,
      ...(size !== undefined && { size }),
    }));
  const refuse = () =>
    jest.fn(async (): Promise<SourceAnswer> => {
      throw new InvalidTokenError("custom_nope");
    });
  return { cache, time, accept, refuse };
}

describe("DecisionCache", () => {
  it("[intro-cache] asks once while the time to live lasts, and again when it is over", async () => {
    const { cache, time, accept } = createCache();
    const decide = accept();
    await cache.resolve("a", decide);
    time.now += 59.9;
    await cache.resolve("a", decide);
    expect(decide).toHaveBeenCalledTimes(1);
    time.now += 0.1;
    await cache.resolve("a", decide);
    expect(decide).toHaveBeenCalledTimes(2);
  });

  it("[intro-cache] remembers a token no longer than it lives", async () => {
    const { cache, time, accept } = createCache();
    const decide = accept({ expiresAt: 1005 });
    await cache.resolve("a", decide);
    time.now = 1004.9;
    await cache.resolve("a", decide);
    expect(decide).toHaveBeenCalledTimes(1);
    time.now = 1005;
    await cache.resolve("a", decide);
    expect(decide).toHaveBeenCalledTimes(2);
  });

  it("counts from the time of asking, not of the answer", async () => {
    const { cache, time } = createCache();
    const decide = jest.fn(async () => ({ token: token(), askedAt: time.now - 50 }));
    await cache.resolve("a", decide);
    time.now += 11;
    await cache.resolve("a", decide);
    expect(decide).toHaveBeenCalledTimes(2);
  });

  it("[intro-cache] remembers a refusal for a short while", async () => {
    const { cache, time, refuse, accept } = createCache();
    const decide = refuse();
    expect(await outcome(cache.resolve("a", decide))).toBe("InvalidTokenError custom_nope");
    time.now += 9.9;
    expect(await outcome(cache.resolve("a", decide))).toBe("InvalidTokenError custom_nope");
    expect(decide).toHaveBeenCalledTimes(1);
    time.now += 0.1;
    expect(await outcome(cache.resolve("a", accept()))).toBe("accepted");
  });

  it("never remembers an outage", async () => {
    const { cache, accept } = createCache();
    const decide = jest.fn(async (): Promise<SourceAnswer> => {
      throw new UnavailableError("custom_down");
    });
    await outcome(cache.resolve("a", decide));
    expect(await outcome(cache.resolve("a", accept()))).toBe("accepted");
    expect(cache.size).toEqual({ accepted: 1, refused: 0, underWay: 0 });
  });

  it("with times of 0 asks every time", async () => {
    const { cache, accept, refuse } = createCache({ ttlSeconds: 0, negativeTtlSeconds: 0 });
    const yes = accept();
    const no = refuse();
    for (let n = 0; n < 3; n++) {
      await cache.resolve("a", yes);
      await outcome(cache.resolve("b", no));
    }
    expect(yes).toHaveBeenCalledTimes(3);
    expect(no).toHaveBeenCalledTimes(3);
    expect(cache.size).toEqual({ accepted: 0, refused: 0, underWay: 0 });
  });

  it("[intro-cache] lets 1,000 concurrent requests with one token share one question", async () => {
    const { cache, accept } = createCache();
    const decide = accept();
    const results = await Promise.all(
      Array.from({ length: 1000 }, () => cache.resolve("a", decide)),
    );
    expect(decide).toHaveBeenCalledTimes(1);
    expect(new Set(results).size).toBe(1);
  });

  it("shares a failure too, and forgets it", async () => {
    const { cache, accept } = createCache();
    const decide = jest.fn(async (): Promise<SourceAnswer> => {
      throw new UnavailableError("custom_down");
    });
    const all = await Promise.all([1, 2, 3].map(() => outcome(cache.resolve("a", decide))));
    expect(new Set(all)).toEqual(new Set(["UnavailableError custom_down"]));
    expect(decide).toHaveBeenCalledTimes(1);
    expect(await outcome(cache.resolve("a", accept()))).toBe("accepted");
  });

  it("keeps tokens apart", async () => {
    const { cache, accept } = createCache();
    await cache.resolve("a", accept({ subject: "1" }));
    expect(await cache.resolve("b", accept({ subject: "2" }))).toMatchObject({ subject: "2" });
  });

  it("[intro-cache] stays at its bound after 200,000 distinct tokens of either kind", async () => {
    const { cache, accept, refuse } = createCache({ maxEntries: 5000, maxNegativeEntries: 3000 });
    const yes = accept();
    const no = refuse();
    for (let n = 0; n < 200_000; n++) {
      if (n % 10 === 0) await cache.resolve(`good-${n}`, yes);
      else await cache.resolve(`bad-${n}`, no).catch(() => undefined);
    }
    expect(cache.size).toEqual({ accepted: 5000, refused: 3000, underWay: 0 });
  });

  it("[intro-cache] does not let random tokens push out a good one", async () => {
    const { cache, accept, refuse } = createCache({ maxEntries: 10, maxNegativeEntries: 10 });
    const decide = accept();
    await cache.resolve("good", decide);
    const no = refuse();
    for (let n = 0; n < 100; n++) await outcome(cache.resolve(`bad-${n}`, no));
    await cache.resolve("good", decide);
    expect(decide).toHaveBeenCalledTimes(1);
  });

  it("bounds the size of all answers together", async () => {
    const { cache, accept } = createCache();
    const decide = accept({}, 1024 * 1024);
    for (let n = 0; n < 80; n++) await cache.resolve(`t${n}`, decide);
    expect(cache.size.accepted).toBe(64);
  });

  it("returns frozen tokens", async () => {
    const { cache, accept } = createCache();
    const first = await cache.resolve("a", accept({ confirmation: { jkt: "x" } }));
    expect(() => (first.scopes as string[]).push("admin")).toThrow(TypeError);
    expect(() => (first.audience as string[]).push("other")).toThrow(TypeError);
    expect(() => Object.assign(first, { subject: "root" })).toThrow(TypeError);
    expect(() => Object.assign(first.claims, { sub: "root" })).toThrow(TypeError);
    expect(() => Object.assign(first.confirmation!, { jkt: "y" })).toThrow(TypeError);
  });
});
