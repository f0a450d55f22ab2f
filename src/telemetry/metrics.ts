import {
  createNoopMeter,
  metrics,
  type BatchObservableCallback,
  type Counter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type Observable,
} from "@opentelemetry/api";
import type { AuthEvent } from "../core/auth-event.js";
import type { Dependencies } from "./dependencies.js";
import { LabelSet } from "./label-set.js";

const METER_NAME = "mcp-framework-oauth";

interface Instruments {
  readonly authentications: Counter;
  readonly duration: Histogram;
  readonly remainingLife: Histogram;
  readonly apiKeyUses: Counter;
  readonly rateLimitHits: Counter;
  readonly cacheLookups: Counter;
  readonly introspectionDuration: Histogram;
  readonly storeFailures: Counter;
}

/** Facts of a decision that its event does not carry. */
export interface DecisionFacts {
  /** From reading the credential until the sender was known or refused, in seconds. */
  readonly validationSeconds: number | undefined;
  /** Until the accepted token expires. */
  readonly remainingSeconds: number | undefined;
}

const SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const LIFE_SECONDS = [0, 10, 30, 60, 300, 900, 1800, 3600, 14_400, 86_400];

/**
 * Counts and times through `@opentelemetry/api`. Without an SDK in the
 * application every call ends after one comparison.
 *
 * Labels have few values: fixed words, reasons, configured issuers. Never a
 * subject, a client, an address or anything of a token.
 */
export class Metrics {
  readonly #dependencies: Dependencies;
  readonly #openSessions: () => number;
  readonly #reasons = new LabelSet(200);
  readonly #issuers = new LabelSet(100);
  #provider: MeterProvider | undefined;
  #instruments: Instruments | undefined;
  #stopObserving: () => void = () => undefined;

  constructor(dependencies: Dependencies, openSessions: () => number) {
    this.#dependencies = dependencies;
    this.#openSessions = openSessions;
  }

  /** Whether the application has a metrics SDK. */
  get isOn(): boolean {
    return this.#current() !== undefined;
  }

  decided(event: AuthEvent, facts: DecisionFacts): void {
    const instruments = this.#current();
    if (instruments === undefined) return;
    const { outcome, transport, scheme = "none" } = event;
    const reason = this.#reasons.label(event.reason ?? "none");
    const issuer = this.#issuers.label(event.issuer ?? "none");
    instruments.authentications.add(1, { outcome, reason, issuer, scheme, transport });
    if (facts.validationSeconds !== undefined) {
      instruments.duration.record(facts.validationSeconds, { outcome, scheme });
    }
    if (facts.remainingSeconds !== undefined) {
      instruments.remainingLife.record(facts.remainingSeconds, { issuer });
    }
    if (scheme === "ApiKey" && outcome === "allowed") {
      instruments.apiKeyUses.add(1, { transport });
    }
    if (event.status === 429) instruments.rateLimitHits.add(1, { limit: reason });
  }

  cacheLookup(cache: string, hit: boolean): void {
    this.#current()?.cacheLookups.add(1, { cache, result: hit ? "hit" : "miss" });
  }

  introspected(issuer: string, ok: boolean, seconds: number): void {
    this.#current()?.introspectionDuration.record(seconds, {
      issuer: this.#issuers.label(issuer),
      outcome: ok ? "answered" : "failed",
    });
  }

  storeFailed(operation: string): void {
    this.#current()?.storeFailures.add(1, { operation });
  }

  /** Releases the SDK. */
  close(): void {
    this.#stopObserving();
  }

  /** The instruments, or `undefined` without an SDK. One that is set later is noticed at the next call. */
  #current(): Instruments | undefined {
    const provider = metrics.getMeterProvider();
    if (provider !== this.#provider) {
      this.#stopObserving();
      this.#provider = provider;
      const meter = provider.getMeter(METER_NAME);
      const isNoop = meter === createNoopMeter();
      this.#instruments = isNoop ? undefined : createInstruments(meter);
      this.#stopObserving = isNoop ? () => undefined : this.#observe(meter);
    }
    return this.#instruments;
  }

  #observe(meter: Meter): () => void {
    const age = meter.createObservableGauge("mcp_oauth.jwks.age", {
      description: "Age of the key set in use",
      unit: "s",
    });
    const fetches = meter.createObservableCounter("mcp_oauth.jwks.fetches", {
      description: "Fetches of key sets, failed ones included",
    });
    const sessions = meter.createObservableGauge("mcp_oauth.sessions.open", {
      description: "Open MCP sessions",
    });
    const callback: BatchObservableCallback = (result) => {
      for (const { issuer, status } of this.#dependencies.keySets) {
        const { ageSeconds, fetches: count } = status();
        const labels = { issuer: this.#issuers.label(issuer) };
        if (ageSeconds !== undefined) result.observe(age, ageSeconds, labels);
        result.observe(fetches, count, labels);
      }
      result.observe(sessions, this.#openSessions());
    };
    const observed: Observable[] = [age, fetches, sessions];
    meter.addBatchObservableCallback(callback, observed);
    return () => meter.removeBatchObservableCallback(callback, observed);
  }
}

function createInstruments(meter: Meter): Instruments {
  const histogram = (name: string, description: string, boundaries: number[]): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: "s",
      advice: { explicitBucketBoundaries: boundaries },
    });
  const counter = (name: string, description: string): Counter =>
    meter.createCounter(name, { description });
  return {
    authentications: counter("mcp_oauth.authentications", "Requests decided"),
    duration: histogram("mcp_oauth.validation.duration", "Time to validate a credential", SECONDS),
    remainingLife: histogram(
      "mcp_oauth.token.remaining_life",
      "Time until the token in use expires",
      LIFE_SECONDS,
    ),
    apiKeyUses: counter("mcp_oauth.api_key.uses", "Requests allowed with an API key"),
    rateLimitHits: counter("mcp_oauth.rate_limit.hits", "Requests answered 429"),
    cacheLookups: counter("mcp_oauth.cache.lookups", "Look-ups in caches of validated tokens"),
    introspectionDuration: histogram(
      "mcp_oauth.introspection.duration",
      "Calls of introspection endpoints",
      SECONDS,
    ),
    storeFailures: counter("mcp_oauth.store.failures", "Calls of the store that failed"),
  };
}
