import { describe, expect, it } from "@jest/globals";
import { runInExchange, type Exchange } from "../../../../src/framework/exchange.js";
import type { TaskManagerInternals, TaskState } from "../../../../src/framework/internals.js";
import { isolateTasks } from "../../../../src/framework/isolation/task-isolation.js";
import { requirement } from "../../../support/requirement.js";

type Task = TaskState & { status: string; ttl?: number | undefined };

function makeManager(maxTasks = 100, maxPerUser = 2) {
  const tasks = new Map<string, Task>();
  let next = 0;
  const manager = {
    tasks,
    maxTasks,
    cleanup: () => undefined,
    createTask: (ttl?: number) => {
      if (tasks.size >= maxTasks) throw new Error("Maximum concurrent tasks exceeded");
      const task: Task = { taskId: String(next++), status: "working", ttl };
      tasks.set(task.taskId, task);
      return task;
    },
    getTask: (id: string) => tasks.get(id),
    cancelTask: (id: string) => tasks.get(id),
    listTasks: () => ({ tasks: [...tasks.values()] }),
  };
  isolateTasks(manager as unknown as TaskManagerInternals, { maxPerUser, maxTtlSeconds: 60 });
  const start = (principal: string | undefined, ttl?: number, status = "working"): Task => {
    const exchange = { principal } as unknown as Exchange;
    const task = runInExchange(exchange, () => manager.createTask(ttl));
    task.status = status;
    return task;
  };
  return { manager, start, ids: () => [...tasks.keys()] };
}

const principal = (subject: string, client: string) =>
  JSON.stringify(["https://as.example.com", subject, client]);

describe("a task's time to live", () => {
  it.each([
    [1e15, 60_000],
    [60_001, 60_000],
    [60_000, 60_000],
    [5, 5],
    [-1, -1],
    [NaN, 60_000],
    [undefined, undefined],
    [null as unknown as number, undefined],
  ])("%p becomes %p", (asked, given) => {
    expect(makeManager().start("alice", asked).ttl).toBe(given);
  });

  it("is the server's own to choose outside requests", () => {
    expect(makeManager().manager.createTask(1e15).ttl).toBe(1e15);
  });
});

describe("one more task", () => {
  requirement("avail-fair", "of a user with too many ends the user's oldest finished one", () => {
    const { start, ids } = makeManager();
    start("bob", 1, "completed");
    start(principal("alice", "a"), 1);
    start(principal("alice", "b"), 1, "failed");
    start(principal("alice", "c"), 1);
    expect(ids()).toEqual(["0", "1", "3"]);
  });

  it("of a user whose tasks all run is refused, and only that user's", () => {
    const { start } = makeManager();
    start("alice");
    start("alice");
    expect(() => start("alice")).toThrow("Too many tasks");
    expect(() => start("bob")).not.toThrow();
  });

  it("of anonymous clients counts for all of them", () => {
    const { start } = makeManager();
    start(undefined);
    start(undefined);
    expect(() => start(undefined)).toThrow("Too many tasks");
  });

  requirement("avail-fair", "in a full table ends a finished one of the largest holder", () => {
    const { start, ids } = makeManager(4, 10);
    start("bob", 1, "completed");
    for (let count = 0; count < 3; count++) start("alice", 1, "completed");
    start("carol");
    expect(ids()).toEqual(["0", "2", "3", "4"]);
  });

  it("in a table full of running ones fails as in mcp-framework", () => {
    const { start, manager } = makeManager(2, 10);
    start("alice");
    manager.createTask();
    expect(() => start("bob")).toThrow("Maximum concurrent tasks exceeded");
  });
});
