import type { ReasonOf } from "../../core/reasons/reasons.js";
import { LRUCache } from "lru-cache";
import type { AccessToken } from "../../core/access-token.js";
import type { Clock } from "../../core/clock.js";
import { InvalidTokenError } from "../../core/errors.js";
import { freezeDeep } from "../../core/freeze.js";
import { sha256 } from "../../core/hashes.js";
import type { WorkBudget } from "../../limits/work-budget.js";

/** How long decisions about tokens are remembered. */
export interface DecisionCacheOptions {
  /**
   * How long an accepted token is cached, in seconds, never
   * beyond its own expiry. A revoked token works for at most this long. 0 asks
   * every time.
   */
  readonly ttlSeconds: number;
  /** The same for a refused token, in seconds. 0 asks every time. */
  readonly negativeTtlSeconds: number;
  /** Accepted tokens kept; the least recently used goes first. @default 10000 */
  readonly maxEntries?: number;
  /** Refused tokens kept. @default 10000 */
  readonly maxNegativeEntries?: number;
  /**
   * Questions in progress that requests with the same token can join. Requests
   * above that ask each for itself: this bounds the memory for sharing, not
   * the questions. @default 1000
   */
  readonly maxInFlight?: number;
  /**
   * A number that changes when earlier answers no longer hold, for example
   * because the issuer's key set changed. Asked on every look-up.
   */
  readonly generation?: () => number;
  /** Hears of every look-up whether an answer was remembered. */
  readonly onLookup?: (hit: boolean) => void;
  /** Runs on an accepted token before it is remembered, and so once for all requests with it. */
  readonly complete?: (token: AccessToken) => Promise<AccessToken>;
  /** Limits the questions, where each costs another server something. */
  readonly budget?: WorkBudget | undefined;
}

/** What a source said about one token. */
export interface SourceAnswer {
  readonly token: AccessToken;
  /** When the source was asked, seconds since the epoch. */
  readonly askedAt: number;
  /** Characters the answer took, to bound the memory of the whole. */
  readonly size?: number;
}

/** An answer holds from `since` until just before `until`, in seconds since the epoch. */
interface Entry<T> {
  readonly since: number;
  readonly until: number;
  readonly answer: T;
  readonly size: number;
}

interface Refusal {
  readonly reason: ReasonOf<401>;
  readonly detail?: string;
}

/** A question in progress. It is noted before it is asked, and has its answer from then on. */
interface Question {
  answer: Promise<AccessToken> | undefined;
}

/** Characters of answers kept altogether: 10,000 answers of usual size take a tenth of it. */
const MAX_TOTAL_SIZE = 64 * 1024 * 1024;
const ASSUMED_SIZE = 1024;

/**
 * Remembers decisions under the SHA-256 of their token, never the token itself,
 * and lets concurrent requests with one token share one question. Answers are
 * frozen, since requests share them.
 *
 * Accepted and refused tokens live in separate bounded maps: random tokens,
 * which any client can send, evict only one another. Outages are never
 * cached. Does not know about revocation: see {@link DecisionCache.revoke}.
 */
export class DecisionCache {
  readonly ttlSeconds: number;
  readonly #options: DecisionCacheOptions;
  readonly #clock: Clock;
  /** By hash. Saves validating a good token again. */
  readonly #accepted: LRUCache<string, Entry<AccessToken>>;
  /** By hash. Saves asking the source again about a bad token. */
  readonly #refused: LRUCache<string, Entry<Refusal>>;
  readonly #underWay = new Map<string, Question>();
  #generation: number;
  /** Counts events after which an answer that was still being worked out must not be remembered. */
  #epoch = 0;

  constructor(options: DecisionCacheOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.ttlSeconds = options.ttlSeconds;
    this.#accepted = new LRUCache({
      max: options.maxEntries ?? 10_000,
      maxSize: MAX_TOTAL_SIZE,
      sizeCalculation: (entry) => entry.size,
    });
    this.#refused = new LRUCache({ max: options.maxNegativeEntries ?? 10_000 });
    this.#generation = this.#currentGeneration();
  }

  /**
   * Number of entries, including expired ones, and of calls in progress; for
   * metrics and tests.
   */
  get size(): { readonly accepted: number; readonly refused: number; readonly underWay: number } {
    return {
      accepted: this.#accepted.size,
      refused: this.#refused.size,
      underWay: this.#underWay.size,
    };
  }

  /**
   * The answer for a token that is remembered as good, without asking;
   * `undefined` says nothing about the token. Counts as use.
   *
   * @param hash from `sha256` of its text
   */
  remembered(hash: string): AccessToken | undefined {
    const known = this.#remembered(hash);
    // A miss is reported by `resolve`.
    if (known !== undefined) this.#options.onLookup?.(true);
    return known;
  }

  /**
   * The remembered decision, or the one `decide` makes now.
   *
   * @param block of the client's address, whose budget the question is charged to
   * @throws InvalidTokenError as `decide` did, now or a short while ago
   */
  resolve(
    tokenText: string,
    decide: () => Promise<SourceAnswer>,
    block?: string,
  ): Promise<AccessToken> {
    const key = sha256(tokenText);
    const known = this.#remembered(key);
    const refusal = known === undefined ? this.#fresh(this.#refused, key) : undefined;
    this.#options.onLookup?.(known !== undefined || refusal !== undefined);
    if (known !== undefined) return Promise.resolve(known);
    if (refusal !== undefined)
      return Promise.reject(new InvalidTokenError(refusal.reason, refusal));

    const running = this.#underWay.get(key)?.answer;
    if (running !== undefined) return running;
    const question: Question = { answer: undefined };
    if (this.#underWay.size < (this.#options.maxInFlight ?? 1000))
      this.#underWay.set(key, question);
    return (question.answer = this.#ask(key, question, decide, block));
  }

  /**
   * Forgets the remembered tokens that `matches` picks, for example those with a
   * revoked `jti`, and every refusal and running question. Returns how many
   * good tokens it forgot.
   *
   * The next request calls the source again, which must know of the revocation.
   * Visits every entry, so do not call it for every request.
   */
  revoke(matches: (token: AccessToken) => boolean): number {
    const revoked = [...this.#accepted.entries()].filter(([, { answer }]) => matches(answer));
    for (const [key] of revoked) this.#accepted.delete(key);
    this.#supersede();
    return revoked.length;
  }

  /** Forgets everything. */
  clear(): void {
    this.#accepted.clear();
    this.#supersede();
  }

  #currentGeneration(): number {
    return this.#options.generation?.() ?? 0;
  }

  #remembered(key: string): AccessToken | undefined {
    const generation = this.#currentGeneration();
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.clear();
    }
    return this.#fresh(this.#accepted, key);
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

  async #ask(
    key: string,
    question: Question,
    decide: () => Promise<SourceAnswer>,
    block: string | undefined,
  ): Promise<AccessToken> {
    const epoch = this.#epoch;
    const since = this.#clock();
    try {
      const { complete, budget } = this.#options;
      const decided = budget === undefined ? decide() : budget.spend(block, key, decide);
      const { token, askedAt, size = ASSUMED_SIZE } = await decided;
      const frozen = freezeDeep(token);
      const answer = complete === undefined ? frozen : await complete(frozen);
      // From the asking, not from the answer: another process may have asked a while ago.
      const until = Math.min(askedAt + this.ttlSeconds, answer.expiresAt ?? Infinity);
      this.#remember(this.#accepted, key, { since, until, answer, size: Math.max(1, size) }, epoch);
      return answer;
    } catch (error) {
      if (error instanceof InvalidTokenError) {
        const until = since + this.#options.negativeTtlSeconds;
        const { reason, detail } = error;
        const answer = { reason, ...(detail !== undefined && { detail }) };
        this.#remember(this.#refused, key, { since, until, answer, size: 1 }, epoch);
      }
      throw error;
    } finally {
      // After a revocation another call may have replaced this one.
      if (this.#underWay.get(key) === question) this.#underWay.delete(key);
    }
  }

  /** @param epoch when the question was asked */
  #remember<T>(
    cache: LRUCache<string, Entry<T>>,
    key: string,
    entry: Entry<T>,
    epoch: number,
  ): void {
    const superseded = epoch !== this.#epoch || this.#generation !== this.#currentGeneration();
    if (!superseded && entry.until > this.#clock()) cache.set(key, entry);
  }

  /** Calls in progress may depend on dropped data: their results are not shared or kept. */
  #supersede(): void {
    this.#epoch++;
    this.#underWay.clear();
    this.#refused.clear();
  }
}
