import type { SealedChange } from "../storage/sealed-storage.js";

/**
 * What one grant handler writes, collected until it has succeeded and then
 * committed in one step. A handler that fails costs nothing: the code or the
 * refresh token it began to use is still good.
 */
export class UnitOfWork {
  readonly #changes: SealedChange[] = [];

  /** @param unused a used refresh token that the handler is to see as not used */
  constructor(readonly unused?: string) {}

  add(change: SealedChange): void {
    this.#changes.push(change);
  }

  /** Everything, for the one commit. */
  get changes(): readonly SealedChange[] {
    return this.#changes;
  }

  /** Access tokens alone, for a request that gets another one's refresh token. */
  get accessTokens(): readonly SealedChange[] {
    return this.#changes.filter((change) => "put" in change && change.put.kind === "AccessToken");
  }
}
