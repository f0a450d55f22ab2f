import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { validateDPoPProof } from "../../src/binding/dpop.js";
import { InvalidDPoPProofError, UnavailableError } from "../../src/core/errors.js";
import { createRedisStore, type RedisStore } from "../../src/redis.js";
import { contextOf, makeProof, NOW } from "../support/dpop.js";
import { describeWithRedis, startRedisServer, type RedisServer } from "../support/redis-server.js";
import { requirement } from "../support/requirement.js";
import { ReplayMemory, Revocations } from "../support/resolved.js";
import { eventually } from "../support/eventually.js";

describeWithRedis("two processes with one Redis", () => {
  let server: RedisServer;
  let stores: RedisStore[];

  beforeEach(async () => {
    server = await startRedisServer();
    const connect = () => createRedisStore(server.url, { commandTimeoutMs: 10_000 });
    stores = await Promise.all([connect(), connect()]);
  });
  afterEach(async () => {
    await Promise.all((stores ?? []).map((store) => store.close()));
    await server?.stop();
  });

  /** Uses `proof` at one of the processes. */
  function use(proof: string, process: number) {
    const replay = new ReplayMemory(stores[process % 2]!);
    return validateDPoPProof([proof], contextOf({ options: { replay } }));
  }

  async function untilReconnected(): Promise<void> {
    for (const [index] of stores.entries()) {
      await eventually(
        () => use(makeProof(), index),
        (error) => error instanceof UnavailableError,
      );
    }
  }

  requirement("dpop-jti", "refuse a proof that the other one accepted", async () => {
    const proof = makeProof();
    await expect(use(proof, 0)).resolves.toBeDefined();
    await expect(use(proof, 1)).rejects.toThrow(InvalidDPoPProofError);
    await expect(use(makeProof(), 1)).resolves.toBeDefined();
  });

  requirement("dpop-jti", "accept exactly one of 200 concurrent uses of a proof", async () => {
    const proof = makeProof();
    const uses = Array.from({ length: 200 }, (_, i) => use(proof, i));
    const answers = await Promise.allSettled(uses);
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === "rejected") expect(answer.reason).toBeInstanceOf(InvalidDPoPProofError);
    }
  });

  requirement(["dpop-jti", "outage"], "never accept twice while Redis is killed", async () => {
    const proof = makeProof();
    const uses = (count: number) => Array.from({ length: count }, (_, i) => use(proof, i));
    const [answers] = await Promise.all([
      Promise.allSettled([...uses(50), use(makeProof(), 0)]),
      server.kill(),
    ]);
    const after = await Promise.allSettled(uses(50));
    const all = [...answers.slice(0, 50), ...after];
    expect(all.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(1);
    for (const answer of after) {
      expect(answer).toMatchObject({ status: "rejected" });
      expect((answer as PromiseRejectedResult).reason).toBeInstanceOf(UnavailableError);
    }

    await server.restart();
    await untilReconnected();
    const fresh = makeProof();
    const again = await Promise.allSettled(Array.from({ length: 100 }, (_, i) => use(fresh, i)));
    expect(again.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("both refuse what one of them revoked", async () => {
    let now = Date.now() / 1000;
    const [one, other] = stores.map((store) => new Revocations({ store, clock: () => now }));
    const token = { subject: "alice", issuedAt: NOW, audience: [], scopes: [], claims: {} };
    expect(await other!.isRevoked(token)).toBe(false);
    await one!.revoke({ subject: "alice", until: now + 60 });
    expect(await one!.isRevoked(token)).toBe(true);
    now += 5;
    expect(await other!.isRevoked(token)).toBe(true);
  });
});
