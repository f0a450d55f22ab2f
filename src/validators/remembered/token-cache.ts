import type { AccessToken } from "../../core/access-token.js";
import { systemClock, type Clock } from "../../core/clock.js";
import { ConfigurationError } from "../../core/errors.js";
import { DecisionCache, type DecisionCacheOptions } from "./decision-cache.js";
import type { TokenValidator } from "../token-validator.js";

export interface TokenCacheOptions extends Omit<
  DecisionCacheOptions,
  "negativeTtlSeconds" | "maxNegativeEntries"
> {
  /** @default the machine's clock */
  readonly clock?: Clock;
  /**
   * How long a valid token is cached, in seconds;
   * never beyond its `exp`. Longer means that a revocation is noticed later.
   */
  readonly ttlSeconds: number;
  /**
   * Remember refusals as well: for validators that ask over the network.
   * @default refusals are not remembered
   */
  readonly negative?: {
    /** In seconds; keep it short, a token may become good. */
    readonly ttlSeconds: number;
    /** @default 1000 */
    readonly maxEntries?: number;
  };
}

/**
 * Remembers what another validator said about a token; see {@link DecisionCache}.
 *
 * A token between its `exp` and the validator's tolerance goes to the validator
 * every time.
 */
export class TokenCache implements TokenValidator {
  readonly #validator: TokenValidator;
  readonly #clock: Clock;
  readonly #decisions: DecisionCache;

  /** @throws ConfigurationError */
  constructor(validator: TokenValidator, options: TokenCacheOptions) {
    const { negative, clock = systemClock, ttlSeconds, ...others } = options;
    requireCount("maxEntries", options.maxEntries ?? 1);
    requireCount("maxInFlight", options.maxInFlight ?? 1);
    requireSeconds("negative.ttlSeconds", negative?.ttlSeconds ?? 0);
    requireCount("negative.maxEntries", negative?.maxEntries ?? 1);
    this.#validator = validator;
    this.#clock = clock;
    this.#decisions = new DecisionCache(
      {
        ...others,
        ttlSeconds,
        negativeTtlSeconds: negative?.ttlSeconds ?? 0,
        maxNegativeEntries: negative?.maxEntries ?? 1000,
      },
      clock,
    );
  }

  /** Number of cached valid tokens, including expired ones. */
  get size(): number {
    return this.#decisions.size.accepted;
  }

  /** See {@link DecisionCache.remembered}. */
  remembered(hash: string): AccessToken | undefined {
    return this.#decisions.remembered(hash);
  }

  validate(token: string, block?: string): Promise<AccessToken> {
    return this.#decisions.resolve(token, async () => {
      const askedAt = this.#clock();
      return { token: await this.#validator.validate(token, block), askedAt, size: token.length };
    });
  }

  /** See {@link DecisionCache.revoke}. */
  revoke(matches: (token: AccessToken) => boolean): number {
    return this.#decisions.revoke(matches);
  }

  /** Forgets everything. */
  clear(): void {
    this.#decisions.clear();
  }
}

function requireSeconds(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new ConfigurationError(
      "ERR_OAUTH_CACHE",
      `${name} of a token cache must be a number of seconds, 0 to ask every time.`,
    );
  }
}

function requireCount(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) {
    throw new ConfigurationError(
      "ERR_OAUTH_CACHE",
      `${name} of a token cache must be a whole number above 0.`,
    );
  }
}
