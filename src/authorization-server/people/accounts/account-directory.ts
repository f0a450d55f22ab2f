import type { Account } from "./account.js";
import type { Application } from "../application.js";
import { isAccountList, type AccountSource } from "./account-source.js";
import { listedAccounts } from "./listed-accounts.js";

/** The accounts that can sign in. */
export interface AccountDirectory {
  /** The first account of a list, for `autoApprove: true`. */
  readonly first: Account | undefined;
  /** Accounts that sign in with one click, as the sign-in page shows them; development only. */
  readonly people: readonly { readonly id: string; readonly name: string; readonly hint: string }[];
  /** Whether some account signs in with a password. */
  readonly hasPasswords: boolean;
  /** Whether there may be another account to sign in as. */
  readonly canSwitch: boolean;
  /** The account, if it may still sign in. */
  find(id: string): Promise<Account | undefined>;
  findByLogin(userName: string): Promise<Account | undefined>;
  /** Takes the same time for an unknown account; the result is then `false`. */
  verify(account: Account | undefined, password: string): Promise<boolean>;
  onEnded(listener: (accountId: string) => void): void;
}

/** Reads accounts from the option. Errors of the application's functions are outages. */
export function createAccountDirectory(
  option: readonly Account[] | AccountSource,
  application: Application,
): AccountDirectory {
  const list = isAccountList(option) ? option : undefined;
  const source = isAccountList(option) ? listedAccounts(option) : option;
  const withoutPassword = list?.filter(({ password }) => password === undefined) ?? [];
  return {
    first: list?.[0],
    people: withoutPassword.map(({ id, name, email }) => ({
      id,
      name: name ?? id,
      hint: email ?? id,
    })),
    hasPasswords: list === undefined || withoutPassword.length < list.length,
    canSwitch: list === undefined || list.length > 1,
    async find(id) {
      const account = await application.call("accounts.find", () => source.find(id));
      // Another account under this id would get the tokens of the first.
      return account?.id === id ? account : undefined;
    },
    findByLogin: (userName) =>
      application.call("accounts.findByLogin", () => source.findByLogin?.(userName)),
    async verify(account, password) {
      const verify = () => source.verify?.(account, password);
      const matches = await application.call("accounts.verify", verify);
      return account !== undefined && matches === true;
    },
    onEnded: (listener) => source.onEnded?.(listener),
  };
}
