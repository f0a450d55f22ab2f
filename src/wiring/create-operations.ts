import { Health } from "../gate/answers/health.js";
import type { ProtectionOptions } from "../gate/protection.js";
import { RedisOnUse } from "../stores/redis-on-use.js";
import { closeSinks } from "../telemetry/audit-sinks.js";
import { storeProbe } from "../telemetry/dependencies.js";
import { reportHealth } from "../telemetry/health-report.js";
import { createAudit } from "./create-audit.js";
import type { Settings } from "../options/settings.js";
import type { ValidationContext } from "./validation/validation-context.js";

/** What a provider tells of itself, and how it ends. */
export function createOperations(
  options: Settings,
  context: ValidationContext,
  openSessions: () => number,
): Pick<ProtectionOptions, "audit" | "metrics" | "health" | "onClose"> {
  const { dependencies, metrics, clock } = context;
  const probeStore = dependencies.store && storeProbe(dependencies.store, clock);
  return {
    audit: createAudit(options),
    metrics,
    health: new Health({
      path: options.health === false ? undefined : options.health.path,
      report: async () => ({
        ...(await reportHealth(dependencies, probeStore, openSessions())),
        ...(!options.enabled && { authentication: "off" }),
      }),
    }),
    onClose: async () => {
      metrics.close();
      await closeSinks([options.audit].flat());
      // One that was made from the environment; one that was handed in stays its owner's.
      if (options.store instanceof RedisOnUse) await options.store.close();
    },
  };
}
