import type { Account } from "./account.js";

/**
 * Where accounts come from: your own database, or {@link accountsFile}. With
 * `authenticate`, only `find` is needed.
 */
export interface AccountSource {
  /** The account with this user name, exactly as typed; `undefined` for an unknown name. */
  findByLogin?(userName: string): Account | undefined | Promise<Account | undefined>;
  /**
   * Whether the password is right. Also called with `undefined`, for a user name
   * that no account has: do the same work then, so that the time of the response
   * does not tell which accounts exist. The result is then ignored.
   */
  verify?(account: Account | undefined, password: string): boolean | Promise<boolean>;
  /**
   * The account with this id; `undefined` if it was removed or may no longer sign in.
   * Called at every sign-in, consent and token request.
   */
  find(id: string): Account | undefined | Promise<Account | undefined>;
  /**
   * Registers a listener for accounts that must be signed out everywhere, because they were
   * disabled or their password changed. Without it, call `revoke({ account })` yourself.
   */
  onEnded?(listener: (accountId: string) => void): void;
}

/** Whether the option `accounts` is a list. */
export function isAccountList(
  accounts: readonly Account[] | AccountSource,
): accounts is readonly Account[] {
  return Array.isArray(accounts);
}
