import type { SealedChange } from "../storage/sealed-storage.js";

/**
 * The writes of one grant handler, collected until it succeeds and then committed
 * in one step. If the handler fails, its authorization code or refresh token
 * stays unused.
 */
export class UnitOfWork {
  readonly #changes: SealedChange[] = [];

  /** @param unused a refresh token that the handler must see as unused, whether it is or not */
  constructor(readonly unused?: string) {}

  add(change: SealedChange): void {
    this.#changes.push(change);
  }

  /** All writes, for one commit. */
  get changes(): readonly SealedChange[] {
    return this.#changes;
  }

  /** Access tokens only, for a request that gets the refresh token of an earlier response. */
  get accessTokens(): readonly SealedChange[] {
    return this.#changes.filter((change) => "put" in change && change.put.kind === "AccessToken");
  }
}
