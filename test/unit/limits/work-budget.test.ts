import { describe, expect, it } from "@jest/globals";
import { InvalidTokenError, OAuthError, UnavailableError } from "../../../src/core/errors.js";
import { AddressLimit } from "../../../src/limits/rate-limit.js";
import { WorkBudget } from "../../../src/limits/work-budget.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import { fixedClock } from "../../../src/testing/fixed-clock.js";
import { requirement } from "../../support/requirement.js";

const FLOOD = "203.0.113.5";
const OTHER = "198.51.100.1";

function setUp(points = 10, store?: MemoryStore, clock = fixedClock()) {
  const limit = new AddressLimit({ name: "failures", points, windowSeconds: 60, clock, store });
  const budget = new WorkBudget(limit, clock);
  let done = 0;
  let names = 0;
  const spend = async (
    result: "good" | OAuthError | Promise<unknown>,
    block = FLOOD,
    key = `key-${names++}`,
  ): Promise<string> => {
    try {
      await budget.spend(block, key, async () => {
        done += 1;
        if (result instanceof OAuthError) throw result;
        await result;
      });
      return "good";
    } catch (error) {
      return error instanceof OAuthError ? `${error.status} ${error.reason}` : String(error);
    }
  };
  return { clock, spend, done: () => done };
}

const bad = () => new InvalidTokenError("introspection_inactive");
const times = (count: number, value: string): string[] => Array<string>(count).fill(value);
const REFUSED = "401 introspection_inactive";
const LIMITED = "429 too_many_failures";

describe("WorkBudget", () => {
  requirement(["avail-challenge", "ratelimit"], "gives a verdict or does no work", async () => {
    const { spend, done, clock } = setUp();
    const seen: string[] = [];
    for (let n = 0; n < 30; n += 1) seen.push(await spend(bad()));
    // Ten of the budget, five of the trickle.
    expect(seen).toEqual([...times(15, REFUSED), ...times(15, LIMITED)]);
    expect(done()).toBe(15);
    clock.advance(5);
    expect(await spend(bad())).toBe(REFUSED);
    expect(await spend("good")).toBe("good");
    clock.advance(60);
    expect(await spend(bad())).toBe(REFUSED);
  });

  it("says when the budget begins anew", async () => {
    const clock = fixedClock(1_800_000_020);
    const limit = new AddressLimit({ name: "failures", points: 1, windowSeconds: 60, clock });
    const budget = new WorkBudget(limit, clock);
    const spend = (key: string) => budget.spend(FLOOD, key, () => Promise.reject(bad()));
    for (let n = 0; n < 6; n += 1) await expect(spend(`${n}`)).rejects.toThrow(InvalidTokenError);
    await expect(spend("last")).rejects.toMatchObject({ status: 429, retryAfterSeconds: 40 });
  });

  requirement("avail-fair", "is not overdrawn by a burst", async () => {
    const { spend, done } = setUp();
    const seen = await Promise.all(Array.from({ length: 900 }, () => spend(bad())));
    expect(done()).toBeLessThanOrEqual(15);
    expect(new Set(seen)).toEqual(new Set([REFUSED, LIMITED, "503 too_many_waiting"]));
    expect(await spend("good", OTHER)).toBe("good");
  });

  requirement("avail-fair", "does not slow down a burst of good credentials", async () => {
    const { spend, done } = setUp();
    const burst = Array.from({ length: 500 }, () => spend(Promise.resolve()));
    expect(await Promise.all(burst)).toEqual(times(500, "good"));
    expect(done()).toBe(500);
  });

  requirement("avail-fair", "knows what was accepted before, good or bad by now", async () => {
    const { spend } = setUp(2);
    expect(await spend("good", FLOOD, "known")).toBe("good");
    for (let n = 0; n < 20; n += 1) expect(await spend(bad(), FLOOD, "known")).toBe(REFUSED);
    // None of these was charged.
    expect(await spend(bad())).toBe(REFUSED);
    expect(await spend(bad())).toBe(REFUSED);
    for (let n = 0; n < 5; n += 1) await spend(bad());
    expect(await spend(bad())).toBe(LIMITED);
    expect(await spend("good")).toBe(LIMITED);
    expect(await spend("good", FLOOD, "known")).toBe("good");
  });

  it("charges neither outages nor expired tokens", async () => {
    const { spend } = setUp(1);
    for (let n = 0; n < 20; n += 1) {
      expect(await spend(new UnavailableError("introspection_timeout"))).toMatch(/^503/);
      expect(await spend(new InvalidTokenError("expired"))).toBe("401 expired");
    }
    expect(await spend("good")).toBe("good");
  });

  requirement("avail-fair", "gives addresses over it a few places between them", async () => {
    const { spend, done } = setUp(1);
    const blocks = Array.from({ length: 10 }, (_, n) => `203.0.113.${n}`);
    for (const block of blocks) await spend(bad(), block);
    const before = done();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = blocks.flatMap((block) => [1, 2, 3].map(() => spend(held, block)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(done() - before).toBe(4);
    expect(await spend("good", OTHER)).toBe("good");
    release();
    expect(await Promise.all(slow)).toEqual(times(30, "good"));
  });

  it("counts for all processes that share a store", async () => {
    const clock = fixedClock();
    const store = new MemoryStore({ clock });
    const one = setUp(10, store, clock);
    const two = setUp(10, store, clock);
    for (let n = 0; n < 10; n += 1) await one.spend(bad());
    // The first failure here tells how many there were elsewhere.
    const seen: string[] = [];
    for (let n = 0; n < 10; n += 1) {
      seen.push(await two.spend(bad()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen).toEqual([...times(6, REFUSED), ...times(4, LIMITED)]);
  });

  it("counts clients without a known address as one", async () => {
    const clock = fixedClock();
    const limit = new AddressLimit({ name: "failures", points: 1, windowSeconds: 60, clock });
    const budget = new WorkBudget(limit, clock);
    const spend = (key: string) => budget.spend(undefined, key, () => Promise.reject(bad()));
    for (let n = 0; n < 6; n += 1) await expect(spend(`${n}`)).rejects.toThrow(InvalidTokenError);
    await expect(spend("last")).rejects.toMatchObject({ status: 429 });
  });
});
