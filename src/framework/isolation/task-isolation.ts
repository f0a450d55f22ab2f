import { currentExchange } from "../exchange.js";
import { userOf } from "../../sessions/holders.js";
import { clampTtl, type TaskLimits } from "../../sessions/task-limits.js";
import {
  requireMembers,
  TASK_MANAGER_MEMBERS,
  type TaskManagerInternals,
  type TaskState,
} from "../internals.js";
import { makeRoom } from "./task-room.js";

const EVERY_TASK = Number.MAX_SAFE_INTEGER;
const PAGE = 50;
const isolated = new WeakSet<TaskManagerInternals>();

/**
 * Makes a task exist only for the principal that started it (MCP 2026-07-28,
 * server-side handles). mcp-framework keeps all tasks in one table, so that
 * any client could read, cancel and list all tasks.
 *
 * What was started outside a guarded request (stdio, a transport that is not
 * guarded) exists outside and nowhere else. An anonymous client owns none, not
 * even its own.
 *
 * @param limits for tasks of guarded requests
 */
export function isolateTasks(manager: TaskManagerInternals, limits: TaskLimits): void {
  if (isolated.has(manager)) return;
  requireMembers(manager, TASK_MANAGER_MEMBERS, "TaskManager");
  isolated.add(manager);
  /** `undefined` for an anonymous client's; no entry for tasks started outside a request. */
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

  const userOfTask = (task: TaskState): string | undefined =>
    owners.has(task) ? keyOf(owners.get(task)) : undefined;

  manager.createTask = (ttl) => {
    const exchange = currentExchange();
    const user = exchange && keyOf(exchange.principal);
    makeRoom(manager, user, userOfTask, limits.maxPerUser);
    const task = createTask(exchange === undefined ? ttl : clampTtl(ttl, limits));
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

/** Who a task counts for; anonymous clients count as one. */
function keyOf(principal: string | undefined): string {
  return principal === undefined ? "anonymous" : userOf(principal);
}
