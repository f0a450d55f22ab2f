import { RateLimitedError, UnavailableError } from "../core/errors.js";

const RETRY_AFTER_SECONDS = 5;

/** Bytes that bodies under way may hold, altogether and for one client address. */
export class BodyBudget {
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(
    private readonly max: number,
    private readonly maxPerAddress: number,
  ) {}

  /** Bytes held now. */
  get total(): number {
    return this.#total;
  }

  /** A share for one body. */
  share(address: string): BodyShare {
    let bytes = 0;
    const change = (by: number): void => {
      bytes += by;
      this.#total += by;
      const held = (this.#held.get(address) ?? 0) + by;
      if (held > 0) this.#held.set(address, held);
      else this.#held.delete(address);
    };
    return {
      grow: (by) => {
        if ((this.#held.get(address) ?? 0) + by > this.maxPerAddress) {
          const retryAfterSeconds = RETRY_AFTER_SECONDS;
          throw new RateLimitedError("too_many_bodies_of_address", { retryAfterSeconds });
        }
        if (this.#total + by > this.max) throw new UnavailableError("too_many_bodies");
        change(by);
      },
      release: () => change(-bytes),
    };
  }
}

/** What one body holds of a budget. */
export interface BodyShare {
  /** @throws OAuthError when the budget is used up */
  grow(bytes: number): void;
  /** Idempotent. */
  release(): void;
}
