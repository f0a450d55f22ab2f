import { sha256Bytes } from "../core/hashes.js";
import type { Clock } from "../core/clock.js";
import { addressBlock } from "../net/client-address.js";
import type { Store } from "../stores/store.js";

export interface AddressLimitOptions {
  /** A fixed word of the code: what is counted. */
  readonly name: string;
  /** How many in one window are free. */
  readonly points: number;
  readonly windowSeconds: number;
  readonly clock: Clock;
  /** Counts for all processes together. While it is away, each process counts for itself. */
  readonly store?: Store | undefined;
  /** Addresses counted one by one in a window; further ones share {@link SHARED_BUCKETS}. */
  readonly maxAddresses?: number;
}

/** A flood from more addresses than fit must not grow memory: the rest share these. */
const SHARED_BUCKETS = 256;

/**
 * Counts events per client address in fixed windows: an IPv4 address, or the
 * /64 of an IPv6 one. Holds a bounded number of addresses. An address that is
 * not known counts as one address.
 */
export class AddressLimit {
  readonly #options: AddressLimitOptions;
  readonly #maxAddresses: number;
  #window = -1;
  #counts = new Map<string, number>();

  constructor(options: AddressLimitOptions) {
    this.#options = options;
    this.#maxAddresses = options.maxAddresses ?? 10_000;
  }

  /** Counts one more. Seconds to wait when that is too many, or `undefined`. */
  consume(address: string | undefined): number | undefined {
    this.#count(this.#keyOf(address));
    return this.left(address) < 0 ? this.secondsLeft() : undefined;
  }

  /**
   * The same, for all processes that share the store. Resolves when this process
   * knows their count too; never rejects.
   */
  async share(address: string | undefined): Promise<void> {
    const { name, windowSeconds, points, store } = this.#options;
    const window = this.#currentWindow();
    const key = this.#keyOf(address);
    const count = this.#count(key);
    // Enough seen here alone: no need to use the store during a flood.
    if (store === undefined || count > points) return;
    try {
      const shared = await store.increment(`ratelimit:${name}:${window}:${key}`, windowSeconds);
      if (window !== this.#currentWindow()) return;
      this.#counts.set(key, Math.max(shared, this.#counts.get(key) ?? 0));
    } catch {
      // A limit is no decision about a token: without the store it holds per process.
    }
  }

  /** How many are free until the window ends; below zero when there were too many. */
  left(address: string | undefined): number {
    // The key first: it begins the window, and with it the counts.
    const key = this.#keyOf(address);
    return this.#options.points - (this.#counts.get(key) ?? 0);
  }

  /** Until the window ends. */
  secondsLeft(): number {
    const { clock, windowSeconds } = this.#options;
    return windowSeconds - (clock() % windowSeconds);
  }

  #count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  #currentWindow(): number {
    const { clock, windowSeconds } = this.#options;
    const window = Math.floor(clock() / windowSeconds);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts = new Map();
    }
    return window;
  }

  #keyOf(address: string | undefined): string {
    this.#currentWindow();
    const block = address === undefined ? "unknown" : addressBlock(address);
    if (this.#counts.has(block) || this.#counts.size < this.#maxAddresses) return block;
    return `shared-${sha256Bytes(block).readUInt32BE(0) % SHARED_BUCKETS}`;
  }
}
