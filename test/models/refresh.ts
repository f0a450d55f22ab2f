/**
 * The refresh of tokens as a state machine, without time or network of its own.
 * docs/explanation/refresh.md describes it; the tests compare the server with it.
 */

/** The client that presents a token. */
export interface Presenter {
  readonly client: string;
  /** Thumbprint of the DPoP key that was proven. */
  readonly key?: string;
}

export type RefreshOutcome =
  /** The token was used for the first time. */
  | { readonly kind: "first" }
  /** The response of the first use, or of the newest use after it. */
  | { readonly kind: "repeated"; readonly generation: number }
  | { readonly kind: "invalid_grant" };

/** One sign-in: its refresh tokens, by generation. */
export class RefreshFamily {
  /** Time of use of each generation, in seconds; the last one is unused. */
  readonly #usedAt: (number | undefined)[] = [undefined];
  #isAlive = true;
  #reuses = 0;

  constructor(
    readonly owner: Presenter,
    readonly windowSeconds: number,
  ) {}

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Number of detected thefts. */
  get reuses(): number {
    return this.#reuses;
  }

  /** The unused generation. */
  get newest(): number {
    return this.#usedAt.length - 1;
  }

  usedAt(generation: number): number | undefined {
    return this.#usedAt[generation];
  }

  /** A request that oidc-provider accepts in every other respect. */
  present(generation: number, by: Presenter, now: number): RefreshOutcome {
    if (!this.#isAlive) return { kind: "invalid_grant" };
    const usedAt = this.#usedAt[generation];
    const isOwner = by.client === this.owner.client && by.key === this.owner.key;
    if (usedAt === undefined) {
      // Another client cannot use the token, and its attempt must not sign the owner out.
      if (!isOwner) return { kind: "invalid_grant" };
      this.#usedAt[generation] = now;
      this.#usedAt.push(undefined);
      return { kind: "first" };
    }
    const isRepeat = this.windowSeconds > 0 && now - usedAt <= this.windowSeconds && isOwner;
    if (isRepeat) return { kind: "repeated", generation: this.newest };
    this.#isAlive = false;
    this.#reuses += 1;
    return { kind: "invalid_grant" };
  }

  /** The server crashed before the commit, or refused the request for another reason. */
  fail(): void {
    // Nothing changes, because of the unit of work.
  }
}
