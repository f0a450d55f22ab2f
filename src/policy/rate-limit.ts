import { RateLimiterMemory, type RateLimiterRes } from "rate-limiter-flexible";
import { sha256Bytes } from "../core/hashes.js";
import type { Clock } from "../core/clock.js";
import {
  InvalidDPoPProofError,
  InvalidRequestError,
  InvalidTokenError,
  type OAuthError,
} from "../core/errors.js";
import { addressBlock } from "../net/client-address.js";
import type { Store } from "../stores/store.js";

export interface AddressLimitOptions {
  /** A fixed word of the code: what is counted. */
  readonly name: string;
  /** How many in one window are free. */
  readonly points: number;
  readonly windowSeconds: number;
  readonly clock: Clock;
  /** Counts for all processes together. While it is away each counts for itself. */
  readonly store?: Store | undefined;
  /** Addresses counted one by one in a window; further ones share {@link SHARED_BUCKETS}. */
  readonly maxAddresses?: number;
}

/** A flood from more addresses than fit must not grow memory: the rest share these. */
const SHARED_BUCKETS = 256;

/**
 * Counts events per client address in fixed windows: an IPv4 address, or the
 * /64 of an IPv6 one. Holds a bounded number of addresses, whatever comes.
 */
export class AddressLimit {
  readonly #options: AddressLimitOptions;
  readonly #memory: RateLimiterMemory;
  readonly #maxAddresses: number;
  #window = -1;
  #addresses = new Set<string>();

  constructor(options: AddressLimitOptions) {
    this.#options = options;
    this.#maxAddresses = options.maxAddresses ?? 10_000;
    this.#memory = new RateLimiterMemory({
      keyPrefix: options.name,
      points: options.points,
      duration: Math.ceil(options.windowSeconds),
    });
  }

  /**
   * Counts one more. Seconds to wait when that is too many, or `undefined`.
   * Never throws.
   */
  async consume(address: string | undefined): Promise<number | undefined> {
    const key = this.#keyOf(address);
    const { consumedPoints } = await this.#memory
      .consume(key)
      .catch((refused: unknown) => refused as RateLimiterRes);
    const { points, store } = this.#options;
    // Enough seen here alone: no need to lean on the store during a flood.
    const isEnough = store === undefined || consumedPoints > points;
    const used = isEnough ? consumedPoints : ((await this.#shared(store, key)) ?? consumedPoints);
    return used > points ? this.#secondsLeft() : undefined;
  }

  /** Seconds to wait if this process has counted too many already; counts nothing. */
  async check(address: string | undefined): Promise<number | undefined> {
    const state = await this.#memory.get(this.#keyOf(address));
    return state !== null && state.consumedPoints > this.#options.points
      ? this.#secondsLeft()
      : undefined;
  }

  async #shared(store: Store, key: string): Promise<number | undefined> {
    const { name, windowSeconds } = this.#options;
    try {
      return await store.increment(`ratelimit:${name}:${key}`, windowSeconds);
    } catch {
      // A limit is no decision about a token: without the store it holds per process.
      return undefined;
    }
  }

  /** The window is part of the key, so that time is the clock's alone. */
  #keyOf(address: string | undefined): string {
    const { clock, windowSeconds } = this.#options;
    const window = Math.floor(clock() / windowSeconds);
    if (window !== this.#window) {
      this.#window = window;
      this.#addresses = new Set();
    }
    const block = address === undefined ? "unknown" : addressBlock(address);
    if (!this.#addresses.has(block)) {
      if (this.#addresses.size >= this.#maxAddresses) {
        const bucket = sha256Bytes(block).readUInt32BE(0) % SHARED_BUCKETS;
        return `${window}:shared-${bucket}`;
      }
      this.#addresses.add(block);
    }
    return `${window}:${block}`;
  }

  #secondsLeft(): number {
    const { clock, windowSeconds } = this.#options;
    return windowSeconds - (clock() % windowSeconds);
  }
}

/**
 * Whether a refusal is a failed authentication that counts against its sender:
 * a credential was sent, and it is bad.
 *
 * Not a missing one (every client begins so), nor an expired one (every client
 * ends so, and must learn it to renew), nor a wrong nonce, nor an outage.
 */
export function countsAsFailure(error: OAuthError): boolean {
  if (error instanceof InvalidTokenError) return error.reason !== "expired";
  return error instanceof InvalidDPoPProofError || error instanceof InvalidRequestError;
}
