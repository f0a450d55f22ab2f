import { AsyncLocalStorage } from "node:async_hooks";
import type { UnitOfWork } from "./unit-of-work.js";

/** What belongs to one request while oidc-provider works on it. */
export interface RequestScope {
  /** Collects what the grant handler writes; absent outside a grant handler. */
  unit?: UnitOfWork | undefined;
  /**
   * Something this server depends on failed. The answer is then 503, whatever
   * oidc-provider made of the failure on its way out.
   */
  outage?: Error | undefined;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** Runs the work of one request. */
export function inRequestScope<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** The unit of work that collects what is written now, if any. */
export function currentUnit(): UnitOfWork | undefined {
  return scopes.getStore()?.unit;
}

/** Runs `work` with what it writes collected in `unit`. */
export async function inUnit(unit: UnitOfWork, work: () => unknown): Promise<void> {
  const scope = scopes.getStore();
  if (scope === undefined) return scopes.run({ unit }, async () => void (await work()));
  scope.unit = unit;
  try {
    await work();
  } finally {
    scope.unit = undefined;
  }
}

/** Remembers an outage for the answer, and returns it to be thrown. */
export function noteOutage<T extends Error>(outage: T): T {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.outage = outage;
  return outage;
}
