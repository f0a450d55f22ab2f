import { hash } from "node:crypto";
import { UnavailableError } from "../core/errors.js";
import { StoreFullError, type Store } from "../stores/store.js";

export interface ReplayMemoryOptions {
  /**
   * What happens while the store does not answer. `refuse`: such requests get
   * 503. `continue`: they pass unremembered, so a proof that was overheard can be
   * used again until it is too old. A store that is full always refuses:
   * otherwise whoever fills it could replay.
   * @default "refuse"
   */
  readonly onStoreFailure?: "refuse" | "continue";
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

  constructor(store: Store, options: ReplayMemoryOptions = {}) {
    this.#store = store;
    this.#onStoreFailure = options.onStoreFailure ?? "refuse";
  }

  /**
   * True for the first use of `jti` with this key, false for every further one
   * while a proof with it can be fresh. Call it last, when the proof is known to
   * be signed and bound to an accepted token: otherwise anybody could use up
   * other people's identifiers or fill the memory.
   *
   * @param windowSeconds how far `iat` may lie from now, to either side
   * @throws UnavailableError when that cannot be told
   */
  async isFirstUse(thumbprint: string, jti: string, windowSeconds: number): Promise<boolean> {
    // What the signature covers, and nothing else: the same ECDSA signature can be
    // written in two ways, so a hash of the whole proof could be dodged. The key is
    // part of it, so that one client cannot use up another's identifiers. `htu` is
    // not: a proof has exactly one, so it would tell no replay apart, and one `jti`
    // for two URLs is no proof with a unique identifier (§4.2).
    const key = `dpop:${hash("sha256", JSON.stringify([thumbprint, jti]), "base64url")}`;
    // A proof dated to the far end of the future stays fresh for two windows.
    const ttlSeconds = 2 * windowSeconds + CLOCK_SKEW_SECONDS;
    try {
      return await this.#store.add(key, "1", ttlSeconds);
    } catch (cause) {
      if (this.#onStoreFailure === "continue" && !(cause instanceof StoreFullError)) return true;
      throw new UnavailableError("replay_store_unavailable", { cause });
    }
  }
}
