import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import type { Store } from "../stores/store.js";

/** A fresh, empty store and how to let its time pass. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Lets `seconds` pass for the store. Left out, the contract waits in real time, up to three seconds. */
  readonly advance?: (seconds: number) => void | Promise<void>;
  readonly close?: () => void | Promise<void>;
}

/** Makes a fresh, empty store for one case. */
export type MakeStore = () => StoreUnderTest | Promise<StoreUnderTest>;

/** One sentence of the {@link Store} contract; `run` rejects with an AssertionError where it is broken. */
export interface StoreContractCase {
  readonly name: string;
  readonly run: (makeStore: MakeStore) => Promise<void>;
}

type Check = (store: Store, advance: (seconds: number) => Promise<void>) => Promise<void>;

function contractCase(name: string, check: Check): StoreContractCase {
  return {
    name,
    async run(makeStore) {
      const { store, advance, close } = await makeStore();
      try {
        await check(store, async (seconds) => {
          if (advance === undefined) await sleep(seconds * 1000);
          else await advance(seconds);
        });
      } finally {
        await close?.();
      }
    },
  };
}

const EVERY_CALLER = 200;

/**
 * Requirements for every {@link Store}, as test cases for any test runner.
 *
 * Does not check what happens when the store is away, restarts or is full.
 *
 * @example
 * ```ts
 * import { it } from "node:test";
 * import { MemoryStore } from "mcp-framework-oauth";
 * import { storeContract } from "mcp-framework-oauth/testing";
 *
 * for (const { name, run } of storeContract) {
 *   it(name, () => run(() => ({ store: new MemoryStore() })));
 * }
 * ```
 */
export const storeContract: readonly StoreContractCase[] = [
  contractCase("gives back what was set", async (store) => {
    await store.set("n:a", "1", 60);
    assert.equal(await store.get("n:a"), "1");
  }),
  contractCase("knows nothing of a key that was never set", async (store) => {
    await store.set("n:a", "1", 60);
    assert.equal(await store.get("n:b"), undefined);
    assert.equal(await store.get("m:a"), undefined);
    assert.equal(await store.get("a"), undefined);
  }),
  contractCase("keeps an empty value apart from no value", async (store) => {
    await store.set("n:a", "", 60);
    assert.equal(await store.get("n:a"), "");
  }),
  contractCase("keeps text of any characters and length unchanged", async (store) => {
    for (const value of ["ä€😀\u0000\r\n\"'", "x".repeat(20_000), " leading", "-1"]) {
      await store.set("n:a", value, 60);
      assert.equal(await store.get("n:a"), value);
    }
  }),
  contractCase("keeps keys of any characters and length apart", async (store) => {
    const long = "k".repeat(5_000);
    const keys = ["n:a", "n:A", "n:a ", "n:a:b", "n:", "n", "", "n:*", "n:ä", `n:${long}`];
    for (const key of keys) await store.set(key, `value of ${key}`, 60);
    for (const key of keys) assert.equal(await store.get(key), `value of ${key}`);
  }),
  contractCase("replaces value and time to live on set", async (store, advance) => {
    await store.set("n:a", "1", 1);
    await store.set("n:a", "2", 60);
    await advance(2);
    assert.equal(await store.get("n:a"), "2");
  }),
  contractCase("forgets after the time to live, not before", async (store, advance) => {
    await store.set("n:a", "1", 3);
    await store.add("n:b", "1", 3);
    await advance(1.5);
    assert.deepEqual(await store.getMany(["n:a", "n:b"]), ["1", "1"]);
    await advance(1.5);
    assert.deepEqual(await store.getMany(["n:a", "n:b"]), [undefined, undefined]);
  }),
  contractCase("rounds a time to live up, never down to nothing", async (store, advance) => {
    await store.set("n:a", "1", 0.001);
    await store.add("n:b", "1", 1.001);
    await advance(0.5);
    assert.equal(await store.get("n:a"), "1");
    await advance(1);
    assert.deepEqual(await store.getMany(["n:a", "n:b"]), [undefined, "1"]);
  }),
  contractCase("refuses a time to live that is not a positive number", async (store) => {
    for (const ttl of [0, -1, NaN, Infinity]) {
      await assert.rejects(store.set("n:a", "1", ttl), RangeError);
      await assert.rejects(store.add("n:a", "1", ttl), RangeError);
      await assert.rejects(store.increment("n:a", ttl), RangeError);
    }
    assert.equal(await store.get("n:a"), undefined);
  }),
  contractCase("reads many keys in their order, gaps and repetitions included", async (store) => {
    await store.set("n:a", "1", 60);
    await store.set("m:b", "2", 60);
    assert.deepEqual(await store.getMany(["m:b", "n:x", "n:a", "m:b"]), ["2", undefined, "1", "2"]);
    assert.deepEqual(await store.getMany([]), []);
  }),
  contractCase("adds once: the first value and its time to live stay", async (store, advance) => {
    assert.equal(await store.add("n:a", "first", 2), true);
    assert.equal(await store.add("n:a", "second", 60), false);
    assert.equal(await store.get("n:a"), "first");
    await advance(2.5);
    assert.equal(await store.get("n:a"), undefined);
    assert.equal(await store.add("n:a", "third", 60), true);
  }),
  contractCase("lets exactly one of many concurrent callers add", async (store) => {
    const calls = Array.from({ length: EVERY_CALLER }, (_, i) => store.add("n:a", String(i), 60));
    const added = (await Promise.all(calls)).flatMap((won, i) => (won ? [String(i)] : []));
    assert.equal(added.length, 1);
    assert.equal(await store.get("n:a"), added[0]);
  }),
  contractCase("does not add where a value was set", async (store) => {
    await store.set("n:a", "1", 60);
    assert.equal(await store.add("n:a", "2", 60), false);
  }),
  contractCase("adds again after a delete", async (store) => {
    await store.add("n:a", "1", 60);
    await store.delete("n:a");
    assert.equal(await store.get("n:a"), undefined);
    assert.equal(await store.add("n:a", "2", 60), true);
  }),
  contractCase("deletes one key only, and tolerates one that is not there", async (store) => {
    await store.set("n:a", "1", 60);
    await store.delete("n:b");
    assert.equal(await store.get("n:a"), "1");
  }),
  contractCase("counts every one of many concurrent callers once", async (store) => {
    const calls = Array.from({ length: EVERY_CALLER }, () => store.increment("n:a", 60));
    const counts = (await Promise.all(calls)).sort((a, b) => a - b);
    assert.deepEqual(
      counts,
      Array.from({ length: EVERY_CALLER }, (_, i) => i + 1),
    );
  }),
  contractCase("adds as much to a count as a caller says, in one step", async (store) => {
    assert.equal(await store.increment("n:a", 60, 5), 5);
    assert.equal(await store.increment("n:a", 60), 6);
    const counts = await Promise.all([1, 2, 3].map(() => store.increment("n:a", 60, 10)));
    assert.deepEqual(
      counts.sort((a, b) => a - b),
      [16, 26, 36],
    );
  }),
  contractCase("lets a count that began with more than one end in time", async (store, advance) => {
    assert.equal(await store.increment("n:a", 1, 3), 3);
    await advance(1.5);
    assert.equal(await store.increment("n:a", 1), 1);
  }),
  contractCase("starts a count's time to live with the first call only", async (store, advance) => {
    assert.equal(await store.increment("n:a", 2), 1);
    await advance(1.5);
    assert.equal(await store.increment("n:a", 60), 2);
    await advance(1);
    assert.equal(await store.increment("n:a", 60), 1);
  }),
];
