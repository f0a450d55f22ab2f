import type { Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";

/** What a gate stands in front of. */
export type UpstreamName = "callback" | "introspection" | "issuer_lookup";

/** How hard one dependency may be leaned on. */
export interface UpstreamLimits {
  /** Calls under way at once. @default 32 */
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

interface Waiter {
  readonly start: () => void;
  readonly refuse: (error: UnavailableError) => void;
}

/**
 * Keeps a flood of requests from becoming a flood of calls: so many at once, so
 * many waiting, and none for a while once the dependency keeps failing. After a
 * pause one call probes; its outcome ends the pause or doubles it.
 *
 * An {@link UnavailableError} counts as a failure of the dependency, anything
 * else as proof that it answers: a bad token must never be able to pause calls.
 */
export class UpstreamGate {
  readonly #maxConcurrent: number;
  readonly #maxQueued: number;
  readonly #maxWaitSeconds: number;
  readonly #failuresToPause: number;
  /** In order of arrival; a set, so that leaving the middle costs nothing. */
  readonly #waiting = new Set<Waiter>();
  #active = 0;
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
    this.#maxConcurrent = limits.maxConcurrent ?? 32;
    this.#maxQueued = limits.maxQueued ?? 512;
    this.#maxWaitSeconds = limits.maxWaitSeconds ?? 5;
    this.#failuresToPause = limits.failuresToPause ?? 5;
  }

  /** Calls now under way, and calls that wait. */
  get load(): { readonly active: number; readonly waiting: number } {
    return { active: this.#active, waiting: this.#waiting.size };
  }

  /** @throws UnavailableError when the call is not made, and whatever `call` throws */
  async run<T>(call: () => Promise<T>): Promise<T> {
    const isProbe = this.#enter();
    if (!isProbe && this.#active >= this.#maxConcurrent) {
      await this.#waitForPlace();
    } else {
      this.#active += 1;
    }
    const pausesAtStart = this.#pauses;
    try {
      const result = await call();
      this.#recover();
      return result;
    } catch (error) {
      if (!(error instanceof UnavailableError)) this.#recover();
      // Calls that were under way when the pause began do not lengthen it.
      else if (isProbe || pausesAtStart === this.#pauses) this.#fail(isProbe);
      throw error;
    } finally {
      if (isProbe) this.#probing = false;
      this.#leave();
    }
  }

  /** True when this call is the one that probes after a pause. */
  #enter(): boolean {
    if (this.#pausedUntil === undefined) return false;
    const remaining = this.#pausedUntil - this.clock();
    // A clock that was set back must not turn seconds of pause into hours.
    if (this.#probing || (remaining > 0 && remaining <= LONGEST_PAUSE_SECONDS)) {
      throw this.#paused(remaining);
    }
    this.#probing = true;
    return true;
  }

  #waitForPlace(): Promise<void> {
    if (this.#waiting.size >= this.#maxQueued) {
      throw new UnavailableError(`${this.name}_overloaded`, { retryAfterSeconds: 1 });
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(new UnavailableError(`${this.name}_overloaded`, { retryAfterSeconds: 1 }));
      }, this.#maxWaitSeconds * 1000);
      timer.unref();
      const waiter: Waiter = {
        start: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.add(waiter);
    });
  }

  /** Hands the place on to the longest waiting call, so that `#active` never exceeds its limit. */
  #leave(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next.start();
      return;
    }
    this.#active -= 1;
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
    for (const waiter of this.#waiting) waiter.refuse(this.#paused(pause));
    this.#waiting.clear();
  }

  #paused(remaining: number): UnavailableError {
    return new UnavailableError(`${this.name}_paused`, {
      retryAfterSeconds: Math.max(1, Math.ceil(Math.min(remaining, LONGEST_PAUSE_SECONDS))),
    });
  }
}
