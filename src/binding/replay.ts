import { sha256 } from "../core/hashes.js";
import { RateLimitedError, UnavailableError } from "../core/errors.js";
import { StoreFullError, type Store } from "../stores/store.js";
import { ReplayQuota, SLICES } from "./replay-quota.js";

export interface ReplayMemoryOptions {
  /**
   * What happens while the store does not answer. `refuse`: such requests get
   * 503. `continue`: they pass unremembered, so a proof that was overheard can be
   * used again until it is too old. A store that is full always refuses:
   * otherwise an attacker could fill it and replay.
   */
  readonly onStoreFailure: "refuse" | "continue";
  /** Markers that fit into the store; see {@link ReplayQuota}. @default not known */
  readonly capacity?: number | undefined;
}

/**
 * How far the clocks of two processes may differ, in seconds, on top of the
 * proof's own window: a proof must not outlive its marker on the slower one.
 */
const CLOCK_SKEW_SECONDS = 60;

/**
 * Remembers which proofs were used (RFC 9449 §11.1), in a {@link Store}: shared
 * by all processes that share the store, in one atomic step.
 */
export class ReplayMemory {
  readonly #store: Store;
  readonly #onStoreFailure: "refuse" | "continue";
  readonly #quota: ReplayQuota;

  constructor(store: Store, options: ReplayMemoryOptions) {
    this.#store = store;
    this.#onStoreFailure = options.onStoreFailure;
    this.#quota = new ReplayQuota(options.capacity ?? Infinity);
  }

  /**
   * True for the first use of `jti` with this key, false for every further one
   * while a proof with it can be fresh. Call it last, when the proof is known to
   * be signed and bound to an accepted token: otherwise an attacker could use up
   * other clients' identifiers or fill the store.
   *
   * @param windowSeconds how far `iat` may lie from now, to either side
   * @param now in seconds
   * @throws UnavailableError if that cannot be determined
   * @throws RateLimitedError when too many proofs with this key are remembered
   */
  async isFirstUse(
    thumbprint: string,
    jti: string,
    windowSeconds: number,
    now: number,
  ): Promise<boolean> {
    // What the signature covers, and nothing else: the same ECDSA signature can be
    // written in two ways, so a hash of the whole proof could be dodged. The key is
    // part of it, so that one client cannot use up another's identifiers. `htu` is
    // not: a proof has exactly one, so it would tell no replay apart, and one `jti`
    // for two URLs is no proof with a unique identifier (§4.2).
    const key = `dpop:${sha256(JSON.stringify([thumbprint, jti]))}`;
    // A proof dated to the far end of the future stays fresh for two windows.
    const ttlSeconds = 2 * windowSeconds + CLOCK_SKEW_SECONDS;
    const giveBack = this.#quota.take(thumbprint, now, ttlSeconds);
    try {
      if (giveBack === undefined) {
        // No room to remember another one; a proof that was used is still known.
        if ((await this.#store.get(key)) === undefined) throw tooMany(ttlSeconds);
        return false;
      }
      const isFirst = await this.#store.add(key, "1", ttlSeconds);
      if (!isFirst) giveBack();
      return isFirst;
    } catch (cause) {
      if (cause instanceof RateLimitedError) throw cause;
      giveBack?.();
      if (this.#onStoreFailure === "continue" && !(cause instanceof StoreFullError)) return true;
      throw new UnavailableError("replay_store_unavailable", { cause });
    }
  }
}

/** Room comes back slice by slice. */
function tooMany(ttlSeconds: number): RateLimitedError {
  const retryAfterSeconds = Math.ceil(ttlSeconds / SLICES);
  return new RateLimitedError("too_many_proofs_of_key", { retryAfterSeconds });
}
