import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import type { Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import { withDeadline } from "../net/deadline.js";
import type { TokenValidator } from "./token-validator.js";
import { UpstreamGate, type UpstreamLimits } from "./upstream-gate.js";

export interface DynamicIssuersOptions<T> {
  /** The application's function: options of a tenant's issuer, or `undefined` for a stranger. */
  readonly resolve: (issuer: string) => T | undefined | Promise<T | undefined>;
  /** Builds the validator; it must accept exactly `issuer`. */
  readonly create: (issuer: string, options: T) => TokenValidator;
  readonly clock: Clock;
  /** How long an answer of `resolve` counts, in seconds. A removed tenant works for at most this long. @default 300 */
  readonly ttlSeconds?: number;
  /** The same for strangers, in seconds. @default 30 */
  readonly negativeTtlSeconds?: number;
  /** Tenants whose validators (keys, caches) are kept at once. @default 1000 */
  readonly maxEntries?: number;
  /** Time `resolve` has, in seconds. @default 5 */
  readonly timeoutSeconds?: number;
  readonly limits?: Omit<UpstreamLimits, "failuresToPause">;
}

interface Tenant<T> {
  readonly options: T;
  readonly validator: TokenValidator;
  readonly until: number;
}

const MAX_STRANGERS = 10_000;
/** `iss` is a URL of a server somebody runs; anything longer or stranger is not asked about. */
const ISSUER_FORM = /^[\x21-\x7e]{1,512}$/;

/**
 * Issuers that the application knows and this configuration does not: one
 * server for many tenants.
 *
 * `iss` is whatever a stranger wrote into a token, so answers are remembered,
 * strangers apart from tenants and both bounded, and questions about one issuer
 * are asked once at a time. A `resolve` that fails is an outage, not a bad token.
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

  /** Tenants and strangers remembered. */
  get size(): { readonly tenants: number; readonly strangers: number } {
    return { tenants: this.#tenants.size, strangers: this.#strangers.size };
  }

  /**
   * The validator of `issuer`, or `undefined` when the application does not know it.
   *
   * @throws UnavailableError
   */
  async lookup(issuer: string): Promise<TokenValidator | undefined> {
    if (!ISSUER_FORM.test(issuer)) return undefined;
    const now = this.options.clock();
    const tenant = this.#tenants.get(issuer);
    if (tenant !== undefined && now < tenant.until) return tenant.validator;
    const strangerUntil = this.#strangers.get(issuer);
    if (strangerUntil !== undefined && now < strangerUntil) return undefined;

    const running = this.#underWay.get(issuer);
    if (running !== undefined) return running;
    const answer = this.#ask(issuer).finally(() => this.#underWay.delete(issuer));
    this.#underWay.set(issuer, answer);
    return answer;
  }

  async #ask(issuer: string): Promise<TokenValidator | undefined> {
    const { clock, ttlSeconds = 300, negativeTtlSeconds = 30 } = this.options;
    const options = await this.#gate.run(() => this.#resolve(issuer));
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
    this.#tenants.set(issuer, { options, validator, until: clock() + ttlSeconds });
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
