import type { Clock } from "../core/clock.js";
import { Admission } from "../gate/admission.js";
import type { ProtectionOptions } from "../gate/protection.js";
import { parseAddressRanges } from "../net/client-address.js";
import { AddressLimit } from "../limits/rate-limit.js";
import { RequestQuota } from "../limits/request-quota.js";
import { WorkBudget } from "../limits/work-budget.js";
import type { Store } from "../stores/store.js";
import type { Settings } from "../options/settings.js";

/** The limits that hold before a request is evaluated, for the work of evaluating it, and for good requests. */
export function createLimits(
  options: Settings,
  clock: Clock,
  hasTool: (name: string) => boolean,
  store?: Store,
): Pick<
  ProtectionOptions,
  "admission" | "metadataLimit" | "quota" | "sessionLimits" | "taskLimits"
> & {
  readonly budget: WorkBudget;
} {
  const { trustedProxies, rateLimit, tasks: taskLimits } = options;
  const sessionLimits = {
    ...options.sessions,
    renewalSeconds: options.streamRenewalSeconds,
    clock,
  };
  const admission = new Admission({
    resource: options.resource,
    trustedProxies: trustedProxies && parseAddressRanges(trustedProxies),
    requireHttps: options.requireHttps,
  });
  if (rateLimit === false) {
    const budget = new WorkBudget(undefined, clock);
    return {
      ...{ admission, sessionLimits, taskLimits, budget },
      ...{ metadataLimit: undefined, quota: undefined },
    };
  }
  const { windowSeconds, perPrincipal, perTool } = rateLimit;
  const limit = (name: string, points: number, shared?: Store): AddressLimit =>
    new AddressLimit({ name, points, windowSeconds, clock, store: shared });
  return {
    admission,
    sessionLimits,
    taskLimits,
    budget: new WorkBudget(limit("failures", rateLimit.failures, store), clock),
    // Answered from memory: not worth a call to the store each.
    metadataLimit: limit("metadata", rateLimit.metadata),
    quota:
      perPrincipal === undefined && perTool === undefined
        ? undefined
        : new RequestQuota({ perPrincipal, perTool, windowSeconds, clock, hasTool, store }),
  };
}
