import { describe, expect, it } from "@jest/globals";
import { createAccountDirectory } from "../../../../../src/authorization-server/people/accounts/account-directory.js";

const alice = { id: "alice", email: "alice@example.com", password: "correct horse" };
const bob = { id: "bob" };
const directory = () => createAccountDirectory([alice, bob]);

describe("signing in", () => {
  it.each(["alice", "alice@example.com"])("works as %s with the password", async (name) => {
    expect(await directory().signIn(name, "correct horse")).toEqual({ ok: true, account: alice });
  });

  it.each([
    ["a wrong password", "alice", "correct horse "],
    ["an empty password", "alice", ""],
    ["an unknown name", "mallory", "correct horse"],
    ["an unknown name and nothing", "mallory", ""],
    ["no password where none is set", "bob", ""],
    ["the text undefined", "bob", "undefined"],
  ])("fails with %s", async (_, name, password) => {
    expect(await directory().signIn(name, password)).toEqual({ ok: false, reason: "wrong" });
  });

  it("ends after ten wrong guesses, even sent at once, also for the right one", async () => {
    const accounts = directory();
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, i) => accounts.signIn("alice", `guess ${i}`)),
    );
    expect(guesses.filter((guess) => !guess.ok && guess.reason === "wrong")).toHaveLength(10);
    expect(await accounts.signIn("alice", "correct horse")).toEqual({
      ok: false,
      reason: "too_many",
    });
  });

  it("forgets wrong guesses after the right one", async () => {
    const accounts = directory();
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 9; i += 1) await accounts.signIn("alice", "guess");
      expect((await accounts.signIn("alice", "correct horse")).ok).toBe(true);
    }
  });
});

describe("picking an account", () => {
  it("works without a password, and only for accounts that have none", () => {
    expect(directory().pick("bob")).toEqual({ ok: true, account: bob });
    expect(directory().pick("alice")).toEqual({ ok: false, reason: "wrong" });
    expect(directory().pick("mallory")).toEqual({ ok: false, reason: "wrong" });
  });
});
