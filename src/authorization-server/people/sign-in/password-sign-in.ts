import type { Clock } from "../../../core/clock.js";
import { sha256 } from "../../../core/hashes.js";
import { addressBlock } from "../../../net/client-address.js";
import type { Account } from "../accounts/account.js";
import type { AccountDirectory } from "../accounts/account-directory.js";
import { GuessCounter } from "./guess-counter.js";
import type { KnownBrowsers } from "./known-browsers.js";

export type SignInOutcome =
  | { readonly ok: true; readonly account: Account }
  | { readonly ok: false; readonly problem: "wrong" | "too_many" };

export interface SignInAttempt {
  readonly userName: string;
  readonly password: string;
  readonly browserId: string;
  /** `undefined` if it is not known: such clients share their counts. */
  readonly address: string | undefined;
}

const WRONG = { ok: false, problem: "wrong" } as const;
const TOO_MANY = { ok: false, problem: "too_many" } as const;
const WINDOW_SECONDS = 300;
/** The same for scrypt, whose cost grows with the length. */
const LONGEST_PASSWORD = 1_024;

/**
 * Sign-in with a user name and a password, with limited guesses.
 *
 * In five minutes, wrong guesses are limited to ten for one user name from one
 * address, 50 for one user name from all addresses, and 100 from one address. An
 * unknown user name is limited, and costs the same work, as a known one.
 *
 * A browser in which the account has signed in before has ten guesses of its own
 * that no one else can use up: an attacker cannot lock the owner out there, and
 * elsewhere for no longer than the attack lasts.
 */
export class PasswordSignIn {
  readonly #counters;

  constructor(
    private readonly accounts: AccountDirectory,
    private readonly known: KnownBrowsers,
    clock: Clock,
  ) {
    const counter = (points: number) => new GuessCounter(points, WINDOW_SECONDS, clock);
    this.#counters = {
      browser: counter(10),
      pair: counter(10),
      name: counter(50),
      address: counter(100),
    };
  }

  async attempt(attempt: SignInAttempt): Promise<SignInOutcome> {
    const { userName, password, browserId } = attempt;
    const account = await this.accounts.findByLogin(userName);
    const isKnown = await this.known.has(browserId, account?.id ?? userName);
    const taken = this.#take(attempt, account, isKnown);
    // Counted before it is evaluated, so that concurrent guesses are all counted.
    if (taken === undefined) return TOO_MANY;
    if (password.length > LONGEST_PASSWORD) return WRONG;
    const matches = await this.accounts.verify(account, password);
    if (!matches || account === undefined) return WRONG;
    const active = await this.accounts.find(account.id);
    if (active === undefined) return WRONG;
    for (const giveBack of taken) giveBack();
    await this.known.add(browserId, active.id);
    return { ok: true, account: active };
  }

  /** Counts one guess; `undefined` if there were too many, otherwise functions that take it back. */
  #take(
    { userName, browserId, address }: SignInAttempt,
    account: Account | undefined,
    isKnown: boolean,
  ): readonly (() => void)[] | undefined {
    // The hash bounds the size of the keys.
    const name = sha256(account?.id ?? userName);
    const block = address === undefined ? "unknown" : addressBlock(address);
    const { browser, pair, name: names, address: addresses } = this.#counters;
    const counts = isKnown
      ? ([[browser, `${browserId} ${name}`]] as const)
      : ([
          [pair, `${block} ${name}`],
          [addresses, block],
          [names, name],
        ] as const);
    // In this order: guesses beyond the limit of one address use up no other limit.
    if (!counts.every(([counter, key]) => counter.take(key))) return undefined;
    return counts.map(
      ([counter, key]) =>
        () =>
          counter.giveBack(key),
    );
  }
}
