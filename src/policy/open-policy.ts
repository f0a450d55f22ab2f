import type { OperationRequirement } from "./requirements.js";
import type { OperationTarget } from "../messages/operation.js";
import { ScopePolicy, type PolicyResult } from "./scope-policy.js";

/**
 * Allows everything and shows everything: `enabled: false`. Calls no function of the application.
 *
 * Reads the rules like any policy, so that a mistake in them does not wait for production.
 */
export class OpenPolicy extends ScopePolicy {
  override get isOpen(): boolean {
    return true;
  }

  override decide(): PolicyResult {
    return { allowed: true };
  }

  override listView(): undefined {
    return undefined;
  }

  override requirements(targets: Iterable<OperationTarget> = []): OperationRequirement[] {
    return super.requirements(targets).map(({ method, name }) => ({
      method,
      ...(name !== undefined && { name }),
      isPublic: true,
      scopes: [],
    }));
  }
}
