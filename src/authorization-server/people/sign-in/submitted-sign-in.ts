import type { AccountDirectory } from "../accounts/account-directory.js";
import type { PasswordSignIn, SignInAttempt, SignInOutcome } from "./password-sign-in.js";

export interface SignInParts {
  readonly accounts: AccountDirectory;
  readonly passwords: PasswordSignIn;
}

/** Evaluates a submitted sign-in form: a password, or one click on an account without one. */
export async function signInWith(
  { accounts, passwords }: SignInParts,
  form: URLSearchParams,
  from: Pick<SignInAttempt, "browserId" | "address">,
): Promise<SignInOutcome> {
  if (form.get("action") === "pick") {
    const person = accounts.people.find(({ id }) => id === form.get("account"));
    const account = person && (await accounts.find(person.id));
    return account === undefined ? { ok: false, problem: "wrong" } : { ok: true, account };
  }
  const userName = form.get("username") ?? "";
  return passwords.attempt({ ...from, userName, password: form.get("password") ?? "" });
}
