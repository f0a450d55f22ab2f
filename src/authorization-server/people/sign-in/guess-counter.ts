import { sha256Bytes } from "../../../core/hashes.js";
import type { Clock } from "../../../core/clock.js";

/** A flood of names must not grow memory: names beyond the limit share these counts. */
const SHARED = 256;
const MOST_KEYS = 10_000;

/**
 * Counts wrong guesses per key in fixed windows, in this process.
 *
 * Bounded, and nothing is evicted: keys beyond 10,000 in one window share counts.
 */
export class GuessCounter {
  #window = -1;
  #counts = new Map<string, number>();

  constructor(
    private readonly points: number,
    private readonly windowSeconds: number,
    private readonly clock: Clock,
  ) {}

  /** Counts a guess before it is evaluated; `false` if there were too many. */
  take(key: string): boolean {
    const place = this.#placeOf(key);
    const count = (this.#counts.get(place) ?? 0) + 1;
    this.#counts.set(place, count);
    return count <= this.points;
  }

  /** Takes back a guess that was right. */
  giveBack(key: string): void {
    const place = this.#placeOf(key);
    const count = this.#counts.get(place) ?? 0;
    if (count > 0) this.#counts.set(place, count - 1);
  }

  #placeOf(key: string): string {
    const window = Math.floor(this.clock() / this.windowSeconds);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts = new Map();
    }
    if (this.#counts.has(key) || this.#counts.size < MOST_KEYS) return key;
    return `shared ${sha256Bytes(key).readUInt32BE(0) % SHARED}`;
  }
}
