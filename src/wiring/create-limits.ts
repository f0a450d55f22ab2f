import { DEFAULT_SESSION_LIMITS } from "../binding/session.js";
import type { Clock } from "../core/clock.js";
import { Admission } from "../gate/admission.js";
import { FailureLimit } from "../gate/limits.js";
import type { ProtectionOptions } from "../gate/protection.js";
import { parseAddressRanges } from "../net/client-address.js";
import { AddressLimit } from "../policy/rate-limit.js";
import type { Store } from "../stores/store.js";
import { DEFAULT_TASK_LIMITS } from "../sessions/task-limits.js";
import type { OAuthAuthProviderOptions } from "../options/options.js";

/** Who is let in at all, and how often. */
export function createLimits(
  options: OAuthAuthProviderOptions,
  clock: Clock,
  store?: Store,
): Pick<
  ProtectionOptions,
  "admission" | "failures" | "metadataLimit" | "sessionLimits" | "taskLimits"
> {
  const { trustedProxies, rateLimit = {} } = options;
  const { streamRenewalSeconds: renewalSeconds = DEFAULT_SESSION_LIMITS.renewalSeconds } = options;
  const sessionLimits = { ...DEFAULT_SESSION_LIMITS, ...options.sessions, renewalSeconds, clock };
  const taskLimits = { ...DEFAULT_TASK_LIMITS, ...options.tasks };
  const admission = new Admission({
    resource: options.resource,
    trustedProxies: trustedProxies && parseAddressRanges(trustedProxies),
    requireHttps: options.requireHttps ?? process.env["NODE_ENV"] === "production",
  });
  if (rateLimit === false) {
    const failures = new FailureLimit(undefined);
    return { admission, sessionLimits, taskLimits, failures, metadataLimit: undefined };
  }
  const windowSeconds = rateLimit.windowSeconds ?? 60;
  const limit = (name: string, points: number, shared?: Store): AddressLimit =>
    new AddressLimit({ name, points, windowSeconds, clock, store: shared });
  return {
    admission,
    sessionLimits,
    taskLimits,
    failures: new FailureLimit(
      limit("failures", rateLimit.failures ?? 10, store),
      rateLimit.limitGoodTokens ?? false,
    ),
    // Answered from memory: not worth a call to the store each.
    metadataLimit: limit("metadata", rateLimit.metadata ?? 600),
  };
}
