import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Cluster, Redis } from "ioredis";
import { createRedisStore, type RedisStore } from "../../src/redis.js";
import { storeContract } from "../../src/testing/store-contract.js";
import { freePort } from "../support/free-port.js";
import { describeWithRedis, startRedisServer, type RedisServer } from "../support/redis-server.js";
import { requirement } from "../support/requirement.js";
import { ReplayMemory, Revocations } from "../support/resolved.js";

/*
 * A real redis-server in cluster mode. It has all slots, and refuses a command that
 * touches two of them (CROSSSLOT), like a cluster of several nodes.
 */

describeWithRedis("a Redis Cluster", () => {
  let server: RedisServer;
  let admin: Redis;
  let cluster: Cluster;
  let store: RedisStore;

  beforeAll(async () => {
    const busPort = String(await freePort());
    server = await startRedisServer(
      ...["--cluster-enabled", "yes", "--cluster-port", busPort],
      ...["--cluster-announce-ip", "127.0.0.1"],
    );
    // Once gone it does not come back, and nothing waits for it.
    const gone = { retryStrategy: () => null, disconnectTimeout: 100 };
    admin = new Redis(server.url, gone);
    await admin.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    while (!String(await admin.call("CLUSTER", "INFO")).includes("cluster_state:ok"));
    cluster = new Cluster([{ host: "127.0.0.1", port: server.port }], {
      clusterRetryStrategy: () => null,
      redisOptions: gone,
    });
    for (const client of [admin, cluster]) client.on("error", () => undefined);
    store = await createRedisStore(cluster, { commandTimeoutMs: 10_000 });
  });
  afterAll(async () => {
    cluster?.disconnect();
    admin?.disconnect();
    await server?.stop();
  });

  async function advance(seconds: number): Promise<void> {
    for (const key of await admin.keys("*")) {
      const left = (await admin.pttl(key)) - seconds * 1000;
      if (left > 0) await admin.pexpire(key, Math.ceil(left));
      else await admin.del(key);
    }
  }

  for (const { name, run } of storeContract) {
    it(`keeps the contract: ${name}`, async () => {
      await admin.flushall();
      await run(async () => ({ store, advance, close: () => Promise.resolve() }));
    });
  }

  it("is one that refuses commands over several slots", async () => {
    await expect(admin.mget("a", "b")).rejects.toThrow(/CROSSSLOT/);
  });

  requirement("dpop-jti", "accepts exactly one of 200 concurrent uses of a proof", async () => {
    const replay = new ReplayMemory(store);
    const uses = Array.from({ length: 200 }, () => replay.isFirstUse("thumbprint", "jti", 300, 0));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
    expect(await replay.isFirstUse("thumbprint", "another", 300, 0)).toBe(true);
  });

  it("answers for all names of a token, which lie in different slots", async () => {
    let now = Date.now() / 1000;
    const clock = () => now;
    const [one, other] = [0, 1].map(() => new Revocations({ store, clock }));
    const token = {
      issuer: "https://as.example",
      subject: "alice",
      clientId: "app",
      tokenId: "token-1",
      issuedAt: now - 60,
      audience: [],
      scopes: [],
      claims: {},
    };
    const sent = { tokenHash: "hash", session: "session" };
    expect(await other!.isRevoked(token, sent)).toBe(false);
    await one!.revoke({ clientId: "app", until: now + 60 });
    now += 5;
    expect(await other!.isRevoked(token, sent)).toBe(true);
    expect(await other!.isRevoked({ ...token, clientId: "other" }, sent)).toBe(false);
  });

  requirement("outage", "that is gone makes every operation fail, in time", async () => {
    const short = await createRedisStore(cluster, { commandTimeoutMs: 200 });
    await server.kill();
    const operations = [
      () => short.get("n:a"),
      () => short.getMany(["n:a", "n:b"]),
      () => short.set("n:a", "1", 60),
      () => short.add("n:a", "1", 60),
      () => short.increment("n:a", 60),
      () => short.delete("n:a"),
    ];
    for (const operation of operations) await expect(operation()).rejects.toThrow();
  });
});
