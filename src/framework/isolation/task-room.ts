import type { TaskManagerInternals, TaskState } from "../internals.js";

const FINISHED: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

/**
 * Makes room for one more task of `owner`. Finished tasks go first: the owner's
 * own oldest one when the owner has too many, else the oldest one of the user
 * who has the most tasks.
 *
 * @param ownerOf who counts for a task; `undefined` for a task of the server's own
 * @throws Error when the owner's tasks are all unfinished
 */
export function makeRoom(
  manager: TaskManagerInternals,
  owner: string | undefined,
  ownerOf: (task: TaskState) => string | undefined,
  maxPerUser: number,
): void {
  manager.cleanup();
  const byOwner = new Map<string | undefined, TaskState[]>();
  for (const task of manager.tasks.values()) {
    const own = byOwner.get(ownerOf(task));
    if (own === undefined) byOwner.set(ownerOf(task), [task]);
    else own.push(task);
  }
  const own = byOwner.get(owner) ?? [];
  if (owner !== undefined && own.length >= maxPerUser) {
    if (!endFinished(manager, own)) throw new Error("Too many tasks: wait until one has finished.");
  } else if (manager.tasks.size >= manager.maxTasks) {
    [...byOwner.values()]
      .sort((a, b) => b.length - a.length)
      .some((tasks) => endFinished(manager, tasks));
  }
}

/** Forgets the oldest finished task. */
function endFinished(manager: TaskManagerInternals, tasks: readonly TaskState[]): boolean {
  const oldest = tasks.find(({ status }) => FINISHED.has(status));
  return oldest !== undefined && manager.tasks.delete(oldest.taskId);
}
