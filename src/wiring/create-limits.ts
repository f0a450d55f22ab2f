import type { Clock } from "../core/clock.js";
import { Admission } from "../gate/admission.js";
import { FailureLimit } from "../gate/limits.js";
import type { ProtectionOptions } from "../gate/protection.js";
import { parseAddressRanges } from "../net/client-address.js";
import { AddressLimit } from "../policy/rate-limit.js";
import type { Store } from "../stores/store.js";
import type { Settings } from "../options/settings.js";

/** Who is let in at all, and how often. */
export function createLimits(
  options: Settings,
  clock: Clock,
  store?: Store,
): Pick<
  ProtectionOptions,
  "admission" | "failures" | "metadataLimit" | "sessionLimits" | "taskLimits"
> {
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
    const failures = new FailureLimit(undefined);
    return { admission, sessionLimits, taskLimits, failures, metadataLimit: undefined };
  }
  const { windowSeconds } = rateLimit;
  const limit = (name: string, points: number, shared?: Store): AddressLimit =>
    new AddressLimit({ name, points, windowSeconds, clock, store: shared });
  return {
    admission,
    sessionLimits,
    taskLimits,
    failures: new FailureLimit(
      limit("failures", rateLimit.failures, store),
      rateLimit.limitGoodTokens,
    ),
    // Answered from memory: not worth a call to the store each.
    metadataLimit: limit("metadata", rateLimit.metadata),
  };
}
