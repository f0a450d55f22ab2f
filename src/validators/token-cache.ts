import { LRUCache } from "lru-cache";
import type { AccessToken } from "../access-token.js";
import { systemClock, type Clock } from "../clock.js";
import { ConfigurationError, InvalidTokenError } from "../errors.js";
import { tokenHash } from "../jose/token-hash.js";
import { freezeDeep } from "./freeze.js";
import type { TokenValidator } from "./token-validator.js";

export interface TokenCacheOptions {
  /** @default the machine's clock */
  readonly clock?: Clock;
  /**
   * How long a good token is taken as good without asking again, in seconds;
   * never beyond its `exp`. Longer means that a revocation is noticed later.
   * @default 300
   */
  readonly ttlSeconds?: number;
  /**
   * How many good tokens are remembered; the least recently used go first.
   * @default 10000
   */
  readonly maxEntries?: number;
  /**
   * Remember refusals as well: for validators that ask over the network. Kept
   * apart from good tokens, so that junk cannot push those out.
   * @default refusals are not remembered
   */
  readonly negative?: {
    /** In seconds; keep it short, a token may become good. */
    readonly ttlSeconds: number;
    /** @default 1000 */
    readonly maxEntries?: number;
  };
  /**
   * How many running validations are shared between requests with the same
   * token. Requests above that are validated each for itself: this bounds the
   * memory for sharing, not the validator's calls.
   * @default 1000
   */
  readonly maxInFlight?: number;
  /**
   * A number that changes when earlier answers no longer hold, for example
   * because the issuer's key set changed. Asked on every look-up.
   */
  readonly generation?: () => number;
}

/** An answer holds from `since` until just before `until`, in seconds since the epoch. */
interface Entry<T> {
  readonly since: number;
  readonly until: number;
  readonly answer: T;
}

/**
 * Remembers what another validator said about a token, by the token's SHA-256,
 * never by the token itself. Requests with the same token at the same time share
 * one validation. Answers are frozen, since requests share them.
 *
 * "Cannot tell" is never remembered, only "good" and, by option, "bad"
 * ({@link InvalidTokenError}).
 *
 * A token between its `exp` and the validator's tolerance goes to the validator
 * every time. Does not know about revocation: see {@link TokenCache.revoke}.
 */
export class TokenCache implements TokenValidator {
  readonly #validator: TokenValidator;
  readonly #clock: Clock;
  readonly #ttlSeconds: number;
  readonly #negativeTtlSeconds: number;
  readonly #maxInFlight: number;
  readonly #currentGeneration: () => number;
  readonly #good: LRUCache<string, Entry<AccessToken>>;
  readonly #bad: LRUCache<string, Entry<string>> | undefined;
  readonly #inFlight = new Map<string, Promise<AccessToken>>();
  #generation: number;
  /** Counts events after which an answer that was still being worked out must not be remembered. */
  #epoch = 0;

  /** @throws ConfigurationError */
  constructor(validator: TokenValidator, options: TokenCacheOptions = {}) {
    const { ttlSeconds = 300, maxEntries = 10_000, maxInFlight = 1000, negative } = options;
    requireSeconds("ttlSeconds", ttlSeconds);
    requireCount("maxEntries", maxEntries);
    requireCount("maxInFlight", maxInFlight);
    if (negative) {
      requireSeconds("negative.ttlSeconds", negative.ttlSeconds);
      requireCount("negative.maxEntries", negative.maxEntries ?? 1);
    }
    this.#validator = validator;
    this.#clock = options.clock ?? systemClock;
    this.#ttlSeconds = ttlSeconds;
    this.#negativeTtlSeconds = negative?.ttlSeconds ?? 0;
    this.#maxInFlight = maxInFlight;
    this.#currentGeneration = options.generation ?? (() => 0);
    this.#good = new LRUCache({ max: maxEntries });
    this.#bad = negative && new LRUCache({ max: negative.maxEntries ?? 1000 });
    this.#generation = this.#currentGeneration();
  }

  /** How many good tokens are remembered, expired ones that nobody asked for included. */
  get size(): number {
    return this.#good.size;
  }

  /**
   * The answer for a token that is remembered as good, without waiting;
   * `undefined` says nothing about the token. Counts as use.
   */
  peek(token: string): AccessToken | undefined {
    return this.#remembered(tokenHash(token));
  }

  async validate(token: string): Promise<AccessToken> {
    const key = tokenHash(token);
    const known = this.#remembered(key);
    if (known !== undefined) return known;

    const refusal = this.#bad && this.#fresh(this.#bad, key);
    if (refusal !== undefined) throw new InvalidTokenError(refusal);

    const running = this.#inFlight.get(key);
    if (running !== undefined) return running;
    const validation = this.#validateAndRemember(key, token);
    if (this.#inFlight.size < this.#maxInFlight) {
      this.#inFlight.set(key, validation);
      const forget = () => {
        // After a revocation another validation may stand in this one's place.
        if (this.#inFlight.get(key) === validation) this.#inFlight.delete(key);
      };
      validation.then(forget, forget);
    }
    return validation;
  }

  /**
   * Forgets the remembered tokens that `matches` picks, for example those with a
   * revoked `jti`, and every refusal and running validation. Returns how many
   * good tokens it forgot.
   *
   * The validator is asked again afterwards, and is the one who must know by
   * then. Looks at every entry; not for every request.
   */
  revoke(matches: (token: AccessToken) => boolean): number {
    const revoked = [...this.#good.entries()].filter(([, { answer }]) => matches(answer));
    for (const [key] of revoked) this.#good.delete(key);
    this.#supersede();
    return revoked.length;
  }

  /** Forgets everything. */
  clear(): void {
    this.#good.clear();
    this.#supersede();
  }

  #remembered(key: string): AccessToken | undefined {
    const generation = this.#currentGeneration();
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.clear();
    }
    return this.#fresh(this.#good, key);
  }

  #fresh<T>(cache: LRUCache<string, Entry<T>>, key: string): T | undefined {
    const entry = cache.get(key);
    if (entry === undefined) return undefined;
    const now = this.#clock();
    // A clock that was set back must not lengthen an answer's life.
    if (now >= entry.since && now < entry.until) return entry.answer;
    cache.delete(key);
    return undefined;
  }

  async #validateAndRemember(key: string, token: string): Promise<AccessToken> {
    const epoch = this.#epoch;
    const since = this.#clock();
    const remember = <T>(cache: LRUCache<string, Entry<T>>, answer: T, until: number) => {
      const superseded = epoch !== this.#epoch || this.#generation !== this.#currentGeneration();
      if (!superseded && until > this.#clock()) cache.set(key, { since, until, answer });
    };
    try {
      const answer = freezeDeep(await this.#validator.validate(token));
      const until = Math.min(since + this.#ttlSeconds, answer.expiresAt ?? Infinity);
      remember(this.#good, answer, until);
      return answer;
    } catch (error) {
      if (this.#bad && error instanceof InvalidTokenError) {
        remember(this.#bad, error.reason, since + this.#negativeTtlSeconds);
      }
      throw error;
    }
  }

  /** What is still being worked out may rest on what was just dropped: nobody joins or keeps it. */
  #supersede(): void {
    this.#epoch++;
    this.#inFlight.clear();
    this.#bad?.clear();
  }
}

function requireSeconds(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new ConfigurationError(
      "ERR_OAUTH_CACHE",
      `${name} of a token cache must be a number of seconds above 0; to ask every time, use no cache.`,
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
