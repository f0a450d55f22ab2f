import { afterAll, beforeAll, expect, it } from "@jest/globals";
import {
  createDPoPClient,
  createTestIssuer,
  type DPoPProofOptions,
  type TestIssuerServer,
} from "../../src/testing/index.js";
import { describeWithRedis, startRedisServer, type RedisServer } from "../support/redis-server.js";
import { requirement } from "../support/requirement.js";
import {
  startRoundRobin,
  startServerProcess,
  type ServerProcess,
} from "../support/server-processes.js";
import { INITIALIZE } from "../support/initialize.js";
import { bearer, post as send } from "../support/mcp-request.js";
import { eventually } from "../support/eventually.js";

/*
 * Two server processes, one Redis, a proxy that hands requests to them in turn.
 * Everything is real: processes, sockets, Redis and time.
 */

const RESOURCE = "https://mcp.example.com/mcp";
const SECRET = Buffer.alloc(32, 7).toString("base64url");
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

/** A request to one of the processes, or to the proxy in front of them. */
function post(
  { url }: { readonly url: string },
  headers: Record<string, string>,
  body: object = INITIALIZE,
): Promise<Response> {
  return send(url, body, headers);
}

describeWithRedis("two server processes with one Redis", () => {
  const issuer = createTestIssuer({ resource: RESOURCE });
  const client = createDPoPClient();
  let authority: TestIssuerServer;
  let redis: RedisServer;
  let one: ServerProcess;
  let two: ServerProcess;
  let proxy: Awaited<ReturnType<typeof startRoundRobin>>;

  beforeAll(async () => {
    authority = await issuer.listen();
    redis = await startRedisServer();
    const start = () =>
      startServerProcess({
        redisUrl: redis.url,
        provider: {
          resource: RESOURCE,
          authorizationServers: [issuer.issuer],
          verifyAtStart: "off",
          rateLimit: false,
          revocation: { cacheSeconds: 1 },
        },
      });
    [one, two] = await Promise.all([start(), start()]);
    proxy = await startRoundRobin([one, two]);
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop(), proxy?.close()]);
    await redis?.stop();
    await authority?.close();
  });

  const boundToken = () => issuer.sign({ cnf: { jkt: client.jkt } });

  async function proven(token: string, proof: Partial<DPoPProofOptions> = {}) {
    const options = { method: "POST", url: RESOURCE, accessToken: token, ...proof };
    return { Authorization: `DPoP ${token}`, DPoP: await client.proof(options) };
  }

  async function statuses(answers: readonly Promise<Response>[]): Promise<Record<number, number>> {
    const counts: Record<number, number> = {};
    for (const answer of await Promise.all(answers)) {
      await answer.body?.cancel();
      counts[answer.status] = (counts[answer.status] ?? 0) + 1;
    }
    return counts;
  }

  /** Asks until the answer is the one that must come. The test's own time limit ends a vain wait. */
  function until(ask: () => Promise<Response>, status: number): Promise<Response> {
    return eventually(async () => {
      const response = await ask();
      if (response.status === status) return response;
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    });
  }

  requirement("dpop-jti", "a proof that one accepted is refused by the other", async () => {
    const token = await boundToken();
    const headers = await proven(token);
    expect((await post(one, headers)).status).toBe(200);
    expect((await post(two, headers)).status).toBe(401);
    expect((await post(two, await proven(token))).status).toBe(200);
  });

  requirement(
    "dpop-jti",
    "of two hundred uses of one proof at once, one gets through",
    async () => {
      const headers = await proven(await boundToken());
      const uses = Array.from({ length: 200 }, () => post(proxy, headers));
      expect(await statuses(uses)).toEqual({ 200: 1, 401: 199 });
    },
  );

  it("a token revoked in one is refused by both, and its streams end in both", async () => {
    const token = await issuer.sign({ sub: "alice" });
    const other = await issuer.sign({ sub: "bob" });
    const opened = await post(two, bearer(token));
    const session = opened.headers.get("mcp-session-id")!;
    const stream = await fetch(two.url, {
      headers: { ...bearer(token), Accept: "text/event-stream", "Mcp-Session-Id": session },
    });
    expect([opened.status, stream.status]).toEqual([200, 200]);

    await one.revoke({ subject: "alice", until: Date.now() / 1000 + 600 });
    expect((await post(one, bearer(token))).status).toBe(401);
    await until(() => post(two, bearer(token)), 401);
    // Ends without a word from the client: nothing is sent on it.
    await stream.text();
    expect(await statuses([post(one, bearer(other)), post(two, bearer(other))])).toEqual({
      200: 2,
    });
  });

  requirement(
    "mcp-session-bind",
    "a session is unknown to the other; the client starts again",
    async () => {
      const token = await issuer.sign();
      const opened = await post(one, bearer(token));
      const session = { "Mcp-Session-Id": opened.headers.get("mcp-session-id")! };
      expect((await post(one, { ...bearer(token), ...session }, PING)).status).toBe(200);
      expect((await post(two, { ...bearer(token), ...session }, PING)).status).toBe(404);
      // What a client does then: initialize, without the session it had.
      expect((await post(two, bearer(token))).status).toBe(200);

      // Neither process gives it to another principal.
      const mallory = await issuer.sign({ sub: "mallory" });
      for (const process of [one, two]) {
        expect((await post(process, { ...bearer(mallory), ...session }, PING)).status).toBe(404);
      }
    },
  );

  requirement(["outage", "dpop-jti"], "Redis is killed and comes back in the middle", async () => {
    const token = await boundToken();
    const used = await proven(token);
    expect((await post(proxy, used)).status).toBe(200);

    const during = Array.from({ length: 60 }, () => post(proxy, used));
    await redis.kill();
    const counts = await statuses(during);
    expect(counts[200]).toBeUndefined();
    expect((counts[401] ?? 0) + (counts[503] ?? 0)).toBe(60);

    for (const process of [one, two]) {
      const refused = await until(async () => post(process, await proven(token)), 503);
      expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
      // An outage is not the client's fault: no challenge, so that no client discards its token.
      expect(refused.headers.get("www-authenticate")).toBeNull();
    }

    await redis.restart();
    for (const process of [one, two]) {
      await until(async () => post(process, await proven(token)), 200);
    }
    const fresh = await proven(token);
    const uses = Array.from({ length: 200 }, () => post(proxy, fresh));
    expect(await statuses(uses)).toEqual({ 200: 1, 401: 199 });
  });

  requirement(
    "dpop-12",
    "forged Host and forwarded headers change nothing behind the proxy",
    async () => {
      const token = await boundToken();
      const forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        Forwarded: "host=evil.example;proto=https",
      };
      const wrong = await proven(token, { url: "https://evil.example/mcp" });
      expect((await post(proxy, { ...wrong, ...forged })).status).toBe(401);
      expect((await post(proxy, { ...(await proven(token)), ...forged })).status).toBe(200);
    },
  );
});

describeWithRedis("two server processes that share what they know", () => {
  const issuer = createTestIssuer({ resource: RESOURCE });
  const client = createDPoPClient();
  let authority: TestIssuerServer;
  let redis: RedisServer;
  let one: ServerProcess;
  let two: ServerProcess;

  beforeAll(async () => {
    authority = await issuer.listen();
    redis = await startRedisServer();
    const start = () =>
      startServerProcess({
        redisUrl: redis.url,
        provider: {
          resource: RESOURCE,
          authorizationServers: [issuer.issuer],
          verifyAtStart: "off",
          introspection: { clientId: "mcp", clientSecret: "secret" },
          storeEncryptionKeys: [{ id: "1", secret: SECRET }],
          dpop: { nonce: { secret: SECRET } },
          rateLimit: { failures: 10, perPrincipal: 25, windowSeconds: 86_400 },
        },
      });
    [one, two] = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    await redis?.stop();
    await authority?.close();
  });

  requirement("dpop-nonce", "one takes the nonce that the other gave", async () => {
    const token = await issuer.sign({ cnf: { jkt: client.jkt } });
    const withNonce = async (nonce?: string) => ({
      Authorization: `DPoP ${token}`,
      DPoP: await client.proof({
        method: "POST",
        url: RESOURCE,
        accessToken: token,
        ...(nonce !== undefined && { nonce }),
      }),
    });
    const challenge = await post(one, await withNonce());
    expect(challenge.status).toBe(401);
    const nonce = challenge.headers.get("dpop-nonce")!;
    expect((await post(two, await withNonce(nonce))).status).toBe(200);
    expect((await post(two, await withNonce("made-up"))).status).toBe(401);
  });

  requirement("intro-cache", "an introspection result is fetched once, and sealed", async () => {
    const headers = { Authorization: `Bearer ${issuer.opaque({ sub: "alice@example.com" })}` };
    expect((await post(one, headers)).status).toBe(200);

    const { Redis } = await import("ioredis");
    const connection = new Redis(redis.url);
    let keys: string[] = [];
    while (keys.length === 0) keys = await connection.keys("*introspection*");
    const values = await connection.mget(keys);
    connection.disconnect();
    expect(keys).toHaveLength(1);
    expect(values[0]).toMatch(/^1\.1\./);
    expect(values[0]).not.toContain("alice");

    expect((await post(two, headers)).status).toBe(200);
    expect(authority.requests.introspection).toBe(1);
  });

  requirement("ratelimit", "failures count once, wherever they happen", async () => {
    const seen: number[] = [];
    for (let index = 0; index < 10; index++) {
      const bad = { Authorization: `Bearer unissued-${index}` };
      seen.push((await post(index % 2 === 0 ? one : two, bad)).status);
    }
    expect(seen).toEqual(Array.from({ length: 10 }, () => 401));
    const { Redis } = await import("ioredis");
    const connection = new Redis(redis.url);
    let counts: (string | null)[] = [];
    // Counted behind the answer.
    while (counts[0] !== "10") {
      const keys = await connection.keys("*ratelimit:*");
      counts = keys.length === 0 ? [] : await connection.mget(keys);
    }
    connection.disconnect();
    expect(counts).toHaveLength(1);
    // Five of these were its own; the budget is used up all the same.
    const burst = Array.from({ length: 40 }, (_, index) =>
      post(two, { Authorization: `Bearer unissued-too-${index}` }),
    );
    const statuses = (await Promise.all(burst)).map(({ status }) => status);
    expect(statuses).toContain(429);
    expect((await post(one, { Authorization: `Bearer ${await issuer.sign()}` })).status).toBe(200);
  });

  requirement("ratelimit", "good requests count once, wherever they arrive", async () => {
    const headers = bearer(await issuer.sign({ sub: "busy" }));
    const other = bearer(await issuer.sign({ sub: "quiet" }));
    const burst = Array.from({ length: 60 }, (_, index) => post(index % 2 ? one : two, headers));
    const answers = await Promise.all(burst);
    for (const answer of answers) await answer.body?.cancel();
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(25);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get("ratelimit")).toMatch(/^"principal";r=0;t=\d+$/);
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    const spread = [post(one, other), post(two, other)];
    const left = (await Promise.all(spread)).map(({ headers: sent }) => sent.get("ratelimit"));
    expect(left.map((text) => /r=(\d+)/.exec(text ?? "")?.[1]).sort()).toEqual(["23", "24"]);
  });
});
