import { AsyncLocalStorage } from "node:async_hooks";
import type { UnitOfWork } from "./unit-of-work.js";

/** Per-request state while oidc-provider handles the request. */
export interface RequestScope {
  /** Collects the writes of a grant handler; absent outside of one. */
  unit?: UnitOfWork | undefined;
  /**
   * Failure of a dependency. The response is then 503, even if oidc-provider
   * turned the failure into another error.
   */
  outage?: Error | undefined;
}

const scopes = new AsyncLocalStorage<RequestScope>();

/** Runs `work` with `scope` as its request scope. */
export function inRequestScope<T>(scope: RequestScope, work: () => T): T {
  return scopes.run(scope, work);
}

/** The current unit of work, if any. */
export function currentUnit(): UnitOfWork | undefined {
  return scopes.getStore()?.unit;
}

/** Runs `work` and collects its writes in `unit`. */
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

/** Records an outage for the response, and returns it to be thrown. */
export function noteOutage<T extends Error>(outage: T): T {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.outage = outage;
  return outage;
}
