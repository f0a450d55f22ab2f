import { describe, expect, it } from "@jest/globals";
import { runInExchange, type Exchange } from "../../../../src/framework/exchange.js";
import type { TaskManagerInternals, TaskState } from "../../../../src/framework/internals.js";
import { settings } from "../../../support/settings.js";
import { isolateTasks } from "../../../../src/framework/isolation/task-isolation.js";

/** The framework's table of tasks, as far as it matters here. */
function makeManager(): TaskManagerInternals {
  const tasks = new Map<string, TaskState>();
  const manager = {
    tasks,
    maxTasks: 100,
    cleanup: () => undefined,
    createTask: () => {
      const task = { taskId: String(tasks.size), status: "working" };
      tasks.set(task.taskId, task);
      return task;
    },
    getTask: (id: string) => tasks.get(id),
    cancelTask: (id: string) => tasks.get(id),
    listTasks: () => ({ tasks: [...tasks.values()] }),
  } as unknown as TaskManagerInternals;
  isolateTasks(manager, settings().tasks);
  return manager;
}

function as<T>(principal: string | undefined, work: () => T): T {
  return runInExchange({ principal } as unknown as Exchange, work);
}

describe("a task", () => {
  it.each([
    ["of Alice", "alice", "bob"],
    ["of Alice, for an anonymous client", "alice", undefined],
    ["of an anonymous client", undefined, "bob"],
    ["of an anonymous client, for anonymous clients", undefined, undefined],
  ])("%s does not exist for others", (_, owner, other) => {
    const manager = makeManager();
    const { taskId } = as(owner, () => manager.createTask());
    as(other, () => {
      expect(manager.getTask(taskId)).toBeUndefined();
      expect(() => manager.cancelTask(taskId)).toThrow(`Task not found: ${taskId}`);
      expect(manager.listTasks().tasks).toEqual([]);
    });
  });

  it("of the server's own code does not exist for any caller", () => {
    const manager = makeManager();
    const { taskId } = manager.createTask();
    for (const principal of ["alice", undefined]) {
      expect(as(principal, () => manager.getTask(taskId))).toBeUndefined();
    }
    expect(manager.getTask(taskId)).toMatchObject({ taskId });
  });

  it("is its owner's to read, cancel and list, page by page", () => {
    const manager = makeManager();
    const mine = as("alice", () => {
      const first = manager.createTask();
      as("bob", () => manager.createTask());
      return [first, manager.createTask()];
    });
    as("alice", () => {
      expect(manager.getTask(mine[0]!.taskId)).toBe(mine[0]);
      expect(() => manager.cancelTask(mine[1]!.taskId)).not.toThrow();
      expect(manager.listTasks(undefined, 1)).toEqual({ tasks: [mine[0]], nextCursor: "1" });
      expect(manager.listTasks("1", 1)).toEqual({ tasks: [mine[1]] });
      for (const cursor of ["-1", "1.5", "x", "1e300"]) {
        expect(manager.listTasks(cursor).tasks).toEqual([]);
      }
    });
  });
});
