import { currentExchange } from "../exchange.js";
import type { TaskManagerInternals, TaskState } from "../internals.js";

const EVERY_TASK = Number.MAX_SAFE_INTEGER;
const PAGE = 50;
const isolated = new WeakSet<TaskManagerInternals>();

/**
 * Makes a task exist only for the principal that started it (MCP 2026-07-28,
 * server-side handles). mcp-framework keeps all tasks in one table, so that
 * anybody could read, cancel and list everybody's.
 *
 * What was started outside a guarded request (stdio, a transport that is not
 * guarded) exists outside and nowhere else. A stranger at a public part of the
 * server owns none, not even its own.
 */
export function isolateTasks(manager: TaskManagerInternals): void {
  if (isolated.has(manager)) return;
  isolated.add(manager);
  /** `undefined` for a stranger's; none for what was started outside. */
  const owners = new WeakMap<TaskState, string | undefined>();
  const createTask = manager.createTask.bind(manager);
  const getTask = manager.getTask.bind(manager);
  const cancelTask = manager.cancelTask.bind(manager);
  const listTasks = manager.listTasks.bind(manager);

  const isMine = (task: TaskState): boolean => {
    const exchange = currentExchange();
    if (exchange === undefined) return !owners.has(task);
    const owner = owners.get(task);
    return owner !== undefined && owner === exchange.principal;
  };

  manager.createTask = (ttl) => {
    const task = createTask(ttl);
    const exchange = currentExchange();
    if (exchange !== undefined) owners.set(task, exchange.principal);
    return task;
  };

  manager.getTask = (taskId) => {
    const task = getTask(taskId);
    return task !== undefined && isMine(task) ? task : undefined;
  };

  manager.cancelTask = (taskId) => {
    const task = getTask(taskId);
    // The framework's own words for an id that never was.
    if (task === undefined || !isMine(task)) throw new Error(`Task not found: ${taskId}`);
    return cancelTask(taskId);
  };

  manager.listTasks = (cursor, limit = PAGE) => {
    const mine = listTasks(undefined, EVERY_TASK).tasks.filter(isMine);
    const start = Number(cursor ?? 0);
    const first = Number.isSafeInteger(start) && start >= 0 ? start : mine.length;
    const end = first + limit;
    return {
      tasks: mine.slice(first, end),
      ...(end < mine.length && { nextCursor: String(end) }),
    };
  };
}
