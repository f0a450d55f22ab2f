import { RateLimiterMemory } from "rate-limiter-flexible";
import { isSameText } from "../../../core/hashes.js";
import type { Account } from "../../options.js";

type SignInOutcome =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly reason: "wrong" | "too_many" };

/** The accounts that can sign in. */
export interface AccountDirectory {
  readonly all: readonly Account[];
  find(id: string): Account | undefined;
  /** Signs in with one click; only for an account without a password. */
  pick(id: string): SignInOutcome;
  /** Signs in with user name (id or e-mail address) and password. */
  signIn(userName: string, password: string): Promise<SignInOutcome>;
}

const WRONG = { ok: false, reason: "wrong" } as const;
const ATTEMPTS = 10;
const WINDOW_SECONDS = 300;

/**
 * Limits password guesses per account: ten wrong passwords in five minutes. An
 * attacker can keep an account locked this way. For a server of this size that
 * is better than unlimited guesses.
 */
export function createAccountDirectory(accounts: readonly Account[]): AccountDirectory {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  // Keyed by known accounts only, so it cannot grow.
  const failures = new RateLimiterMemory({ points: ATTEMPTS, duration: WINDOW_SECONDS });
  const byUserName = (userName: string) =>
    byId.get(userName) ?? accounts.find(({ email }) => email !== undefined && email === userName);

  return {
    all: accounts,
    find: (id) => byId.get(id),
    pick(id) {
      const account = byId.get(id);
      return account !== undefined && account.password === undefined
        ? { ok: true, account }
        : WRONG;
    },
    async signIn(userName, password) {
      const account = byUserName(userName);
      // An unknown name costs the same comparison as a wrong password.
      const matches = isSameText(password, account?.password ?? "");
      if (account?.password === undefined) return WRONG;
      // Count before the result is known, so that concurrent guesses are all counted.
      const counted = await failures.consume(account.id).then(
        () => true,
        () => false,
      );
      if (!counted) return { ok: false, reason: "too_many" };
      if (!matches) return WRONG;
      await failures.delete(account.id);
      return { ok: true, account };
    },
  };
}
