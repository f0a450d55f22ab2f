import { afterEach, describe, expect, it } from "@jest/globals";
import { requirement } from "../support/requirement.js";
import { fakeProvider } from "../support/fake-protection.js";
import { freePort } from "../support/free-port.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { WhoAmI } from "../support/tools.js";
import { bearer, post } from "../support/mcp-request.js";

/** A tool that may run as a task. */
class SlowWho extends WhoAmI {
  override name = "slow";
  override execution = { taskSupport: "optional" as const };
}

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function rpc(
  token: string,
  session: string | undefined,
  method: string,
  params: object = {},
  url = running!.url,
): Promise<{ session: string | undefined; answer: any }> {
  const response = await post(
    url,
    { jsonrpc: "2.0", id: 1, method, params },
    { ...bearer(token), ...(session !== undefined && { "Mcp-Session-Id": session }) },
  );
  return {
    session: response.headers.get("mcp-session-id") ?? session,
    answer: await response.json(),
  };
}

const INITIALIZE = {
  protocolVersion: "2025-11-25",
  capabilities: {},
  clientInfo: { name: "t", version: "1" },
};

async function open(token: string): Promise<string> {
  const { session } = await rpc(token, undefined, "initialize", INITIALIZE);
  return session!;
}

describe("a task", () => {
  it("exists only for the principal that started it", async () => {
    const { provider } = fakeProvider({ alice: {}, bob: {} });
    running = await startServer({
      transport: "http-stream batch",
      provider,
      tools: [SlowWho],
      server: { tasks: { enabled: true } },
    });
    const [alice, bob] = await Promise.all([open("alice"), open("bob")]);
    const started = await rpc("alice", alice, "tools/call", {
      name: "slow",
      arguments: {},
      task: { ttl: 60_000 },
    });
    const taskId: string = started.answer.result.task.taskId;

    for (const method of ["tasks/get", "tasks/result", "tasks/cancel"]) {
      const foreign = await rpc("bob", bob, method, { taskId });
      const unknown = await rpc("bob", bob, method, { taskId: "00000000" });
      expect([method, foreign.answer.result]).toEqual([method, undefined]);
      expect(foreign.answer.error.message.replace(taskId, "X")).toBe(
        unknown.answer.error.message.replace("00000000", "X"),
      );
    }
    expect((await rpc("bob", bob, "tasks/list")).answer.result.tasks).toEqual([]);

    const listed = await rpc("alice", alice, "tasks/list");
    expect(listed.answer.result.tasks.map((task: any) => task.taskId)).toEqual([taskId]);
    const got = await rpc("alice", alice, "tasks/get", { taskId });
    expect(got.answer.result.taskId).toBe(taskId);
    const result = await rpc("alice", alice, "tasks/result", { taskId });
    expect(JSON.stringify(result.answer.result)).toContain("alice");
  });
});

describe("a list of tasks", () => {
  it("is paged over the client's own tasks only", async () => {
    const { provider } = fakeProvider({ alice: {}, bob: {} }, {}, { tasks: { maxPerUser: 60 } });
    running = await startServer({
      transport: "http-stream batch",
      provider,
      tools: [SlowWho],
      server: { tasks: { enabled: true } },
    });
    const [alice, bob] = await Promise.all([open("alice"), open("bob")]);
    const start = async (token: string, session: string): Promise<string> => {
      const task = { name: "slow", arguments: {}, task: { ttl: 60_000 } };
      return (await rpc(token, session, "tools/call", task)).answer.result.task.taskId;
    };
    const hers: string[] = [];
    for (let i = 0; i < 60; i++) {
      hers.push(await start("alice", alice));
      if (i % 2 === 0) await start("bob", bob);
    }
    const page = async (cursor?: string) => {
      const params = cursor === undefined ? {} : { cursor };
      const { tasks, nextCursor } = (await rpc("alice", alice, "tasks/list", params)).answer.result;
      return { ids: tasks.map((task: { taskId: string }) => task.taskId), nextCursor };
    };
    const first = await page();
    const second = await page(first.nextCursor);
    expect([first.ids.length, second.nextCursor]).toEqual([50, undefined]);
    expect([...first.ids, ...second.ids]).toEqual(hers);
    for (const cursor of ["-1", "x", "1.5", "99999"]) {
      expect([cursor, await page(cursor)]).toEqual([cursor, { ids: [], nextCursor: undefined }]);
    }
  });
});

describe("tasks of one user", () => {
  const TASK = { name: "slow", arguments: {}, task: { ttl: 1e15 } };

  requirement("avail-fair", "do not lock other users out, even with a long ttl", async () => {
    const { provider } = fakeProvider({ alice: {}, bob: {} });
    running = await startServer({
      transport: "http-stream batch",
      provider,
      tools: [SlowWho],
      server: { tasks: { enabled: true, maxTasks: 25 } },
    });
    const [alice, bob] = await Promise.all([open("alice"), open("bob")]);
    const first = (await rpc("bob", bob, "tools/call", TASK)).answer.result.task;
    expect(first.ttl).toBe(3_600_000);
    for (let count = 0; count < 30; count++) {
      expect((await rpc("alice", alice, "tools/call", TASK)).answer.error).toBeUndefined();
    }
    expect((await rpc("alice", alice, "tasks/list")).answer.result.tasks).toHaveLength(20);
    for (let count = 0; count < 8; count++) {
      expect((await rpc("bob", bob, "tools/call", TASK)).answer.error).toBeUndefined();
    }
    // The largest holder made room.
    const hers = (await rpc("alice", alice, "tasks/list")).answer.result.tasks;
    const his = (await rpc("bob", bob, "tasks/list")).answer.result.tasks;
    expect([hers.length, his.length, his[0].taskId]).toEqual([16, 9, first.taskId]);
  });
});

describe("a task on a server with an unguarded transport", () => {
  it("exists on one side only", async () => {
    const port = await freePort();
    const { provider } = fakeProvider(
      { alice: {} },
      { anonymous: { methods: ["tools/call"], tools: ["slow"] } },
    );
    running = await startServer({
      transport: "http-stream batch",
      provider,
      tools: [SlowWho],
      server: { tasks: { enabled: true } },
      beside: [
        { type: "http-stream", options: { port, host: "127.0.0.1", responseMode: "batch" } },
      ],
    });
    const unguarded = `http://127.0.0.1:${port}/mcp`;
    const start = { name: "slow", arguments: {}, task: { ttl: 60_000 } };
    const alice = await open("alice");
    const { session: stranger } = await rpc("-", undefined, "initialize", INITIALIZE, unguarded);
    const hers: string = (await rpc("alice", alice, "tools/call", start)).answer.result.task.taskId;
    const theirs: string = (await rpc("-", stranger, "tools/call", start, unguarded)).answer.result
      .task.taskId;

    const listed = async (token: string, session: string | undefined, url?: string) =>
      (await rpc(token, session, "tasks/list", {}, url)).answer.result.tasks.map(
        (task: { taskId: string }) => task.taskId,
      );
    expect(await listed("alice", alice)).toEqual([hers]);
    expect(await listed("-", stranger, unguarded)).toEqual([theirs]);
    for (const method of ["tasks/get", "tasks/result", "tasks/cancel"]) {
      const out = await rpc("-", stranger, method, { taskId: hers }, unguarded);
      const into = await rpc("alice", alice, method, { taskId: theirs });
      expect([method, out.answer.result, into.answer.result]).toEqual([
        method,
        undefined,
        undefined,
      ]);
    }
    const own = await rpc("-", stranger, "tasks/get", { taskId: theirs }, unguarded);
    expect(own.answer.result.taskId).toBe(theirs);
  });
});
