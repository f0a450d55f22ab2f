import { describe, expect, it } from "@jest/globals";
import { RequestQuota, type RequestQuotaOptions } from "../../../src/limits/request-quota.js";
import type { Operation } from "../../../src/messages/operation.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import { fixedClock } from "../../../src/testing/fixed-clock.js";

const call = (name: string): Operation => ({
  kind: "request",
  id: 1,
  method: "tools/call",
  target: { type: "tool", name },
});
const PING: Operation = { kind: "request", id: 1, method: "ping" };
const many = (count: number, operation = PING): Operation[] =>
  Array<Operation>(count).fill(operation);

function quotaOf(options: Partial<RequestQuotaOptions> = {}) {
  const clock = fixedClock();
  const quota = new RequestQuota({
    perPrincipal: undefined,
    perTool: undefined,
    windowSeconds: 60,
    clock,
    hasTool: (name) => name === "export" || name === "search",
    ...options,
  });
  /** The reasons of requests, one after the other; `undefined` for one that passes. */
  const take = async (owner: string, ...requests: readonly Operation[][]) => {
    const reasons: (string | undefined)[] = [];
    for (const operations of requests) {
      reasons.push((await quota.take(owner, operations)).refusal?.reason);
    }
    return reasons;
  };
  return { clock, quota, take };
}

const TOO_MANY = "too_many_requests_of_principal";
const TOO_OFTEN = "too_many_calls_of_tool";

describe("a limit per principal", () => {
  it("refuses what exceeds it in one window, and says when to come back", async () => {
    const { clock, quota, take } = quotaOf({ perPrincipal: 3 });
    clock.advance(60 - (clock() % 60) + 20);
    expect(await take("alice", ...[[PING], [PING], [PING], [PING]])).toEqual([
      ...[undefined, undefined, undefined],
      TOO_MANY,
    ]);
    expect((await quota.take("alice", [PING])).refusal?.retryAfterSeconds).toBe(40);
    expect(await take("bob", [PING])).toEqual([undefined]);
    clock.advance(40);
    expect(await take("alice", [PING])).toEqual([undefined]);
  });

  it("counts every message of a batch, and a request without a body as one", async () => {
    const { take } = quotaOf({ perPrincipal: 5 });
    expect(await take("alice", many(4), [], [])).toEqual([undefined, undefined, TOO_MANY]);
  });

  it("refuses a batch that does not fit without counting it", async () => {
    const { quota, take } = quotaOf({ perPrincipal: 5 });
    expect(await take("alice", [PING], many(5), many(4))).toEqual([undefined, TOO_MANY, undefined]);
    const { headers } = await quota.take("alice", [PING]);
    expect(headers["RateLimit"]).toMatch(/^"principal";r=0;t=\d+$/);
  });

  it("remembers the busiest owners when there are more than fit", async () => {
    const { take } = quotaOf({ perPrincipal: 2, maxCounts: 3 });
    expect(await take("flood", [PING], [PING], [PING])).toEqual([undefined, undefined, TOO_MANY]);
    for (let n = 0; n < 50; n++) {
      await take(`user-${n}`, [PING]);
      expect(await take("flood", [PING])).toEqual([TOO_MANY]);
    }
  });
});

describe("a limit per tool", () => {
  it("counts the calls of each tool and owner apart", async () => {
    const { take } = quotaOf({ perTool: 1 });
    const requests = [[call("export")], [call("export")], [call("search")], [PING]];
    expect(await take("alice", ...requests)).toEqual([undefined, TOO_OFTEN, undefined, undefined]);
    expect(await take("bob", [call("export")])).toEqual([undefined]);
  });

  it("counts each call of a batch", async () => {
    const { take } = quotaOf({ perTool: 3 });
    const batch = [call("export"), PING, call("search"), call("export")];
    expect(await take("alice", batch, batch)).toEqual([undefined, TOO_OFTEN]);
    expect(await take("alice", [call("export")], [call("export")])).toEqual([undefined, TOO_OFTEN]);
  });

  it("names the tools with a limit of their own; others have none", async () => {
    const { take } = quotaOf({ perTool: { export: 1 } });
    expect(await take("alice", many(1, call("export")), many(9, call("search")))).toEqual([
      undefined,
      undefined,
    ]);
    expect(await take("alice", [call("export")])).toEqual([TOO_OFTEN]);
    expect(await take("alice", many(9, call("constructor")))).toEqual([undefined]);
  });

  it("keeps nothing for tools that no server has", async () => {
    const { quota, take } = quotaOf({ perTool: 1, maxCounts: 1 });
    await take("alice", [call("export")]);
    for (let n = 0; n < 50; n++) {
      expect((await quota.take("alice", [call(`invented-${n}`)])).headers).toEqual({});
    }
    expect(await take("alice", [call("export")])).toEqual([TOO_OFTEN]);
  });
});

describe("the headers", () => {
  it("are lists of structured fields: the policies, and what is left of each", async () => {
    const { clock, quota } = quotaOf({ perPrincipal: 10, perTool: { export: 2 } });
    clock.advance(60 - (clock() % 60) + 17);
    const { headers } = await quota.take("alice", [call("export"), PING]);
    const pk = `pk=:${Buffer.from("export").toString("base64")}:`;
    expect(headers).toEqual({
      "RateLimit-Policy": `"principal";q=10;w=60, "tool";q=2;w=60;${pk}`,
      RateLimit: `"principal";r=8;t=43, "tool";r=1;t=43;${pk}`,
    });
  });

  it("name the tool with the fewest calls left, and go with refusals as well", async () => {
    const { quota } = quotaOf({ perTool: { export: 1, search: 5 } });
    const batch = [call("search"), call("export")];
    const search = Buffer.from("search").toString("base64");
    const left = Buffer.from("export").toString("base64");
    expect((await quota.take("alice", batch)).headers["RateLimit"]).toContain(`r=0;t=`);
    expect((await quota.take("alice", batch)).headers["RateLimit"]).toContain(`pk=:${left}:`);
    expect((await quota.take("alice", [call("search")])).headers["RateLimit"]).toMatch(
      new RegExp(`^"tool";r=3;t=\\d+;pk=:${search}:$`),
    );
  });
});

describe("several processes with one store", () => {
  it("count together, also batches", async () => {
    const clock = fixedClock();
    const store = new MemoryStore({ clock });
    const [one, two] = [1, 2].map(() => quotaOf({ perPrincipal: 5, store, clock }));
    expect(await one!.take("alice", many(3))).toEqual([undefined]);
    expect(await two!.take("alice", [PING], [PING])).toEqual([undefined, undefined]);
    expect(await two!.take("alice", [PING])).toEqual([TOO_MANY]);
    expect(await one!.take("alice", [PING])).toEqual([TOO_MANY]);
    clock.advance(60);
    expect(await one!.take("alice", many(5))).toEqual([undefined]);
  });

  it("let exactly as many concurrent requests pass as the limit allows", async () => {
    const clock = fixedClock();
    const store = new MemoryStore({ clock });
    const [one, two] = [1, 2].map(() => quotaOf({ perPrincipal: 7, store, clock }));
    const taken = Array.from({ length: 20 }, async (_, n) =>
      (n % 2 === 0 ? one! : two!).quota.take("alice", [PING]),
    );
    const refusals = (await Promise.all(taken)).filter(({ refusal }) => refusal !== undefined);
    expect(refusals).toHaveLength(13);
  });

  it("do not use the store for an owner who is known to be over the limit", async () => {
    const clock = fixedClock();
    const store = new MemoryStore({ clock });
    let calls = 0;
    const counted = new Proxy(store, {
      get: (target, member) => {
        if (member === "increment") calls++;
        const value: unknown = Reflect.get(target, member);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const { take } = quotaOf({ perPrincipal: 2, store: counted, clock });
    await take("alice", ...Array.from({ length: 20 }, () => [PING]));
    expect(calls).toBe(2);
  });

  it("count for themselves while the store is away", async () => {
    const store = new MemoryStore();
    store.increment = () => Promise.reject(new Error("away"));
    const { take } = quotaOf({ perPrincipal: 2, store });
    expect(await take("alice", [PING], [PING], [PING])).toEqual([undefined, undefined, TOO_MANY]);
  });
});
