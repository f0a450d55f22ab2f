import type { AccessToken } from "../../core/access-token.js";
import type { Clock } from "../../core/clock.js";
import { AuthorizationServerDiscovery } from "../../discovery/authorization-server-discovery.js";
import type { OutboundFetch } from "../../net/outbound-fetch.js";
import { createOutboundFetch, type OutboundFetchOptions } from "../../net/guarded-fetch.js";
import type { Store } from "../../stores/store.js";
import { Dependencies } from "../../telemetry/dependencies.js";
import { Faults } from "../../telemetry/faults.js";
import { Metrics } from "../../telemetry/metrics.js";
import { embeddedFetch } from "../embedded.js";
import { WorkBudget } from "../../limits/work-budget.js";
import { createEnricher } from "../../validators/enrich.js";
import type { Settings } from "../../options/settings.js";

/** What every validator of one provider is built with. */
export interface ValidationContext {
  readonly options: Settings;
  readonly clock: Clock;
  readonly fetch: OutboundFetch;
  /** One per issuer, shared by all that ask for its metadata. */
  readonly discoveryOf: (issuer: string) => AuthorizationServerDiscovery;
  /** The `enrich` step, for the cache of every validator. */
  readonly complete: ((token: AccessToken) => Promise<AccessToken>) | undefined;
  /** Shared by processes; values are sealed. `undefined` where one of the two is not given. */
  readonly store: Store | undefined;
  /** Learns what this provider leans on. */
  readonly dependencies: Dependencies;
  readonly metrics: Metrics;
  /** Hears what functions of the application throw. */
  readonly faults: Faults;
  /** Limits the work that bad credentials cause. */
  readonly budget: WorkBudget;
}

export function createValidationContext(
  options: Settings,
  clock: Clock,
  built: Partial<
    Pick<ValidationContext, "dependencies" | "metrics" | "store" | "faults" | "budget">
  > = {},
): ValidationContext {
  const outbound = options.fetch ?? createOutboundFetch(waysOut(options));
  const fetch = embeddedFetch(options.embedded, outbound);
  const { dependencies = new Dependencies(), store } = built;
  const { budget = new WorkBudget(undefined, clock) } = built;
  const metrics = built.metrics ?? new Metrics(dependencies, () => 0);
  const faults = built.faults ?? new Faults({ log: () => undefined, clock });
  return {
    options,
    clock,
    fetch,
    discoveryOf: discoveries(fetch, clock),
    complete: options.enrich && createEnricher(faults.watch("enrich", options.enrich)),
    store,
    dependencies,
    metrics,
    faults,
    budget,
  };
}

/** What the options say of the way out. */
export function waysOut({
  allowPrivateAddresses,
}: Pick<Settings, "allowPrivateAddresses">): Pick<OutboundFetchOptions, "allowPrivateAddresses"> {
  return allowPrivateAddresses === undefined ? {} : { allowPrivateAddresses };
}

/** Discovery per issuer, made when first asked for. Unbounded: for configured issuers only. */
export function discoveries(
  fetch: OutboundFetch,
  clock: Clock,
): (issuer: string) => AuthorizationServerDiscovery {
  const known = new Map<string, AuthorizationServerDiscovery>();
  return (issuer) => {
    const discovery =
      known.get(issuer) ?? new AuthorizationServerDiscovery({ issuer, fetch, clock });
    known.set(issuer, discovery);
    return discovery;
  };
}
