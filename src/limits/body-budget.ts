import { RateLimitedError, UnavailableError } from "../core/errors.js";

const RETRY_AFTER_SECONDS = 5;

/** Bytes that unfinished bodies may hold: in total, for one client address and for one user. */
export interface BodyLimits {
  readonly total: number;
  readonly perAddress: number;
  /** Below `perAddress`, so that one user cannot use up the share of an office or a hosted client. */
  readonly perUser: number;
}

/** Memory for the bodies that are being received. */
export class BodyBudget {
  readonly #byAddress = new Map<string, number>();
  readonly #byUser = new Map<string, number>();
  #total = 0;

  constructor(private readonly limits: BodyLimits) {}

  /** Bytes held now. */
  get total(): number {
    return this.#total;
  }

  /** A share for one body. */
  share(address: string, user?: string): BodyShare {
    let bytes = 0;
    const change = (by: number): void => {
      bytes += by;
      this.#total += by;
      add(this.#byAddress, address, by);
      if (user !== undefined) add(this.#byUser, user, by);
    };
    return {
      grow: (by) => {
        const { perAddress, perUser, total } = this.limits;
        const retryAfterSeconds = RETRY_AFTER_SECONDS;
        const ofUser = user === undefined ? bytes : heldBy(this.#byUser, user);
        // A user's only body may reach the maximum body size, even beyond the user's share.
        if (ofUser > bytes && ofUser + by > perUser) {
          throw new RateLimitedError("too_many_bodies_of_user", { retryAfterSeconds });
        }
        if (heldBy(this.#byAddress, address) + by > perAddress) {
          throw new RateLimitedError("too_many_bodies_of_address", { retryAfterSeconds });
        }
        if (this.#total + by > total) throw new UnavailableError("too_many_bodies");
        change(by);
      },
      release: () => change(-bytes),
    };
  }
}

function heldBy(held: ReadonlyMap<string, number>, key: string): number {
  return held.get(key) ?? 0;
}

function add(held: Map<string, number>, key: string, bytes: number): void {
  const sum = heldBy(held, key) + bytes;
  if (sum > 0) held.set(key, sum);
  else held.delete(key);
}

/** What one body holds of a budget. */
export interface BodyShare {
  /** @throws OAuthError when the budget is used up */
  grow(bytes: number): void;
  /** Idempotent. */
  release(): void;
}
