import type { ReasonOf } from "../core/reasons/reasons.js";
import { systemClock, type Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import { Refreshing } from "../net/refreshing.js";
import {
  fetchMetadata,
  metadataUrls,
  type AuthorizationServerMetadata,
} from "./authorization-server-metadata.js";

export interface DiscoveryOptions {
  /** Exactly as in the document, including a trailing slash. */
  readonly issuer: string;
  readonly fetch: OutboundFetch;
  /**
   * How long metadata is used before it is fetched again, in seconds; renewed in
   * the background before that.
   * @default 3600
   */
  readonly ttlSeconds?: number;
  /**
   * How long beyond that the last valid metadata is used while it cannot be
   * fetched, in seconds.
   * @default 86400
   */
  readonly maxStaleSeconds?: number;
  readonly clock?: Clock;
  /** Jitter, like `Math.random`. */
  readonly random?: () => number;
}

export interface DiscoveryStatus {
  /** Age of the metadata in use, in seconds. `undefined` while there is none. */
  readonly ageSeconds: number | undefined;
  /** Reason of the last attempt's failure; `undefined` after a success. */
  readonly lastError: string | undefined;
  /** Attempts so far, each of up to four requests. */
  readonly attempts: number;
}

const DEFAULT_TTL_SECONDS = 60 * 60;
const DEFAULT_MAX_STALE_SECONDS = 24 * 60 * 60;
const COOLDOWN_SECONDS = 5;

/**
 * The cached metadata of one authorization server: fetched on first use,
 * once for any number of callers, renewed in the background, and its last valid
 * version used while the server is down. An unreachable server is called again
 * after 5 seconds at the earliest, then less and less often, down to about five
 * times a minute.
 *
 * Throws {@link ConfigurationError} for an invalid issuer.
 */
export class AuthorizationServerDiscovery {
  readonly issuer: string;
  readonly #refreshing: Refreshing<AuthorizationServerMetadata>;

  constructor(options: DiscoveryOptions) {
    metadataUrls(options.issuer);
    this.issuer = options.issuer;
    this.#refreshing = new Refreshing({
      load: () => fetchMetadata(options.issuer, options.fetch),
      unavailableReason: "discovery_unreachable",
      ttlSeconds: options.ttlSeconds ?? DEFAULT_TTL_SECONDS,
      maxStaleSeconds: options.maxStaleSeconds ?? DEFAULT_MAX_STALE_SECONDS,
      cooldownSeconds: COOLDOWN_SECONDS,
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
    });
  }

  /** Throws {@link UnavailableError} with a reason of {@link fetchMetadata}. */
  get(): Promise<AuthorizationServerMetadata> {
    return this.#refreshing.get();
  }

  /** Where the key set is; an arrow, to be handed on. Throws like `get`, and when the server names none. */
  readonly jwksUri = (): Promise<string> =>
    this.#endpoint("jwks_uri", "discovery_without_jwks_uri");

  /** Where tokens are introspected; throws like `jwksUri`. */
  readonly introspectionEndpoint = (): Promise<string> =>
    this.#endpoint("introspection_endpoint", "discovery_without_introspection_endpoint");

  /** The state of discovery, without fetching. */
  status(): DiscoveryStatus {
    const { ageSeconds, lastError, loads } = this.#refreshing.status();
    return { ageSeconds, lastError, attempts: loads };
  }

  async #endpoint(
    name: "jwks_uri" | "introspection_endpoint",
    missing: ReasonOf<503>,
  ): Promise<string> {
    const endpoint = (await this.get())[name];
    if (endpoint === undefined) throw new UnavailableError(missing);
    return endpoint;
  }
}
