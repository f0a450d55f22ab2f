import type { Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import { FairPlaces } from "./fair-places.js";

/** The dependency behind a gate. */
export type UpstreamName = "callback" | "fallback" | "introspection" | "issuer_lookup";

/** How hard one dependency may be leaned on. */
export interface UpstreamLimits {
  /** Calls in progress at once. @default 32 */
  readonly maxConcurrent?: number;
  /** Calls that wait for a place; the next one is refused with 503. @default 512 */
  readonly maxQueued?: number;
  /** How long a call waits for a place, in seconds. @default 5 */
  readonly maxWaitSeconds?: number;
  /** Failures in a row after which calls pause. `Infinity` never pauses. @default 5 */
  readonly failuresToPause?: number;
}

const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 30;

/**
 * Keeps a flood of requests from becoming a flood of calls: so many at once, so
 * many waiting, and none for a while once the dependency keeps failing. After a
 * pause one call probes; its outcome ends the pause or doubles it.
 *
 * One address block uses half of the places and half of the queue at most, and
 * free places go to one block after the other: a flood from one address delays
 * the calls of another by one call, not by the queue.
 *
 * An {@link UnavailableError} counts as a failure of the dependency, anything
 * else as proof that it answers: a bad token must never be able to pause calls.
 */
export class UpstreamGate {
  readonly #failuresToPause: number;
  readonly #places: FairPlaces;
  #failures = 0;
  #pauses = 0;
  #pausedUntil: number | undefined;
  #probing = false;

  /**
   * @param name front of the reasons: `{name}_paused`, `{name}_overloaded`
   * @param random 0 to 1, spreads the ends of pauses of many processes
   */
  constructor(
    private readonly name: UpstreamName,
    private readonly clock: Clock,
    limits: UpstreamLimits = {},
    private readonly random: () => number = Math.random,
  ) {
    const { maxConcurrent = 32, maxQueued = 512, maxWaitSeconds = 5 } = limits;
    this.#failuresToPause = limits.failuresToPause ?? 5;
    this.#places = new FairPlaces({
      places: maxConcurrent,
      placesOf: () => Math.ceil(maxConcurrent / 2),
      queue: maxQueued,
      queueOfBlock: Math.ceil(maxQueued / 2),
      maxWaitSeconds,
      refusal: () => new UnavailableError(`${name}_overloaded`, { retryAfterSeconds: 1 }),
    });
  }

  /** Calls now in progress, and calls that wait. */
  get load(): { readonly active: number; readonly waiting: number } {
    return this.#places.load;
  }

  /**
   * @param block of the address of the client that the call is made for
   * @throws UnavailableError when the call is not made, and errors of `call`
   */
  async run<T>(call: () => Promise<T>, block?: string): Promise<T> {
    const isProbe = this.#enter();
    // A probe takes no place: there is one at a time.
    const place = isProbe || this.#places.enter(block);
    if (place !== true && !(await place)) throw this.#paused(this.#pauseLeft());
    const pausesAtStart = this.#pauses;
    try {
      const result = await call();
      this.#recover();
      return result;
    } catch (error) {
      if (!(error instanceof UnavailableError)) this.#recover();
      // Calls that were in progress when the pause began do not lengthen it.
      else if (isProbe || pausesAtStart === this.#pauses) this.#fail(isProbe);
      throw error;
    } finally {
      if (isProbe) this.#probing = false;
      else this.#places.leave(block);
    }
  }

  /** True when this call is the one that probes after a pause. */
  #enter(): boolean {
    if (this.#pausedUntil === undefined) return false;
    const remaining = this.#pauseLeft();
    // A clock that was set back must not turn seconds of pause into hours.
    if (this.#probing || (remaining > 0 && remaining <= LONGEST_PAUSE_SECONDS)) {
      throw this.#paused(remaining);
    }
    this.#probing = true;
    return true;
  }

  #pauseLeft(): number {
    return this.#pausedUntil === undefined ? 0 : this.#pausedUntil - this.clock();
  }

  #recover(): void {
    this.#failures = 0;
    this.#pauses = 0;
    this.#pausedUntil = undefined;
  }

  #fail(isProbe: boolean): void {
    this.#failures += 1;
    if (!isProbe && this.#failures < this.#failuresToPause) return;
    const longest = Math.min(FIRST_PAUSE_SECONDS * 2 ** this.#pauses, LONGEST_PAUSE_SECONDS);
    const pause = longest * (0.5 + this.random() / 2);
    this.#pauses += 1;
    this.#pausedUntil = this.clock() + pause;
    this.#places.dismiss();
  }

  #paused(remaining: number): UnavailableError {
    return new UnavailableError(`${this.name}_paused`, {
      retryAfterSeconds: Math.max(1, Math.ceil(Math.min(remaining, LONGEST_PAUSE_SECONDS))),
    });
  }
}
