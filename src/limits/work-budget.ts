import { LRUCache } from "lru-cache";
import type { Clock } from "../core/clock.js";
import { InvalidTokenError, RateLimitedError, UnavailableError } from "../core/errors.js";
import { FairPlaces } from "./fair-places.js";
import { AddressLimit } from "./rate-limit.js";

/** Tokens and keys that are known to have been good, by hash. */
const MAX_ACCEPTED = 10_000;
/** What an address over its budget may still have done: five at once, then one a second. */
const TRICKLE = { name: "trickle", points: 5, windowSeconds: 5 };

/**
 * Limits the work that bad credentials cause, and never a verdict.
 *
 * Work is what costs another server something (introspection, `issuers`, a
 * function of the application) or invites guessing (API keys, static tokens).
 * Work that ends in a refusal is charged to the address block that caused it.
 * A block within its budget has as many places at once as it has failures left,
 * so that a burst of bad credentials cannot overdraw the budget. A block over
 * its budget shares the slow lane: a few places for all such blocks, and a
 * trickle for each. What does not fit is not evaluated, and never refused as a
 * bad token.
 *
 * A credential that was accepted before is neither charged nor slowed down: a
 * token that has just expired must get its challenge, or its client cannot renew
 * it. An outage is not counted.
 */
export class WorkBudget {
  readonly #failures: AddressLimit | undefined;
  /** Hashes of accepted tokens, which pass while their block is over budget. */
  readonly #accepted = new LRUCache<string, true>({ max: MAX_ACCEPTED });
  readonly #trickle: AddressLimit;
  readonly #lane: FairPlaces;
  readonly #slowLane: FairPlaces;

  /** @param failures `undefined` switches the limit off */
  constructor(failures: AddressLimit | undefined, clock: Clock) {
    this.#failures = failures;
    this.#trickle = new AddressLimit({ ...TRICKLE, clock });
    this.#lane = new FairPlaces({
      places: Infinity,
      placesOf: (block) => failures?.left(block) ?? Infinity,
      queue: 2_048,
      queueOfBlock: 512,
      maxWaitSeconds: 5,
      refusal: () => new UnavailableError("too_many_waiting", { retryAfterSeconds: 1 }),
    });
    this.#slowLane = new FairPlaces({
      places: 4,
      placesOf: () => 2,
      queue: 64,
      queueOfBlock: 8,
      maxWaitSeconds: 5,
      refusal: () => this.#tooMany(),
    });
  }

  /**
   * Does the work of evaluating a credential, at once or in turn.
   *
   * @param block of the client's address
   * @param key the credential's hash
   * @param work resolves when the credential is good
   * @throws RateLimitedError, UnavailableError when the work is not done, and its own errors
   */
  async spend<T>(block = "unknown", key: string, work: () => Promise<T>): Promise<T> {
    if (this.#failures === undefined || this.#accepted.has(key)) return work();
    const lane = await this.#enter(this.#failures, block);
    try {
      const result = await work();
      this.#accepted.set(key, true);
      return result;
    } catch (error) {
      if (isFailure(error)) this.#charge(this.#failures, block);
      throw error;
    } finally {
      lane.leave(block);
    }
  }

  async #enter(failures: AddressLimit, block: string): Promise<FairPlaces> {
    // False: the budget was used up while the call waited.
    if (failures.left(block) > 0 && (await this.#lane.enter(block))) return this.#lane;
    if (this.#trickle.consume(block) !== undefined) throw this.#tooMany();
    await this.#slowLane.enter(block);
    return this.#slowLane;
  }

  #charge(failures: AddressLimit, block: string): void {
    const dismissIfOver = (): void => {
      if (failures.left(block) <= 0) this.#lane.dismiss(block);
    };
    void failures.share(block).then(dismissIfOver);
    dismissIfOver();
  }

  #tooMany(): RateLimitedError {
    const retryAfterSeconds = this.#failures?.secondsLeft() ?? 1;
    return new RateLimitedError("too_many_failures", { retryAfterSeconds });
  }
}

/** Expired is no guess: every client ends so, and must learn it to renew. */
function isFailure(error: unknown): boolean {
  return error instanceof InvalidTokenError && error.reason !== "expired";
}
