import type { ReasonOf } from "../core/reasons/reasons.js";
import type { Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import { withDeadline } from "./deadline.js";
import { WaitingPlaces } from "./waiting-places.js";

export interface RefreshingOptions<T> {
  /** Fetches a new value. Rejects when there is none to be had. */
  readonly load: () => Promise<T>;
  /**
   * Returns the value to use for one that was loaded in time, or throws to count it as a failure. Not
   * called for a value that arrives later.
   */
  readonly accept?: (loaded: T) => T;
  /** `reason` of the error when nothing was ever loaded and `load` gives no reason of its own. */
  readonly unavailableReason: ReasonOf<503>;
  /** How long a value is used before it is loaded again, in seconds; refreshed in the background before that. */
  readonly ttlSeconds: number;
  /** How long beyond that the last valid value is used while loading fails, in seconds. */
  readonly maxStaleSeconds: number;
  /** Least time between the starts of two loads, in seconds. */
  readonly cooldownSeconds: number;
  readonly clock: Clock;
  /** Jitter: from 0 to below 1. */
  readonly random: () => number;
}

export interface RefreshingStatus {
  /** Age of the value in use, in seconds. `undefined` while there is none. */
  readonly ageSeconds: number | undefined;
  /** When a load last succeeded, in seconds since the epoch. */
  readonly lastLoadedAt: number | undefined;
  /** Reason of the last load's failure; `undefined` after a success. */
  readonly lastError: ReasonOf<503> | undefined;
  /** Loads started so far. */
  readonly loads: number;
}

/** A caller's request is not held longer than this for a refresh that a stand-in could replace. */
const STAND_IN_AFTER_SECONDS = 1;
/** A load that never settles must not block the next one for ever. */
const LOAD_DEADLINE_SECONDS = 15;
const BACKOFF_FACTOR = 1.5;
const BACKOFF_STEPS = 2;
/**
 * Callers that may wait for a load that has to wait itself, in all and of one
 * address block. Enough that the load happens; more would only be held up by it.
 */
const MAX_WAITING = 64;
const MAX_WAITING_OF_BLOCK = 8;
/** Callers that may wait for a load that runs: it is over soon. */
const MAX_JOINING = 4_096;
const MAX_JOINING_OF_BLOCK = 1_024;

/**
 * A cached remote document: loaded on first use, once for any number of
 * callers, renewed in the background, and its last valid version served while
 * the remote side is down.
 *
 * At most one load runs at a time; their starts lie at least `cooldownSeconds`
 * apart, and further apart while they fail (up to 2.8 times as far, with
 * jitter), regardless of the number of callers.
 */
export class Refreshing<T> {
  readonly #options: RefreshingOptions<T>;
  #value:
    | {
        readonly value: T;
        readonly load: number;
        readonly loadedAt: number;
        readonly renewAt: number;
      }
    | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  readonly #waiting = new WaitingPlaces(MAX_WAITING, MAX_WAITING_OF_BLOCK);
  readonly #joining = new WaitingPlaces(MAX_JOINING, MAX_JOINING_OF_BLOCK);
  #loads = 0;
  #failures = 0;
  #lastError: UnavailableError | undefined;
  #mayStartAt = -Infinity;
  #lastLoadedAt: number | undefined;

  constructor(options: RefreshingOptions<T>) {
    this.#options = options;
  }

  /**
   * The current value, loaded first if there is none or if it is too old.
   *
   * Throws {@link UnavailableError} when there is no value and none can be
   * loaded, at once while the last failure is recent.
   */
  async get(): Promise<T> {
    const held = this.peek();
    if (held !== undefined && this.#age() <= this.#options.ttlSeconds) {
      this.refreshIfDue();
      return held;
    }
    const load = this.#running ?? this.#next ?? this.#startIfAllowed();
    if (held === undefined) {
      if (load === undefined) throw this.#failure();
      await load;
      return this.#held();
    }
    if (load === undefined || this.#failures > 0) return held;
    // Old, and nothing is known to be wrong: a removed key must not be used
    // only because there were no requests for a while. But a server that hangs must not
    // hold up tokens whose keys are known.
    const late = () => new UnavailableError(this.#options.unavailableReason);
    await withDeadline(() => load, STAND_IN_AFTER_SECONDS, late).catch(() => undefined);
    return this.#held();
  }

  /**
   * How many loads have started: what a caller notes on arrival, to ask for a
   * value that is newer than that.
   */
  get loads(): number {
    return this.#loads;
  }

  /**
   * The value once the load that runs now is over, whenever it started; at once
   * if none runs. A failure shows in the next call.
   *
   * @param block of the client's address, for its share of the places to wait
   * @throws UnavailableError when too many callers wait already
   */
  async settled(block?: string): Promise<T | undefined> {
    const running = this.#running;
    if (running !== undefined) await this.#wait(this.#joining, block, () => running.catch(ignore));
    return this.peek();
  }

  /**
   * A value whose load started when `loads` was already `mark` or more, so that
   * it holds all that was published before. One such load is shared by all
   * callers that wait. It starts at once when the cooldown is over, otherwise
   * at its end: a wait of seconds, for which there are a few places only.
   *
   * @param block of the client's address, for its share of the places to wait
   * @throws UnavailableError when loading fails or failed just now, when it takes
   *   too long, and at once when too many callers wait already
   */
  async newerThan(mark: number, block?: string): Promise<T> {
    if (this.#value !== undefined && this.#value.load > mark) return this.#held();
    const places = this.#mayStart() ? this.#joining : this.#waiting;
    await this.#wait(places, block, () => (this.#next ??= this.#loadNext()));
    return this.#held();
  }

  /** The value in use, without loading. Drops a value older than `maxStaleSeconds`. */
  peek(): T | undefined {
    if (this.#age() > this.#options.ttlSeconds + this.#options.maxStaleSeconds) {
      this.#value = undefined;
    }
    return this.#value?.value;
  }

  /** Starts a load in the background if the value nears its end. Never waits, never throws. */
  refreshIfDue(): void {
    const { clock } = this.#options;
    if (this.#value === undefined || clock() < this.#value.renewAt) return;
    if (this.#running === undefined && this.#next === undefined) void this.#startIfAllowed();
  }

  /** Loads in the background as soon as the cooldown is over. Never throws. */
  async loadSoon(): Promise<void> {
    await this.#running?.catch(() => undefined);
    await pause(this.#secondsUntilStart());
    if (this.#running === undefined && this.#next === undefined) void this.#startIfAllowed();
  }

  status(): RefreshingStatus {
    return {
      ageSeconds: this.peek() === undefined ? undefined : this.#age(),
      lastLoadedAt: this.#lastLoadedAt,
      lastError: this.#lastError?.reason,
      loads: this.#loads,
    };
  }

  /**
   * The load itself is bounded by its fetch. Beyond a second of it callers are
   * sent away with a `Retry-After`: a slow server's answer is there by then.
   */
  async #wait(
    places: WaitingPlaces,
    block: string | undefined,
    load: () => Promise<void>,
  ): Promise<void> {
    if (!places.enter(block)) throw this.#crowded();
    const seconds = this.#options.cooldownSeconds + STAND_IN_AFTER_SECONDS;
    try {
      await withDeadline(load, seconds, () => this.#failure());
    } finally {
      places.leave(block);
    }
  }

  #held(): T {
    const value = this.peek();
    if (value === undefined) throw this.#failure();
    return value;
  }

  /** A clock that was set back counts like one that ran on: never as "just loaded". */
  #age(): number {
    if (this.#value === undefined) return 0;
    return Math.abs(this.#options.clock() - this.#value.loadedAt);
  }

  #secondsUntilStart(): number {
    const wait = this.#mayStartAt - this.#options.clock();
    // The same for the waiting time: no jump of the clock makes it longer than it ever is.
    return wait > this.#longestPause() ? 0 : Math.max(0, wait);
  }

  #longestPause(): number {
    return 1.25 * this.#options.cooldownSeconds * BACKOFF_FACTOR ** BACKOFF_STEPS;
  }

  #mayStart(): boolean {
    return this.#secondsUntilStart() === 0;
  }

  #startIfAllowed(): Promise<void> | undefined {
    return this.#mayStart() ? this.#start() : undefined;
  }

  async #loadNext(): Promise<void> {
    try {
      await this.#running?.catch(() => undefined);
      // A load that failed meanwhile decides: unavailable.
      if (this.#failures > 0 && !this.#mayStart()) throw this.#failure();
      // Other callers share this load.
      await pause(this.#secondsUntilStart());
    } finally {
      // From here on callers are too late for this load: they need the one after it.
      this.#next = undefined;
    }
    await this.#start();
  }

  #start(): Promise<void> {
    const { clock, cooldownSeconds } = this.#options;
    this.#loads += 1;
    this.#mayStartAt = clock() + cooldownSeconds;
    const run = this.#run().finally(() => {
      this.#running = undefined;
    });
    this.#running = run;
    // A background load may have no listener.
    run.catch(() => undefined);
    return run;
  }

  async #run(): Promise<void> {
    const { accept, clock, cooldownSeconds, load, random, ttlSeconds, unavailableReason } =
      this.#options;
    const number = this.#loads;
    try {
      const late = () => new UnavailableError(unavailableReason);
      const loaded = await withDeadline(() => load(), LOAD_DEADLINE_SECONDS, late);
      const value = accept === undefined ? loaded : accept(loaded);
      const loadedAt = clock();
      // Processes that started together must not ask together for ever.
      const renewAt = loadedAt + ttlSeconds * (0.8 + 0.1 * random());
      this.#value = { value, load: number, loadedAt, renewAt };
      this.#lastLoadedAt = loadedAt;
      this.#failures = 0;
      this.#lastError = undefined;
    } catch (cause) {
      const step = Math.min(this.#failures, BACKOFF_STEPS);
      const jitter = 1 + 0.25 * random();
      this.#failures += 1;
      this.#mayStartAt = clock() + cooldownSeconds * BACKOFF_FACTOR ** step * jitter;
      this.#lastError =
        cause instanceof UnavailableError
          ? cause
          : new UnavailableError(unavailableReason, { cause });
      throw this.#failure();
    }
  }

  #crowded(): UnavailableError {
    const retryAfterSeconds = Math.max(1, Math.ceil(this.#secondsUntilStart()));
    return new UnavailableError("too_many_waiting", { retryAfterSeconds });
  }

  /** A fresh error for each caller: its `Retry-After` says when the next load may start. */
  #failure(): UnavailableError {
    const { unavailableReason } = this.#options;
    const retryAfterSeconds = Math.max(1, Math.ceil(this.#secondsUntilStart()));
    return new UnavailableError(this.#lastError?.reason ?? unavailableReason, {
      retryAfterSeconds,
      ...(this.#lastError === undefined ? {} : { cause: this.#lastError }),
    });
  }
}

const ignore = (): undefined => undefined;

function pause(seconds: number): Promise<void> {
  if (seconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    // Rounded up: a timer that fires early would start a load too soon.
    setTimeout(resolve, Math.ceil(seconds * 1000)).unref();
  });
}
