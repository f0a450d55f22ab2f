import { statSync } from "node:fs";
import { ConfigurationError } from "../../../core/errors.js";
import { isProduction } from "../../../core/production.js";
import type { Account } from "./account.js";
import type { AccountSource } from "./account-source.js";
import { verifyPassword } from "./password-hash.js";
import { readAccounts, type StoredAccount } from "./stored-accounts.js";

const CHECK_MS = 5_000;

/**
 * Accounts in a JSON file, with passwords hashed by scrypt. `mcp-oauth as add-user`,
 * `set-password` and `disable` change the file.
 *
 * A change is noticed at the next sign-in or token request, and within five
 * seconds. An account that is disabled, removed or gets another password is
 * signed out everywhere. While the file cannot be read, no one can sign in.
 *
 * @example
 * ```ts
 * import { accountsFile, createAuthorizationServer } from "mcp-framework-oauth/authorization-server";
 *
 * const authorizationServer = await createAuthorizationServer({
 *   issuer: "https://mcp.example.com",
 *   resources: [{ resource: "https://mcp.example.com/mcp" }],
 *   accounts: accountsFile("/etc/mcp/accounts.json"),
 * });
 * ```
 *
 * @throws ConfigurationError if the file is missing or invalid, or in production if other users of
 *   the machine can read it
 */
export function accountsFile(path: string): AccountSource {
  refuseOpenFile(path);
  let accounts = new Map(readAccounts(path).map((account) => [account.id, account]));
  let version = versionOf(path);
  const listeners = new Set<(accountId: string) => void>();

  const current = (): ReadonlyMap<string, StoredAccount> => {
    const latest = versionOf(path);
    if (latest === version) return accounts;
    const before = accounts;
    accounts = new Map(readAccounts(path).map((account) => [account.id, account]));
    version = latest;
    for (const account of before.values()) {
      if (!hasEnded(account, accounts.get(account.id))) continue;
      for (const listener of listeners) listener(account.id);
    }
    return accounts;
  };
  const active = (id: string): StoredAccount | undefined => {
    const account = current().get(id);
    return account?.disabled === true ? undefined : account;
  };
  const byLogin = (userName: string): StoredAccount | undefined =>
    active(userName) ??
    [...current().values()].find(
      ({ email, disabled }) => email === userName && disabled === undefined,
    );

  return {
    find: (id) => toAccount(active(id)),
    findByLogin: (userName) => toAccount(byLogin(userName)),
    verify: (account, password) =>
      verifyPassword(account && active(account.id)?.password, password),
    onEnded(listener) {
      if (listeners.size === 0) watch(current);
      listeners.add(listener);
    },
  };
}

/** Notices changes without a request, too. */
function watch(check: () => unknown): void {
  setInterval(() => {
    try {
      check();
    } catch {
      // The next request reports that the file cannot be read.
    }
  }, CHECK_MS).unref();
}

/** Whether what was issued for `before` must end. */
function hasEnded(before: StoredAccount, now: StoredAccount | undefined): boolean {
  if (before.disabled === true) return false;
  return now === undefined || now.disabled === true || now.password !== before.password;
}

function toAccount(stored: StoredAccount | undefined): Account | undefined {
  if (stored === undefined) return undefined;
  const { id, name, email, claims } = stored;
  return {
    id,
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(claims !== undefined && { claims }),
  };
}

function versionOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeNs}`;
}

function refuseOpenFile(path: string): void {
  // Windows has access control lists instead of modes.
  if (!isProduction() || process.platform === "win32") return;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & 0o077) === 0) return;
  throw new ConfigurationError(
    "ERR_OAUTH_ACCOUNTS",
    `Other users of this machine can access the file of accounts ${path}. Run: chmod 600 ${path}`,
  );
}
