import { describe, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { MemoryStorageEngine } from "../../../../src/authorization-server/storage/memory-storage.js";
import {
  SealedStorage,
  type NewRecord,
} from "../../../../src/authorization-server/storage/sealed-storage.js";
import type { StorageKey } from "../../../../src/authorization-server/storage/storage-keys.js";
import {
  StorageUnavailableError,
  type StorageEngine,
  type StoredRecord,
} from "../../../../src/authorization-server/storage/storage.js";
import { ConfigurationError } from "../../../../src/core/errors.js";
import { fixedClock } from "../../../../src/testing/index.js";

const newKey = (id: string): StorageKey => ({ id, secret: randomBytes(32) });

/** The whole content of an engine, as in a stolen database. */
async function dump(engine: StorageEngine): Promise<StoredRecord[]> {
  const kinds = Object.keys(await engine.count());
  const pages = await Promise.all(kinds.map((kind) => engine.list(kind, 10_000)));
  return pages.flatMap(({ records }) => records);
}

function token(id: string, changed: Partial<NewRecord> = {}): NewRecord {
  const payload = { accountId: "alice", scope: "notes:read" };
  return { kind: "RefreshToken", id, payload, indexes: { grant: "g1" }, ...changed };
}

async function refusal(opening: Promise<unknown>): Promise<ConfigurationError> {
  const error: unknown = await opening.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return error as ConfigurationError;
}

describe("sealed storage", () => {
  it("returns what was written, by id and by index, with its times", async () => {
    const clock = fixedClock();
    const engine = new MemoryStorageEngine({ clock });
    const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] }, clock);
    const now = clock();
    await storage.commit([{ put: token("r1", { expiresAt: now + 60 }) }]);
    clock.advance(5);
    expect(await storage.commit([{ consume: { kind: "RefreshToken", id: "r1" } }])).toBe(true);
    const read = {
      kind: "RefreshToken",
      payload: { accountId: "alice", scope: "notes:read" },
      createdAt: now,
      consumedAt: now + 5,
      expiresAt: now + 60,
    };
    expect(await storage.get("RefreshToken", "r1")).toEqual(read);
    expect(await storage.findBy("grant", "g1")).toEqual([read]);
    expect(await storage.findBy("client", "g1")).toEqual([]);
    expect(await storage.commit([{ consume: { kind: "RefreshToken", id: "r1" } }])).toBe(false);
    expect(await storage.commit([{ add: token("r1") }])).toBe(false);
    await storage.commit([{ removeBy: { index: "grant", value: "g1" } }]);
    expect(await storage.get("RefreshToken", "r1")).toBeUndefined();
  });

  it("commits on condition that another record is present, consumed or not", async () => {
    const engine = new MemoryStorageEngine();
    const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] });
    const name = { kind: "RefreshToken", id: "r1" };
    const change = [{ present: name }, { put: token("r2") }];
    expect(await storage.commit(change)).toBe(false);
    expect(await storage.get("RefreshToken", "r2")).toBeUndefined();
    await storage.commit([{ put: token("r1") }]);
    await storage.commit([{ consume: name }]);
    expect(await storage.commit(change)).toBe(true);
    expect(await storage.get("RefreshToken", "r1")).toMatchObject({
      consumedAt: expect.any(Number),
    });
    expect(await storage.get("RefreshToken", "r2")).toBeDefined();
  });

  it("does not commit if the other record is removed after it was read", async () => {
    const engine = new MemoryStorageEngine();
    const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] });
    await storage.commit([{ put: token("r1") }]);
    const commit = engine.commit.bind(engine);
    engine.commit = async (changes) => {
      engine.commit = commit;
      await storage.takeBy("grant", "g1");
      return commit(changes);
    };
    const change = [{ present: { kind: "RefreshToken", id: "r1" } }, { put: token("r2") }];
    expect(await storage.commit(change)).toBe(false);
    expect(await storage.get("RefreshToken", "r2")).toBeUndefined();
  });

  it("returns everything that it removes by index, records added meanwhile included", async () => {
    const engine = new MemoryStorageEngine();
    const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] });
    await storage.commit([{ put: token("r1") }, { put: token("x", { indexes: { grant: "g2" } }) }]);
    const commit = engine.commit.bind(engine);
    engine.commit = async (changes) => {
      engine.commit = commit;
      await storage.commit([{ put: token("r2", { payload: { accountId: "late" } }) }]);
      return commit(changes);
    };
    const taken = await storage.takeBy("grant", "g1");
    expect(taken.map(({ payload }) => payload["accountId"])).toEqual(["alice", "late"]);
    expect(await storage.findBy("grant", "g1")).toEqual([]);
    expect(await storage.findBy("grant", "g2")).toHaveLength(1);
  });

  it("shows no id, token or session cookie in a copy of the database", async () => {
    // Long enough that no hash contains one of them by chance.
    const secret = fc.string({ minLength: 12, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(secret, secret, secret, secret, async (id, grantId, uid, cookie) => {
        const engine = new MemoryStorageEngine();
        const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] });
        const payload = { grantId, uid, session: { cookie } };
        const indexes = { grant: grantId, uid, userCode: id, account: cookie, client: uid };
        await storage.commit([{ put: { kind: "Interaction", id, payload, indexes } }]);
        const copy = (await dump(engine)).map((record) => ({
          ...record,
          payload: Buffer.from(record.payload.split(".")[2] ?? "", "base64url").toString("latin1"),
        }));
        const texts = copy.flatMap((record) => [
          record.id,
          record.payload,
          ...Object.values(record.indexes),
        ]);
        expect(texts.length).toBeGreaterThan(5);
        for (const hidden of [id, grantId, uid, cookie]) {
          expect(texts.filter((text) => text.includes(hidden))).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("hashes one id differently in each kind, index and database", async () => {
    const hashes = new Set<string>();
    for (const engine of [new MemoryStorageEngine(), new MemoryStorageEngine()]) {
      const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] });
      const indexes = { grant: "same", uid: "same" };
      await storage.commit([
        { put: token("same", { indexes }) },
        { put: token("same", { kind: "AccessToken", indexes: {} }) },
      ]);
      for (const record of await dump(engine)) {
        if (record.kind === "Meta") continue;
        for (const hash of [record.id, ...Object.values(record.indexes)]) hashes.add(hash);
      }
    }
    expect(hashes.size).toBe(8);
  });

  it("does not decrypt a payload that was moved to another row", async () => {
    const engine = new MemoryStorageEngine();
    const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] });
    await storage.commit([
      { put: token("alice", { payload: { accountId: "alice" } }) },
      { put: token("mallory", { payload: { accountId: "mallory" } }) },
      { put: token("alice", { kind: "AccessToken", payload: { accountId: "mallory" } }) },
    ]);
    const rows = (await dump(engine)).filter(({ kind }) => kind !== "Meta");
    for (const row of rows) {
      for (const other of rows.filter((candidate) => candidate !== row)) {
        await engine.commit([{ put: { ...row, payload: other.payload } }]);
        const reading = storage.list(row.kind, 10);
        await expect(reading).rejects.toThrow(StorageUnavailableError);
      }
      await engine.commit([{ put: row }]);
      await expect(storage.list(row.kind, 10)).resolves.toBeDefined();
    }
  });

  it("reports a damaged payload as an outage, never as absent", async () => {
    const engine = new MemoryStorageEngine();
    const storage = await SealedStorage.open({ engine, keys: [newKey("k1")] });
    await storage.commit([{ put: token("r1") }]);
    const row = (await engine.list("RefreshToken", 1)).records[0]!;
    const { payload } = row;
    const lengths = Array.from({ length: payload.length }, (_, length) => length);
    const damaged = [
      ...lengths.map((length) => payload.slice(0, length)),
      `${payload}AAAA`,
      payload.replace("1.k1.", "2.k1."),
      payload.replace("1.k1.", "1.k2."),
      `${payload}.x`,
    ];
    for (const changed of damaged) {
      await engine.commit([{ put: { ...row, payload: changed } }]);
      await expect(storage.get("RefreshToken", "r1")).rejects.toThrow(StorageUnavailableError);
      await expect(storage.findBy("grant", "g1")).rejects.toThrow(StorageUnavailableError);
    }
    await engine.commit([{ put: row }]);
    expect(await storage.get("RefreshToken", "r1")).toBeDefined();
  });
});

describe("the keys of the storage", () => {
  async function filled(keys: readonly StorageKey[]): Promise<MemoryStorageEngine> {
    const engine = new MemoryStorageEngine();
    const storage = await SealedStorage.open({ engine, keys });
    await storage.commit([{ put: token("r1") }]);
    return engine;
  }

  it("that are wrong are a start-up error", async () => {
    const key = newKey("k1");
    const engine = await filled([key]);
    const wrong = { id: "k1", secret: randomBytes(32) };
    const error = await refusal(SealedStorage.open({ engine, keys: [wrong] }));
    expect(error.code).toBe("ERR_OAUTH_STORAGE_KEY");
    expect(error.message).toMatch(/"k1".*cannot decrypt/);
    const again = await SealedStorage.open({ engine, keys: [key] });
    expect(await again.get("RefreshToken", "r1")).toBeDefined();
  });

  it("that are missing are a start-up error", async () => {
    const engine = await filled([newKey("k1")]);
    const error = await refusal(SealedStorage.open({ engine, keys: [newKey("k2")] }));
    expect(error.code).toBe("ERR_OAUTH_STORAGE_KEY");
    expect(error.message).toMatch(/"k1".*not in `keys`/);
  });

  it.each([
    ["is not set", undefined, "ERR_OAUTH_STORE_KEY_MISSING"],
    ["is empty", "", "ERR_OAUTH_STORE_KEY_MISSING"],
    [
      "is a passphrase",
      "correct horse battery staple tigers windows lamps",
      "ERR_OAUTH_STORE_KEY_LENGTH",
    ],
    ["is too short", randomBytes(31).toString("base64"), "ERR_OAUTH_STORE_KEY_LENGTH"],
    ["is too long", randomBytes(33).toString("base64"), "ERR_OAUTH_STORE_KEY_LENGTH"],
    ["has too few bytes", randomBytes(16), "ERR_OAUTH_STORE_KEY_LENGTH"],
  ])("must have 32 bytes: one that %s is refused", async (_, secret, code) => {
    const keys = [{ id: "k1", secret }];
    const error = await refusal(SealedStorage.open({ engine: new MemoryStorageEngine(), keys }));
    expect(error.code).toBe(code);
    if (typeof secret === "string" && secret !== "") expect(error.message).not.toContain(secret);
  });

  it.each(["base64", "base64url", "hex"] as const)(
    "can be written as %s text",
    async (encoding) => {
      const secret = randomBytes(32);
      const engine = await filled([{ id: "k1", secret: secret.toString(encoding) }]);
      const storage = await SealedStorage.open({ engine, keys: [{ id: "k1", secret }] });
      expect(await storage.get("RefreshToken", "r1")).toBeDefined();
    },
  );

  it("rotate with overlap: ids keep their hashes, and the old key can be removed after resealing", async () => {
    const [old, fresh] = [newKey("old"), newKey("new")];
    const engine = await filled([old]);
    const rotated = await SealedStorage.open({ engine, keys: [fresh, old] });
    expect(await rotated.get("RefreshToken", "r1")).toBeDefined();
    expect(await rotated.keysInUse()).toEqual(["new", "old"]);

    const early = await refusal(SealedStorage.open({ engine, keys: [fresh] }));
    expect(early.code).toBe("ERR_OAUTH_STORAGE_KEY");
    expect(early.message).toMatch(/"old".*not in `keys`/);

    await rotated.commit([{ consume: { kind: "RefreshToken", id: "r1" } }]);
    expect(await rotated.reseal()).toBe(1);
    expect(await rotated.reseal()).toBe(0);
    expect(await rotated.keysInUse()).toEqual(["new"]);
    const alone = await SealedStorage.open({ engine, keys: [fresh] });
    expect(await alone.get("RefreshToken", "r1")).toMatchObject({
      payload: { accountId: "alice" },
      consumedAt: expect.any(Number),
    });
    expect(await alone.findBy("grant", "g1")).toHaveLength(1);
  });

  it("keep the old key listed while a record changes during resealing", async () => {
    const [old, fresh] = [newKey("old"), newKey("new")];
    const engine = await filled([old]);
    const behind = await SealedStorage.open({ engine, keys: [old, fresh] });
    const ahead = await SealedStorage.open({ engine, keys: [fresh, old] });
    const list = engine.list.bind(engine);
    engine.list = async (...args) => {
      const page = await list(...args);
      await behind.commit([{ put: token("r1", { payload: { accountId: "alice", n: 2 } }) }]);
      return page;
    };
    expect(await ahead.reseal()).toBe(0);
    expect(await ahead.keysInUse()).toEqual(["new", "old"]);
    engine.list = list;
    expect(await ahead.reseal()).toBe(1);
    expect(await ahead.get("RefreshToken", "r1")).toMatchObject({ payload: { n: 2 } });
    expect(await ahead.keysInUse()).toEqual(["new"]);
  });

  it("are verified before anything is stored, by processes that start concurrently", async () => {
    const key = newKey("k1");
    const engine = new MemoryStorageEngine();
    const storages = await Promise.all(
      Array.from({ length: 20 }, () => SealedStorage.open({ engine, keys: [key] })),
    );
    await storages[0]!.commit([{ put: token("r1") }]);
    for (const storage of storages) expect(await storage.get("RefreshToken", "r1")).toBeDefined();
  });

  it("never reinitialize a database that contains records", async () => {
    const key = newKey("k1");
    const engine = await filled([key]);
    await engine.commit([{ remove: { kind: "Meta", id: "storage" } }]);
    const error = await refusal(SealedStorage.open({ engine, keys: [key] }));
    expect(error.code).toBe("ERR_OAUTH_STORAGE_INCOMPLETE");
    expect(await engine.get("Meta", "storage")).toBeUndefined();
  });
});
