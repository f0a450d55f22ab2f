import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { OAuthAuthProvider } from "../../src/index.js";
import { createTestIssuer } from "../../src/testing/index.js";
import { createRedisStore, type RedisStore } from "../../src/redis.js";
import { RedisOnUse } from "../../src/stores/redis-on-use.js";
import { requestWith } from "../support/bare-request.js";
import { describeWithRedis, startRedisServer, type RedisServer } from "../support/redis-server.js";

const RESOURCE = "https://mcp.example.com/mcp";

describeWithRedis("OAUTH_REDIS_URL", () => {
  let redis: RedisServer;
  let observer: RedisStore;
  beforeEach(async () => {
    redis = await startRedisServer();
    observer = await createRedisStore(redis.url);
  });
  afterEach(async () => {
    await observer?.close();
    await redis?.stop();
  });

  it("lets one process hear at once of what another one revoked", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE });
    const authority = await issuer.listen();
    const start = () =>
      OAuthAuthProvider.fromEnv(
        {
          ...{ OAUTH_RESOURCE: RESOURCE, OAUTH_AUTHORIZATION_SERVER: issuer.issuer },
          ...{ OAUTH_REDIS_URL: redis.url, OAUTH_VERIFY_AT_START: "off" },
        },
        { audit: () => undefined, revocation: { cacheSeconds: 0 } },
      );
    const [one, other] = [start(), start()];
    try {
      const token = await issuer.sign({ sub: "ada" });
      expect(await other.authenticate(requestWith(token))).not.toBe(false);
      await one.revoke({ subject: "ada", issuer: issuer.issuer, until: Date.now() / 1000 + 60 });
      expect(await other.authenticate(requestWith(token))).toBe(false);
      expect(await other.authenticate(requestWith(await issuer.sign({ sub: "bob" })))).not.toBe(
        false,
      );
    } finally {
      await Promise.all([one.close(), other.close(), authority.close()]);
    }
  });

  it("connects when it is first used, and ends with the provider that it was made for", async () => {
    const store = new RedisOnUse(redis.url);
    await store.close();
    expect(await store.add("t:a", "1", 60)).toBe(true);
    expect(await observer.getMany(["t:a", "t:b"])).toEqual(["1", undefined]);
    await store.set("t:b", "2", 60);
    expect(await store.getMany(["t:a", "t:b"])).toEqual(["1", "2"]);
    expect(await store.increment("t:n", 60)).toBe(1);
    await store.delete("t:b");
    expect(await store.get("t:b")).toBeUndefined();
    const provider = new OAuthAuthProvider({
      ...{ resource: RESOURCE, authorizationServers: ["https://auth.example.com"] },
      ...{ store, verifyAtStart: "off" },
    });
    await provider.close();
    await expect(store.get("t:a")).rejects.toThrow(/Redis GET failed/);
  });

  it("does not keep a process running that was asked to end", async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const before = sockets();
    const store = new RedisOnUse(redis.url);
    await store.set("t:a", "1", 60);
    expect(sockets()).toBe(before);
    const another = await createRedisStore(redis.url);
    expect(sockets()).toBe(before + 1);
    await Promise.all([store.close(), another.close()]);
  });

  it("needs ioredis, and shows its password nowhere", () => {
    const absent = () => {
      throw new Error("not found");
    };
    expect(() => new RedisOnUse(redis.url, absent)).toThrow(/npm install ioredis/);
    expect(JSON.stringify(new RedisOnUse("redis://:hunter2@localhost"))).not.toContain("hunter2");
  });
});
