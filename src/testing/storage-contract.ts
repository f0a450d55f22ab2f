import { strict as assert } from "node:assert";
import type {
  StorageChange,
  StorageEngine,
  StoredRecord,
} from "../authorization-server/storage/storage.js";
import { fixedClock, type FixedClock } from "./fixed-clock.js";

/** A new, empty engine that uses the given clock. */
export interface StorageUnderTest {
  readonly engine: StorageEngine;
  readonly close?: () => void | Promise<void>;
}

/** Creates a new, empty engine for one case. The contract opens it. */
export type MakeStorage = (clock: FixedClock) => StorageUnderTest | Promise<StorageUnderTest>;

/** One rule of the {@link StorageEngine} contract; `run` rejects with an AssertionError if the engine breaks it. */
export interface StorageContractCase {
  readonly name: string;
  readonly run: (makeStorage: MakeStorage) => Promise<void>;
}

type Check = (engine: StorageEngine, clock: FixedClock) => Promise<void>;

function contractCase(name: string, check: Check): StorageContractCase {
  return {
    name,
    async run(makeStorage) {
      // Fractional, like a real clock; times of records are whole seconds.
      const clock = fixedClock(START + 0.25);
      const { engine, close } = await makeStorage(clock);
      try {
        await engine.open();
        await check(engine, clock);
      } finally {
        await engine.close();
        await close?.();
      }
    },
  };
}

const START = 1_800_000_000;
const MANY_CALLERS = 50;

function record(id: string, changed: Partial<StoredRecord> = {}): StoredRecord {
  return {
    kind: "RefreshToken",
    id,
    payload: `payload of ${id}`,
    indexes: {},
    createdAt: START,
    expiresAt: START + 60,
    ...changed,
  };
}

/** Absent members and members that are `undefined` are the same to the contract. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function assertSame(actual: unknown, expected: unknown): void {
  assert.deepEqual(plain(actual), plain(expected));
}

async function idsBy(engine: StorageEngine, ...by: Parameters<StorageEngine["findBy"]>) {
  return (await engine.findBy(...by)).map(({ kind, id }) => `${kind}:${id}`).sort();
}

async function idsOf(engine: StorageEngine, kind: string, limit: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await engine.list(kind, limit, after);
    assert.ok(page.records.length <= limit, "a page is longer than its limit");
    ids.push(...page.records.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

/**
 * What any {@link StorageEngine} must do, ready for any test runner:
 *
 * ```ts
 * for (const { name, run } of storageContract) {
 *   it(name, () => run((clock) => ({ engine: new MyEngine({ clock }) })));
 * }
 * ```
 *
 * Does not check what happens when the engine is away, is killed while it
 * writes, or is shared by processes.
 */
export const storageContract: readonly StorageContractCase[] = [
  contractCase("gives back a record with everything in it", async (engine) => {
    const whole = record("a", {
      payload: "x".repeat(100_000),
      indexes: { grant: "g", uid: "u", userCode: "c", account: "a", client: "d" },
      consumedAt: START + 1,
    });
    const bare = record("b", { indexes: {}, expiresAt: undefined });
    assert.equal(await engine.commit([{ put: whole }, { put: bare }]), true);
    assertSame(await engine.get("RefreshToken", "a"), whole);
    assertSame(await engine.get("RefreshToken", "b"), bare);
  }),
  contractCase("keeps kinds and ids apart", async (engine) => {
    const others = [record("a", { kind: "Grant" }), record("A"), record("ab")];
    await engine.commit([record("a"), ...others].map((put) => ({ put })));
    await engine.commit([{ remove: { kind: "RefreshToken", id: "a" } }]);
    assert.equal(await engine.get("RefreshToken", "a"), undefined);
    for (const other of others) assertSame(await engine.get(other.kind, other.id), other);
  }),
  contractCase("replaces the whole record on put, its indexes included", async (engine) => {
    await engine.commit([{ put: record("a", { indexes: { grant: "g" }, consumedAt: START }) }]);
    const next = record("a", { payload: "next", indexes: { uid: "u" }, expiresAt: START + 90 });
    await engine.commit([{ put: next }]);
    assertSame(await engine.get("RefreshToken", "a"), next);
    assert.deepEqual(await idsBy(engine, "grant", "g"), []);
    assert.deepEqual(await idsBy(engine, "uid", "u"), ["RefreshToken:a"]);
  }),
  contractCase("finds records of every kind by an index", async (engine) => {
    await engine.commit([
      { put: record("a", { indexes: { grant: "g", account: "x" } }) },
      { put: record("a", { kind: "AccessToken", indexes: { grant: "g" } }) },
      { put: record("b", { indexes: { grant: "h", account: "g" } }) },
    ]);
    assert.deepEqual(await idsBy(engine, "grant", "g"), ["AccessToken:a", "RefreshToken:a"]);
    assert.deepEqual(await idsBy(engine, "account", "g"), ["RefreshToken:b"]);
    assert.deepEqual(await idsBy(engine, "client", "g"), []);
  }),
  contractCase(
    "treats a record as absent from its expiry on, and not a second earlier",
    async (engine, clock) => {
      await engine.commit([
        { put: record("a", { indexes: { grant: "g" }, expiresAt: START + 60 }) },
      ]);
      clock.advance(59);
      assert.notEqual(await engine.get("RefreshToken", "a"), undefined);
      assert.deepEqual(await idsBy(engine, "grant", "g"), ["RefreshToken:a"]);
      clock.advance(1);
      assert.equal(await engine.get("RefreshToken", "a"), undefined);
      assert.deepEqual(await idsBy(engine, "grant", "g"), []);
      assert.deepEqual(await idsOf(engine, "RefreshToken", 10), []);
      assertSame(await engine.count(), {});
      const consume = { kind: "RefreshToken", id: "a", at: START + 60 };
      assert.equal(await engine.commit([{ consume }]), false);
      const again = record("a", { payload: "again", expiresAt: START + 120 });
      assert.equal(await engine.commit([{ add: again }]), true);
      assertSame(await engine.get("RefreshToken", "a"), again);
    },
  ),
  contractCase("adds only absent records", async (engine) => {
    assert.equal(await engine.commit([{ add: record("a") }]), true);
    assert.equal(await engine.commit([{ add: record("a", { payload: "other" }) }]), false);
    assertSame(await engine.get("RefreshToken", "a"), record("a"));
  }),
  contractCase("consumes a present record once", async (engine) => {
    const consume = { kind: "RefreshToken", id: "a", at: START + 5 };
    assert.equal(await engine.commit([{ consume }]), false);
    await engine.commit([{ put: record("a", { indexes: { grant: "g" } }) }]);
    assert.equal(await engine.commit([{ consume }]), true);
    assert.equal(await engine.commit([{ consume: { ...consume, at: START + 6 } }]), false);
    const consumed = record("a", { indexes: { grant: "g" }, consumedAt: START + 5 });
    assertSame(await engine.get("RefreshToken", "a"), consumed);
    assert.deepEqual(await idsBy(engine, "grant", "g"), ["RefreshToken:a"]);
  }),
  contractCase("swaps a payload only if it is still the one that was read", async (engine) => {
    await engine.commit([{ put: record("a", { payload: "1", consumedAt: START + 1 }) }]);
    const swap = { kind: "RefreshToken", id: "a", from: "1", to: "2" };
    assert.equal(await engine.commit([{ swap }]), true);
    assert.equal(await engine.commit([{ swap }]), false);
    assert.equal(await engine.commit([{ swap: { ...swap, id: "b" } }]), false);
    const swapped = record("a", { payload: "2", consumedAt: START + 1 });
    assertSame(await engine.get("RefreshToken", "a"), swapped);
  }),
  contractCase(
    "writes nothing if one condition fails, at any position in the commit",
    async (engine) => {
      const kept = record("kept", { indexes: { grant: "g" } });
      await engine.commit([{ put: kept }, { put: record("used", { consumedAt: START }) }]);
      const failing: StorageChange[] = [
        { consume: { kind: "RefreshToken", id: "used", at: START } },
        { add: record("used") },
        { swap: { kind: "RefreshToken", id: "used", from: "other", to: "x" } },
      ];
      const others: StorageChange[] = [
        { put: record("new") },
        { add: record("new too") },
        { removeBy: { index: "grant", value: "g" } },
      ];
      for (const change of failing) {
        assert.equal(await engine.commit([change, ...others]), false);
        assert.equal(await engine.commit([...others, change]), false);
        assert.equal(await engine.get("RefreshToken", "new"), undefined);
        assert.equal(await engine.get("RefreshToken", "new too"), undefined);
        assertSame(await engine.get("RefreshToken", "kept"), kept);
      }
      assert.equal(await engine.commit(others), true);
    },
  ),
  contractCase(
    "removes all records of one index value in one step, and no others",
    async (engine) => {
      await engine.commit([
        { put: record("a", { indexes: { grant: "g" } }) },
        { put: record("b", { kind: "AccessToken", indexes: { grant: "g", client: "c" } }) },
        { put: record("c", { indexes: { grant: "h", client: "g" } }) },
      ]);
      assert.equal(await engine.commit([{ removeBy: { index: "grant", value: "g" } }]), true);
      assert.equal(await engine.get("RefreshToken", "a"), undefined);
      assert.equal(await engine.get("AccessToken", "b"), undefined);
      assert.deepEqual(await idsBy(engine, "client", "c"), []);
      assert.deepEqual(await idsBy(engine, "client", "g"), ["RefreshToken:c"]);
      assert.equal(await engine.commit([{ removeBy: { index: "uid", value: "none" } }]), true);
    },
  ),
  contractCase("does not remove a record that the same commit puts", async (engine) => {
    await engine.commit([{ put: record("old", { indexes: { grant: "g" } }) }]);
    const put = record("new", { indexes: { grant: "g" } });
    await engine.commit([{ put }, { removeBy: { index: "grant", value: "g" } }]);
    assert.deepEqual(await idsBy(engine, "grant", "g"), ["RefreshToken:new"]);
  }),
  contractCase(
    "lets one of many concurrent commits consume, and applies its other changes only",
    async (engine) => {
      await engine.commit([{ put: record("a") }]);
      const attempts = Array.from({ length: MANY_CALLERS }, (_, i) =>
        engine.commit([
          { consume: { kind: "RefreshToken", id: "a", at: START } },
          { put: record(`next-${i}`, { indexes: { grant: "g" } }) },
        ]),
      );
      const winners = (await Promise.all(attempts)).flatMap((won, i) => (won ? [i] : []));
      assert.equal(winners.length, 1);
      assert.deepEqual(await idsBy(engine, "grant", "g"), [`RefreshToken:next-${winners[0]}`]);
    },
  ),
  contractCase("lets one of many concurrent commits add", async (engine) => {
    const attempts = Array.from({ length: MANY_CALLERS }, (_, i) =>
      engine.commit([{ add: record("a", { payload: String(i) }) }]),
    );
    const winners = (await Promise.all(attempts)).flatMap((won, i) => (won ? [String(i)] : []));
    assert.deepEqual(winners, [(await engine.get("RefreshToken", "a"))?.payload]);
  }),
  contractCase("removes a whole grant even while its tokens are used", async (engine) => {
    await engine.commit([{ put: record("a", { indexes: { grant: "g" } }) }]);
    const uses = Array.from({ length: MANY_CALLERS }, (_, i) =>
      engine.commit([
        { consume: { kind: "RefreshToken", id: i === 0 ? "a" : `a-${i - 1}`, at: START } },
        { put: record(`a-${i}`, { indexes: { grant: "g" } }) },
      ]),
    );
    await Promise.all([...uses, engine.commit([{ removeBy: { index: "grant", value: "g" } }])]);
    // A use before the removal is removed with the grant; one after it finds nothing to consume.
    assert.deepEqual(await idsBy(engine, "grant", "g"), []);
  }),
  contractCase("lists one kind page by page, each record once", async (engine) => {
    const ids = Array.from({ length: 7 }, (_, i) => `id-${i}`);
    await engine.commit(ids.map((id) => ({ put: record(id) })));
    await engine.commit([{ put: record("other", { kind: "Grant" }) }]);
    assert.deepEqual((await idsOf(engine, "RefreshToken", 3)).sort(), ids);
    assert.deepEqual((await idsOf(engine, "RefreshToken", 7)).sort(), ids);
    assert.deepEqual(await idsOf(engine, "Session", 3), []);
  }),
  contractCase("counts the present records of each kind", async (engine) => {
    await engine.commit([
      { put: record("a") },
      { put: record("b") },
      { put: record("a", { kind: "Grant" }) },
      { put: record("gone", { kind: "Session", expiresAt: START }) },
    ]);
    assertSame(await engine.count(), { RefreshToken: 2, Grant: 1 });
  }),
  contractCase("removes only expired records, up to the limit", async (engine, clock) => {
    const short = Array.from({ length: 5 }, (_, i) =>
      record(`short-${i}`, { indexes: { grant: "g" } }),
    );
    const long = record("long", { indexes: { grant: "g" }, expiresAt: START + 90 });
    const lasting = record("lasting", { indexes: { grant: "g" }, expiresAt: undefined });
    await engine.commit([...short, long, lasting].map((put) => ({ put })));
    assert.equal(await engine.removeExpired(10), 0);
    clock.advance(60);
    assert.equal(await engine.removeExpired(3), 3);
    assert.equal(await engine.removeExpired(10), 2);
    assert.equal(await engine.removeExpired(10), 0);
    assert.deepEqual(await idsBy(engine, "grant", "g"), [
      "RefreshToken:lasting",
      "RefreshToken:long",
    ]);
  }),
  contractCase("accepts an empty commit and a repeated open", async (engine) => {
    await engine.commit([{ put: record("a") }]);
    assert.equal(await engine.commit([]), true);
    await engine.open();
    assertSame(await engine.get("RefreshToken", "a"), record("a"));
  }),
];
