import { isSameText } from "../../../core/hashes.js";
import type { Account } from "./account.js";
import type { AccountSource } from "./account-source.js";

/** The accounts of a list. User names are ids and e-mail addresses. */
export function listedAccounts(accounts: readonly Account[]): AccountSource {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return {
    find: (id) => byId.get(id),
    findByLogin: (userName) =>
      byId.get(userName) ?? accounts.find(({ email }) => email !== undefined && email === userName),
    verify(account, password) {
      const matches = isSameText(password, account?.password ?? "");
      return matches && account?.password !== undefined;
    },
  };
}
