import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import type { Clock } from "../core/clock.js";
import type { AccessToken } from "../core/access-token.js";
import { InvalidTokenError, UnavailableError } from "../core/errors.js";
import { sha256 } from "../core/hashes.js";
import { withDeadline } from "../net/deadline.js";
import type { WorkBudget } from "../limits/work-budget.js";
import type { TokenValidator } from "./token-validator.js";
import { UpstreamGate, type UpstreamLimits } from "../limits/upstream-gate.js";

export interface DynamicIssuersOptions<T> {
  /** The application's function: options of a tenant's issuer, or `undefined` for an unknown issuer. */
  readonly resolve: (issuer: string) => T | undefined | Promise<T | undefined>;
  /** Builds the validator; it must accept exactly `issuer`. */
  readonly create: (issuer: string, options: T) => TokenValidator;
  readonly clock: Clock;
  /** How long an answer of `resolve` counts, in seconds. A removed tenant works for at most this long. @default 300 */
  readonly ttlSeconds?: number;
  /** The same for unknown issuers, in seconds. @default 30 */
  readonly negativeTtlSeconds?: number;
  /** Tenants whose validators (keys, caches) are kept at once. @default 1000 */
  readonly maxEntries?: number;
  /** Time `resolve` has, in seconds. @default 5 */
  readonly timeoutSeconds?: number;
  readonly limits?: Omit<UpstreamLimits, "failuresToPause">;
  /** Limits the look-ups that tokens of unknown issuers cause. */
  readonly budget?: WorkBudget | undefined;
}

interface Tenant<T> {
  readonly options: T;
  readonly validator: TokenValidator;
  readonly until: number;
  /** A look-up failed: none before this time. */
  retryAt: number;
}

const MAX_STRANGERS = 10_000;
/** How long beyond its time a tenant's last answer serves while look-ups are busy or fail. */
const MAX_STALE_SECONDS = 3600;
/** A request is not held longer than this for a look-up that the last answer can replace. */
const STAND_IN_AFTER_SECONDS = 1;
const RETRY_AFTER_SECONDS = 5;
/** `iss` must look like a URL; other values are not looked up. */
const ISSUER_FORM = /^[\x21-\x7e]{1,512}$/;

/**
 * Issuers that the application knows and this configuration does not: one
 * server for many tenants.
 *
 * A client chooses `iss`, so results are cached, unknown issuers separate from
 * tenants and both bounded, and concurrent look-ups of one issuer
 * share one call. A `resolve` that fails is an outage, not an invalid token:
 * tenants that are known go on with the last answer for up to an hour.
 */
export class DynamicIssuers<T> {
  readonly #tenants: LRUCache<string, Tenant<T>>;
  readonly #strangers = new LRUCache<string, number>({ max: MAX_STRANGERS });
  readonly #underWay = new Map<string, Promise<TokenValidator | undefined>>();
  readonly #gate: UpstreamGate;

  constructor(private readonly options: DynamicIssuersOptions<T>) {
    this.#tenants = new LRUCache({ max: options.maxEntries ?? 1000 });
    // One tenant's failing look-up must not pause those of the others.
    const limits = { ...options.limits, failuresToPause: Infinity };
    this.#gate = new UpstreamGate("issuer_lookup", options.clock, limits);
  }

  /** Number of cached tenants and unknown issuers. */
  get size(): { readonly tenants: number; readonly strangers: number } {
    return { tenants: this.#tenants.size, strangers: this.#strangers.size };
  }

  /**
   * Validates a token of this issuer.
   *
   * @throws InvalidTokenError, UnavailableError, RateLimitedError
   */
  async validate(issuer: string, token: string, block?: string): Promise<AccessToken> {
    const { budget } = this.options;
    const work = () => this.#validate(issuer, token, block);
    // Only a token of an unknown issuer causes a look-up.
    return budget === undefined || this.#isKnown(issuer)
      ? work()
      : budget.spend(block, sha256(token), work);
  }

  async #validate(issuer: string, token: string, block?: string): Promise<AccessToken> {
    const validator = await this.lookup(issuer, block);
    if (validator === undefined) throw new InvalidTokenError("issuer_unknown");
    return validator.validate(token, block);
  }

  /**
   * The validator of `issuer`, or `undefined` when the application does not know it.
   *
   * @param block of the client's address, for its share of the look-ups
   * @throws UnavailableError
   */
  async lookup(issuer: string, block?: string): Promise<TokenValidator | undefined> {
    const now = this.options.clock();
    const tenant = this.#tenants.get(issuer);
    if (tenant !== undefined && (now < tenant.until || now < tenant.retryAt)) {
      return tenant.validator;
    }
    if (this.#isStranger(issuer, now)) return undefined;
    const answer = this.#ask(issuer, block);
    return tenant !== undefined && now < tenant.until + MAX_STALE_SECONDS
      ? this.#orLast(tenant, answer)
      : answer;
  }

  /** Whether this issuer's tokens can be decided about without waiting for the application. */
  #isKnown(issuer: string): boolean {
    const now = this.options.clock();
    const tenant = this.#tenants.get(issuer);
    if (tenant !== undefined && now < tenant.until + MAX_STALE_SECONDS) return true;
    return this.#isStranger(issuer, now);
  }

  #isStranger(issuer: string, now: number): boolean {
    const until = this.#strangers.get(issuer);
    return (until !== undefined && now < until) || !ISSUER_FORM.test(issuer);
  }

  async #orLast(
    tenant: Tenant<T>,
    answer: Promise<TokenValidator | undefined>,
  ): Promise<TokenValidator | undefined> {
    try {
      const late = () => new UnavailableError("issuer_lookup_timeout");
      return await withDeadline(() => answer, STAND_IN_AFTER_SECONDS, late);
    } catch {
      tenant.retryAt = this.options.clock() + RETRY_AFTER_SECONDS;
      return tenant.validator;
    }
  }

  /** Requests about one issuer share a look-up. */
  #ask(issuer: string, block: string | undefined): Promise<TokenValidator | undefined> {
    const running = this.#underWay.get(issuer);
    if (running !== undefined) return running;
    const answer = this.#lookUp(issuer, block).finally(() => this.#underWay.delete(issuer));
    this.#underWay.set(issuer, answer);
    return answer;
  }

  async #lookUp(issuer: string, block: string | undefined): Promise<TokenValidator | undefined> {
    const { clock, ttlSeconds = 300, negativeTtlSeconds = 30 } = this.options;
    const options = await this.#gate.run(() => this.#resolve(issuer), block);
    if (options === undefined) {
      this.#tenants.delete(issuer);
      this.#strangers.set(issuer, clock() + negativeTtlSeconds);
      return undefined;
    }
    // The same options again: keep the validator, and with it its keys and caches.
    const previous = this.#tenants.get(issuer);
    const validator =
      isDeepStrictEqual(previous?.options, options) && previous !== undefined
        ? previous.validator
        : this.#create(issuer, options);
    this.#tenants.set(issuer, { options, validator, until: clock() + ttlSeconds, retryAt: 0 });
    return validator;
  }

  async #resolve(issuer: string): Promise<T | undefined> {
    try {
      // `null` is what many databases return for "no such row".
      return await withDeadline(
        async () => (await this.options.resolve(issuer)) ?? undefined,
        this.options.timeoutSeconds ?? 5,
        () => new UnavailableError("issuer_lookup_timeout"),
      );
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      throw new UnavailableError("issuer_lookup_failed", { cause: error });
    }
  }

  #create(issuer: string, options: T): TokenValidator {
    try {
      return this.options.create(issuer, options);
    } catch (error) {
      throw new UnavailableError("issuer_options_invalid", { cause: error });
    }
  }
}
