import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import { StoreFullError } from "../../../src/stores/store.js";
import { storeContract } from "../../../src/testing/store-contract.js";

function standingClock(start = 1_000.25) {
  let now = start;
  return { clock: () => now, advance: (seconds: number) => void (now += seconds) };
}

describe("MemoryStore keeps the store contract", () => {
  for (const { name, run } of storeContract) {
    it(name, () =>
      run(() => {
        const { clock, advance } = standingClock();
        return { store: new MemoryStore({ clock }), advance };
      }),
    );
  }
});

describe("MemoryStore, when it is full", () => {
  it("refuses another entry and keeps every live one", async () => {
    const { clock } = standingClock();
    const store = new MemoryStore({ clock, maxEntries: 3 });
    for (const key of ["n:a", "n:b", "n:c"]) expect(await store.add(key, "1", 60)).toBe(true);
    await expect(store.add("n:d", "1", 60)).rejects.toThrow(StoreFullError);
    await expect(store.set("n:d", "1", 60)).rejects.toThrow(StoreFullError);
    await expect(store.increment("n:d", 60)).rejects.toThrow(StoreFullError);
    for (const key of ["n:a", "n:b", "n:c"]) expect(await store.add(key, "1", 60)).toBe(false);
  });

  it("still replaces, counts and deletes what is there", async () => {
    const store = new MemoryStore({ clock: standingClock().clock, maxEntries: 1 });
    await store.set("n:a", "1", 60);
    await store.set("n:a", "2", 60);
    expect(await store.increment("n:a", 60)).toBe(3);
    await store.delete("n:a");
    expect(await store.add("n:b", "1", 60)).toBe(true);
  });

  it("takes new entries once old ones have expired", async () => {
    const { clock, advance } = standingClock();
    const store = new MemoryStore({ clock, maxEntries: 2 });
    await store.add("n:a", "1", 10);
    await store.add("n:b", "1", 20);
    advance(11);
    expect(await store.add("n:c", "1", 10)).toBe(true);
    await expect(store.add("n:d", "1", 10)).rejects.toThrow(StoreFullError);
  });

  it("does not let one namespace take another's room", async () => {
    const store = new MemoryStore({ clock: standingClock().clock, maxEntries: 1 });
    await store.set("introspection:a", "1", 60);
    expect(await store.add("dpop:a", "1", 60)).toBe(true);
  });

  it("bounds the characters it holds as well", async () => {
    const store = new MemoryStore({ clock: standingClock().clock, maxCharacters: 100 });
    await store.set("n:a", "x".repeat(97), 60);
    await expect(store.set("n:b", "", 60)).rejects.toThrow(StoreFullError);
    await store.set("n:a", "x".repeat(94), 60);
    await store.set("n:b", "", 60);
    await expect(store.set("n:b", "x", 60)).rejects.toThrow(StoreFullError);
    expect(await store.get("n:b")).toBe("");
  });

  it("bounds the namespaces", async () => {
    const store = new MemoryStore({ clock: standingClock().clock });
    for (let i = 0; i < 64; i++) await store.set(`n${i}:a`, "1", 60);
    await expect(store.set("n64:a", "1", 60)).rejects.toThrow(StoreFullError);
    await store.set("n0:b", "1", 60);
  });
});

describe("MemoryStore and its clock", () => {
  it("forgets after a long silence too", async () => {
    const { clock, advance } = standingClock();
    const store = new MemoryStore({ clock, maxEntries: 2 });
    await store.add("n:a", "1", 10);
    await store.add("n:b", "1", 20);
    advance(1e9);
    expect(await store.add("n:c", "1", 10)).toBe(true);
    expect(await store.add("n:d", "1", 10)).toBe(true);
  });

  it("does not clear away in the second in which an entry ends, but after it", async () => {
    const { clock, advance } = standingClock(1_000.75);
    const store = new MemoryStore({ clock });
    await store.add("n:a", "1", 10);
    advance(9.5); // 1010.25, within the last second
    await store.add("n:b", "1", 10);
    expect(await store.get("n:a")).toBe("1");
  });

  it("finds the room again of what was written while the clock had gone back", async () => {
    const { clock, advance } = standingClock();
    const store = new MemoryStore({ clock, maxEntries: 2 });
    advance(100);
    await store.add("n:keep", "1", 1_000);
    advance(-100);
    await store.add("n:a", "1", 10);
    for (let second = 0; second < 102; second++) {
      advance(1);
      await store.set("n:keep", "1", 1_000);
    }
    expect(await store.add("n:b", "1", 10)).toBe(true);
  });

  it("survives a clock that goes back, without losing or keeping entries for good", async () => {
    const { clock, advance } = standingClock();
    const store = new MemoryStore({ clock, maxEntries: 1 });
    advance(100);
    await store.add("n:a", "1", 10);
    advance(-100);
    await store.delete("n:a");
    expect(await store.add("n:b", "1", 10)).toBe(true);
    advance(9);
    expect(await store.get("n:b")).toBe("1");
    advance(1);
    expect(await store.get("n:b")).toBeUndefined();
    advance(100);
    expect(await store.add("n:c", "1", 10)).toBe(true);
  });

  it("behaves like a map with expiry dates, for any order of operations", async () => {
    const key = fc.constantFrom("n:a", "n:b", "n:c");
    const ttl = fc.integer({ min: 1, max: 5 });
    const step = fc.oneof(
      fc.record({ op: fc.constant("set" as const), key, ttl }),
      fc.record({ op: fc.constant("add" as const), key, ttl }),
      fc.record({ op: fc.constant("delete" as const), key, ttl }),
      fc.record({ op: fc.constant("pass" as const), key, ttl }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, advance } = standingClock();
        const store = new MemoryStore({ clock, maxEntries: 3 });
        const model = new Map<string, { value: string; until: number }>();
        const live = (k: string) => {
          const entry = model.get(k);
          return entry !== undefined && entry.until > clock() ? entry.value : undefined;
        };
        for (const [index, { op, key: k, ttl: t }] of steps.entries()) {
          const value = String(index);
          if (op === "pass") advance(t);
          if (op === "delete") {
            await store.delete(k);
            model.delete(k);
          }
          if (op === "set") {
            await store.set(k, value, t);
            model.set(k, { value, until: clock() + t });
          }
          if (op === "add") {
            const free = live(k) === undefined;
            expect(await store.add(k, value, t)).toBe(free);
            if (free) model.set(k, { value, until: clock() + t });
          }
          expect(await store.getMany(["n:a", "n:b", "n:c"])).toEqual(
            ["n:a", "n:b", "n:c"].map(live),
          );
        }
      }),
    );
  });
});
