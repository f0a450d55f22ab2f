import { RateLimitedError, type OAuthError } from "../core/errors.js";
import { countsAsFailure, type AddressLimit } from "../policy/rate-limit.js";

/**
 * Slows down whoever sends one bad credential after the other. Only refusals
 * that count are turned into 429: a good token works, and a missing or expired
 * one gets its usual challenge, however many others fail behind the same address.
 */
export class FailureLimit {
  readonly #limit: AddressLimit | undefined;
  readonly #limitGoodTokens: boolean;

  /** @param limit `undefined` switches it off */
  constructor(limit: AddressLimit | undefined, limitGoodTokens = false) {
    this.#limit = limit;
    this.#limitGoodTokens = limitGoodTokens;
  }

  /** Whether {@link checkBefore} has anything to check. */
  get limitsGoodTokens(): boolean {
    return this.#limitGoodTokens && this.#limit !== undefined;
  }

  /**
   * Refuses before the credential is looked at, where configured: it saves
   * what looking costs, at the price of good tokens behind the same address.
   *
   * @throws RateLimitedError
   */
  async checkBefore(address: string | undefined): Promise<undefined> {
    if (!this.#limitGoodTokens || this.#limit === undefined) return;
    const seconds = await this.#limit.check(address);
    if (seconds !== undefined) throw tooMany(seconds);
  }

  /** Whether {@link judge} has anything to judge. */
  counts(error: OAuthError): boolean {
    return this.#limit !== undefined && countsAsFailure(error);
  }

  /** The error to answer with: `error` itself, or a 429 when it is one failure too many. */
  async judge(error: OAuthError, address: string | undefined): Promise<OAuthError> {
    if (this.#limit === undefined || !countsAsFailure(error)) return error;
    const seconds = await this.#limit.consume(address);
    return seconds === undefined ? error : tooMany(seconds);
  }
}

function tooMany(retryAfterSeconds: number): RateLimitedError {
  return new RateLimitedError("too_many_failures", { retryAfterSeconds });
}
