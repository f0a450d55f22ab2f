import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import { once } from "node:events";
import { createRedisStore, RedisStore, RedisStoreError } from "../../src/redis.js";
import { StoreFullError } from "../../src/stores/store.js";
import { storeContract } from "../../src/testing/store-contract.js";
import { eventually } from "../support/eventually.js";
import { describeWithRedis, startRedisServer, type RedisServer } from "../support/redis-server.js";

let server: RedisServer;
let admin: Redis;

/** Lets time pass in Redis by taking it off every time to live. */
async function advance(seconds: number): Promise<void> {
  for (const key of await admin.keys("*")) {
    const left = (await admin.pttl(key)) - seconds * 1000;
    if (left > 0) await admin.pexpire(key, Math.ceil(left));
    else await admin.del(key);
  }
}

describeWithRedis("RedisStore", () => {
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

  for (const { name, run } of storeContract) {
    it(`over a URL: ${name}`, () =>
      run(async () => {
        const store = await createRedisStore(server.url);
        return { store, advance, close: () => store.close() };
      }));
  }

  it("works over the application's own client and leaves it open", async () => {
    const store = await createRedisStore(admin);
    await store.set("n:a", "1", 60);
    await store.close();
    expect(await store.getMany(["n:a", "n:b"])).toEqual(["1", undefined]);
    expect(admin.status).toBe("ready");
  });

  it("lets exactly one of 200 concurrent callers on two connections add", async () => {
    const stores = [await createRedisStore(server.url), await createRedisStore(server.url)];
    const calls = Array.from({ length: 200 }, (_, i) => stores[i % 2]!.add("n:a", String(i), 60));
    const added = (await Promise.all(calls)).filter(Boolean);
    expect(added).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("keeps prefixes apart", async () => {
    const [a, b] = [
      new RedisStore(admin, { prefix: "a:" }),
      new RedisStore(admin, { prefix: "b:" }),
    ];
    await a.set("n:k", "1", 60);
    expect(await b.get("n:k")).toBeUndefined();
    expect(await new RedisStore(admin, { prefix: "a:" }).get("n:k")).toBe("1");
  });

  it("writes the namespace and a hash, never the key itself, and always an expiry", async () => {
    const store = await createRedisStore(server.url);
    await store.set("session:alice", "1", 60);
    await store.add("dpop:alice", "1", 60);
    await store.increment("rate:alice", 60);
    const keys = await admin.keys("*");
    expect(keys).toHaveLength(3);
    for (const key of keys) {
      expect(key).toMatch(/^mcp-oauth:(session|dpop|rate):[\w-]{43}$/);
      expect(await admin.ttl(key)).toBeGreaterThan(0);
    }
    await store.close();
  });

  it("sends one command for each operation", async () => {
    const store = await createRedisStore(server.url);
    const observer = new Redis(server.url);
    const monitor = await observer.monitor();
    const seen: string[] = [];
    monitor.on("monitor", (_time: string, args: string[], source: string) => {
      if (source !== "lua") seen.push(args[0]!.toUpperCase());
    });
    await store.get("n:a");
    await store.getMany(["n:a", "n:b"]);
    await store.set("n:a", "1", 60);
    await store.add("n:a", "1", 60);
    await store.increment("n:c", 60);
    await store.delete("n:a");
    await admin.ping();
    while (!seen.includes("PING")) await once(monitor, "monitor");
    expect(seen).toEqual(["GET", "MGET", "SET", "SET", "EVAL", "DEL", "PING"]);
    monitor.disconnect();
    observer.disconnect();
    await store.close();
  });
});

/** Long, because a busy machine must not cause a timeout; a lost connection is detected without it. */
const PATIENT = { commandTimeoutMs: 10_000 };

describeWithRedis("RedisStore in trouble", () => {
  let store: RedisStore;

  beforeEach(async () => {
    server = await startRedisServer();
    store = await createRedisStore(server.url, PATIENT);
  });
  afterEach(async () => {
    await store?.close();
    await server?.stop();
  });

  it("rejects every method while Redis is gone, and works again when it is back", async () => {
    await store.set("n:a", "1", 60);
    await server.kill();
    for (const operation of [
      store.get("n:a"),
      store.getMany(["n:a"]),
      store.set("n:a", "1", 60),
      store.add("n:b", "1", 60),
      store.increment("n:c", 60),
      store.delete("n:a"),
    ]) {
      await expect(operation).rejects.toThrow(RedisStoreError);
    }
    await server.restart();
    expect(await eventually(() => store.get("n:a"))).toBeUndefined();
    expect(await store.add("n:a", "1", 60)).toBe(true);
  });

  it("never answers an add twice with yes while Redis is killed and restarted under load", async () => {
    const answers = await Promise.allSettled([
      ...Array.from({ length: 100 }, () => store.add("n:a", "1", 60)),
      server.kill(),
      ...Array.from({ length: 100 }, () => store.add("n:a", "1", 60)),
    ]);
    const added = answers.filter((a) => a.status === "fulfilled" && a.value === true);
    expect(added.length).toBeLessThanOrEqual(1);
    for (const answer of answers) {
      if (answer.status === "rejected") expect(answer.reason).toBeInstanceOf(RedisStoreError);
    }
    await server.restart();
    await eventually(() => store.get("n:a"));
    const again = await Promise.all(Array.from({ length: 100 }, () => store.add("n:a", "1", 60)));
    expect(again.filter(Boolean)).toHaveLength(1);
  });

  it("gives up on a Redis that hangs, refuses more than may wait, and recovers", async () => {
    const client = new Redis(server.url);
    client.on("error", () => undefined);
    const bounded = new RedisStore(client, { commandTimeoutMs: 100, maxPending: 2 });
    await store.set("n:a", "1", 60);
    server.freeze();
    const codes = await Promise.all(
      [1, 2, 3].map(() => bounded.get("n:a").catch((error: RedisStoreError) => error.code)),
    );
    expect(codes).toEqual(["timeout", "timeout", "overloaded"]);
    server.thaw();
    expect(await eventually(() => bounded.get("n:a"))).toBe("1");
    client.disconnect();
  });

  it("says that it is full when Redis is out of memory and evicts nothing", async () => {
    const client = new Redis(server.url);
    await client.config("SET", "maxmemory-policy", "noeviction");
    await client.config("SET", "maxmemory", "1");
    await expect(store.add("n:a", "1", 60)).rejects.toThrow(StoreFullError);
    await client.config("SET", "maxmemory", "0");
    expect(await store.add("n:a", "1", 60)).toBe(true);
    client.disconnect();
  });

  it("shows neither key nor value nor password in an error", async () => {
    const client = new Redis(server.url);
    await client.config("SET", "requirepass", "correct-horse");
    const other = await createRedisStore(server.url.replace("//", "//:wrong-password@"));
    const error: unknown = await other.set("n:secret-key", "secret-value", 60).catch((e) => e);
    expect(error).toBeInstanceOf(RedisStoreError);
    const shown = `${String(error)} ${JSON.stringify(error)} ${String((error as Error).cause)}`;
    expect(shown).not.toMatch(/secret|wrong|horse/);
    await other.close();
    client.disconnect();
  });

  it("can be made while Redis is away, and works once it is there", async () => {
    await server.kill();
    const early = await createRedisStore(server.url, PATIENT);
    await expect(early.get("n:a")).rejects.toThrow(RedisStoreError);
    await server.restart();
    expect(await eventually(() => early.add("n:a", "1", 60))).toBe(true);
    await early.close();
  });

  it("rejects after close", async () => {
    await store.close();
    await expect(store.get("n:a")).rejects.toThrow(RedisStoreError);
  });
});
