import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { ConfigurationError } from "../core/errors.js";
import { isSameText } from "../core/hashes.js";

export interface NonceOptions {
  /**
   * How long one nonce is handed out, in seconds. It is accepted for one period
   * longer, so a client that just got it has at least this long.
   */
  readonly periodSeconds: number;
}

/** Whether a nonce is good, and whether the client should have a newer one. */
export type NonceVerdict = "current" | "outdated" | "invalid";

interface AcceptedNonces {
  readonly window: number;
  /** The one we hand out, then that of the next window. */
  readonly current: readonly [string, string];
  readonly outdated: readonly string[];
}

/**
 * Nonces for DPoP proofs (RFC 9449 §9) that need no memory: the HMAC of the
 * number of a time window. All clients get the same one and use it as often as
 * they like within its time (parallel requests do); single use is what
 * `ReplayMemory` looks after. Restarts do not matter, and processes with the
 * same secret accept each other's.
 *
 * The first secret issues, all are accepted: to rotate, put the new one in front
 * on every process, and drop the old one after two periods.
 */
export class DPoPNonce {
  readonly #secrets: readonly KeyObject[];
  readonly #periodSeconds: number;
  /** The nonces accepted in the window they were computed for: one HMAC a window, not one a request. */
  #accepted: AcceptedNonces | undefined;

  /**
   * @param secrets at least 32 random bytes each
   * @throws ConfigurationError
   */
  constructor(secrets: readonly Uint8Array[], options: NonceOptions) {
    if (secrets.length === 0 || secrets.some((secret) => secret.length < 32)) {
      throw new ConfigurationError(
        "ERR_OAUTH_DPOP_NONCE_SECRET",
        "A DPoP nonce secret must have at least 32 bytes; make one with crypto.randomBytes(32).",
      );
    }
    this.#periodSeconds = options.periodSeconds;
    this.#secrets = secrets.map((secret) => createSecretKey(secret));
  }

  /** The nonce to hand out at `now` (seconds since the epoch), for a `DPoP-Nonce` header. */
  issue(now: number): string {
    return this.#acceptedAt(now).current[0];
  }

  /** Judges what a proof carries. `outdated` is accepted as well. */
  verify(nonce: string, now: number): NonceVerdict {
    let verdict: NonceVerdict = "invalid";
    // Every candidate is compared, for constant time.
    const { current, outdated } = this.#acceptedAt(now);
    for (const candidate of outdated) if (isSameText(nonce, candidate)) verdict = "outdated";
    for (const candidate of current) if (isSameText(nonce, candidate)) verdict = "current";
    return verdict;
  }

  #acceptedAt(now: number): AcceptedNonces {
    const window = Math.floor(now / this.#periodSeconds);
    if (this.#accepted?.window !== window) {
      const noncesOf = (number: number) =>
        this.#secrets.map((secret) =>
          createHmac("sha256", secret)
            .update(`mcp-framework-oauth dpop-nonce ${this.#periodSeconds} ${number}`)
            .digest("base64url"),
        );
      const [ours, ...older] = noncesOf(window);
      // The next window's too: a process whose clock is ahead already issues it,
      // and it cannot be computed without the secret.
      const [next, ...olderNext] = noncesOf(window + 1);
      this.#accepted = {
        window,
        current: [ours!, next!],
        outdated: [...older, ...olderNext, ...noncesOf(window - 1)],
      };
    }
    return this.#accepted;
  }
}
