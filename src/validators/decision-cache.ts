import { LRUCache } from "lru-cache";
import type { AccessToken } from "../access-token.js";
import type { Clock } from "../clock.js";
import { InvalidTokenError } from "../errors.js";
import { hashText } from "./token-text.js";

/** How long decisions that came from elsewhere are remembered. */
export interface DecisionCacheOptions {
  /**
   * How long an accepted token is not asked about again, in seconds, never
   * beyond its own expiry. A revoked token works for at most this long. 0 asks
   * every time. @default 60
   */
  readonly ttlSeconds?: number;
  /** The same for a refused token, in seconds. 0 asks every time. @default 10 */
  readonly negativeTtlSeconds?: number;
  /** Accepted tokens kept; the least recently used goes first. @default 10000 */
  readonly maxEntries?: number;
  /** Refused tokens kept. @default 10000 */
  readonly maxNegativeEntries?: number;
}

/** What a source said about one token. */
export interface Decision {
  readonly token: AccessToken;
  /** When the source was asked, seconds since the epoch. */
  readonly askedAt: number;
  /** Characters the answer took, to bound the memory of the whole. */
  readonly size?: number;
}

interface Accepted {
  readonly token: AccessToken;
  readonly until: number;
  readonly size: number;
}

interface Refused {
  readonly reason: string;
  readonly until: number;
}

/** Characters of answers kept altogether: 10,000 answers of usual size take a tenth of it. */
const MAX_TOTAL_SIZE = 64 * 1024 * 1024;
const ASSUMED_SIZE = 1024;

/**
 * Remembers decisions under the hash of their token, and lets concurrent
 * requests with one token share one question.
 *
 * Accepted and refused tokens live in separate bounded maps: random tokens,
 * which anybody can send, push out only one another. Outages are never
 * remembered.
 */
export class DecisionCache {
  readonly ttlSeconds: number;
  readonly #negativeTtlSeconds: number;
  readonly #accepted: LRUCache<string, Accepted>;
  readonly #refused: LRUCache<string, Refused>;
  readonly #underWay = new Map<string, Promise<AccessToken>>();

  constructor(
    options: DecisionCacheOptions,
    private readonly clock: Clock,
  ) {
    this.ttlSeconds = options.ttlSeconds ?? 60;
    this.#negativeTtlSeconds = options.negativeTtlSeconds ?? 10;
    this.#accepted = new LRUCache({
      max: options.maxEntries ?? 10_000,
      maxSize: MAX_TOTAL_SIZE,
      sizeCalculation: (entry) => entry.size,
    });
    this.#refused = new LRUCache({ max: options.maxNegativeEntries ?? 10_000 });
  }

  /** Entries held and questions under way, for metrics and tests. */
  get size(): { readonly accepted: number; readonly refused: number; readonly underWay: number } {
    return {
      accepted: this.#accepted.size,
      refused: this.#refused.size,
      underWay: this.#underWay.size,
    };
  }

  /**
   * The remembered decision, or the one `decide` makes now.
   *
   * @throws InvalidTokenError as `decide` did, now or a short while ago
   */
  async resolve(tokenText: string, decide: () => Promise<Decision>): Promise<AccessToken> {
    // Hash first: a memory dump must not hand out live tokens.
    const key = hashText(tokenText);
    const now = this.clock();

    const accepted = this.#accepted.get(key);
    if (accepted !== undefined) {
      if (now < accepted.until) return accepted.token;
      this.#accepted.delete(key);
    }
    const refused = this.#refused.get(key);
    if (refused !== undefined) {
      if (now < refused.until) throw new InvalidTokenError(refused.reason);
      this.#refused.delete(key);
    }

    const running = this.#underWay.get(key);
    if (running !== undefined) return running;
    const decision = this.#decide(key, decide).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, decision);
    return decision;
  }

  async #decide(key: string, decide: () => Promise<Decision>): Promise<AccessToken> {
    try {
      const { token, askedAt, size } = await decide();
      const until = Math.min(askedAt + this.ttlSeconds, token.expiresAt ?? Infinity);
      const shared = freeze(token);
      if (until > this.clock()) {
        this.#accepted.set(key, { token: shared, until, size: size ?? ASSUMED_SIZE });
      }
      return shared;
    } catch (error) {
      if (error instanceof InvalidTokenError && this.#negativeTtlSeconds > 0) {
        const until = this.clock() + this.#negativeTtlSeconds;
        this.#refused.set(key, { reason: error.reason, until });
      }
      throw error;
    }
  }
}

/** Many requests get the same object: a tool that writes to it must not widen another's rights. */
function freeze(token: AccessToken): AccessToken {
  return Object.freeze({
    ...token,
    scopes: Object.freeze([...token.scopes]),
    audience: Object.freeze([...token.audience]),
    claims: Object.freeze({ ...token.claims }),
    ...(token.confirmation && { confirmation: Object.freeze({ ...token.confirmation }) }),
  });
}
