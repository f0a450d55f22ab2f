import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import {
  RedisStorageEngine,
  redisStorage,
} from "../../../src/authorization-server/storage/redis-storage.js";
import { SealedStorage } from "../../../src/authorization-server/storage/sealed-storage.js";
import { StorageUnavailableError } from "../../../src/authorization-server/storage/storage.js";
import { storageContract } from "../../../src/testing/storage-contract.js";
import {
  describeWithRedis,
  startRedisServer,
  type RedisServer,
} from "../../support/redis-server.js";

describeWithRedis("storage in Redis", () => {
  let server: RedisServer;
  let admin: Redis;

  beforeAll(async () => {
    server = await startRedisServer();
    admin = new Redis(server.url);
    admin.on("error", () => undefined);
  });
  beforeEach(async () => {
    await admin.flushall();
  });
  afterAll(async () => {
    admin?.disconnect();
    await server?.stop();
  });

  const patient = { timeoutSeconds: 30 };

  for (const { name, run } of storageContract) {
    it(name, () =>
      run((clock) => ({ engine: new RedisStorageEngine(server.url, { clock, ...patient }) })),
    );
  }

  it("works over the application's own client and leaves it open", async () => {
    const engine = new RedisStorageEngine(admin, patient);
    await engine.open();
    const put = { kind: "Client", id: "c1", payload: "p", indexes: {}, createdAt: 1 };
    await engine.commit([{ put }]);
    await engine.close();
    expect(admin.status).toBe("ready");
    await expect(engine.get("Client", "c1")).rejects.toThrow(StorageUnavailableError);
  });

  it("keeps prefixes apart, and all keys of one in one slot of a cluster", async () => {
    const [a, b] = ["a:", "b:"].map(
      (prefix) => new RedisStorageEngine(admin, { prefix, ...patient }),
    ) as [RedisStorageEngine, RedisStorageEngine];
    await a.open();
    await b.open();
    const indexes = { grant: "g", client: "c" };
    const put = { kind: "Client", id: "c1", payload: "p", indexes, createdAt: 1, expiresAt: 9e9 };
    await a.commit([{ put }]);
    expect(await b.get("Client", "c1")).toBeUndefined();
    const keys = await admin.keys("*a:*");
    expect(keys.length).toBeGreaterThan(5);
    // A cluster hashes only the part of a key in the first braces.
    const tags = keys.map((key) => /^[^{]*\{([^}]+)\}/.exec(key)?.[1]);
    expect(new Set(tags)).toEqual(new Set(["a:authorization-server"]));
  });

  it("leaves no data of removed records", async () => {
    const engine = new RedisStorageEngine(admin, patient);
    await engine.open();
    const indexes = { grant: "g", client: "c" };
    const put = { kind: "Client", id: "c1", payload: "p", indexes, createdAt: 1, expiresAt: 9e9 };
    const before = (await admin.keys("*")).sort();
    await engine.commit([{ put }]);
    await engine.commit([{ removeBy: { index: "grant", value: "g" } }]);
    const after = (await admin.keys("*")).filter((key) => !key.endsWith(":kinds")).sort();
    expect(after).toEqual(before);
  });

  it("holds no id, token or cookie in a dump", async () => {
    const storage = await SealedStorage.open(
      redisStorage(admin, { keys: [{ id: "k1", secret: randomBytes(32) }], ...patient }),
    );
    const hidden = Array.from({ length: 5 }, () => randomBytes(24).toString("base64url"));
    const [id, grant, uid, account, cookie] = hidden as [string, string, string, string, string];
    const payload = { grantId: grant, uid, session: { cookie }, accountId: account };
    const indexes = { grant, uid, userCode: cookie, account, client: id };
    await storage.commit([{ put: { kind: "Interaction", id, payload, indexes } }]);
    const keys = await admin.keys("*");
    const hashes = await Promise.all(
      keys.filter((key) => key.includes(":r:")).map((key) => admin.hgetall(key)),
    );
    expect(hashes).toHaveLength(2);
    const opened = hashes.map(({ payload: sealed = "" }) =>
      Buffer.from(sealed.split(".")[2]!, "base64url").toString("latin1"),
    );
    const text = JSON.stringify([keys, hashes, opened]);
    for (const secret of hidden) expect(text).not.toContain(secret);
  });

  it("refuses a Redis that may evict any key, and accepts one that does not", async () => {
    for (const policy of ["allkeys-lru", "allkeys-random"]) {
      await admin.config("SET", "maxmemory-policy", policy);
      await expect(new RedisStorageEngine(admin, patient).open()).rejects.toMatchObject({
        code: "ERR_OAUTH_STORAGE_EVICTS",
      });
    }
    await admin.config("SET", "maxmemory-policy", "noeviction");
    await new RedisStorageEngine(admin, patient).open();
  });

  it("refuses a schema that a newer version wrote", async () => {
    await new RedisStorageEngine(admin, patient).open();
    const [key] = await admin.keys("*:schema");
    await admin.set(key!, "2");
    await expect(new RedisStorageEngine(admin, patient).open()).rejects.toMatchObject({
      code: "ERR_OAUTH_STORAGE_SCHEMA",
    });
  });

  it("is an outage while Redis is down, with no value in the error", async () => {
    const engine = new RedisStorageEngine(server.url, patient);
    await engine.open();
    await server.kill();
    const error: unknown = await engine.get("Client", "hidden-id").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(StorageUnavailableError);
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain("hidden");
    await expect(new RedisStorageEngine(server.url, patient).open()).rejects.toThrow(
      StorageUnavailableError,
    );
    await server.restart();
    await engine.close();
  });
});
