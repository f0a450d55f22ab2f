import { describe, expect, it } from "@jest/globals";
import type { Account } from "../../../../../src/authorization-server/index.js";
import { createAccountDirectory } from "../../../../../src/authorization-server/people/accounts/account-directory.js";
import type { AccountSource } from "../../../../../src/authorization-server/people/accounts/account-source.js";
import { createApplication } from "../../../../../src/authorization-server/people/application.js";
import { KnownBrowsers } from "../../../../../src/authorization-server/people/sign-in/known-browsers.js";
import { PasswordSignIn } from "../../../../../src/authorization-server/people/sign-in/password-sign-in.js";
import { MemoryStorageEngine } from "../../../../../src/authorization-server/storage/memory-storage.js";
import { SealedStorage } from "../../../../../src/authorization-server/storage/sealed-storage.js";

const alice: Account = { id: "alice", email: "alice@example.com", password: "correct horse" };
const bob: Account = { id: "bob" };
const OWN = "o".repeat(43);
const NEW = "n".repeat(43);

async function world(accounts: readonly Account[] | AccountSource = [alice, bob]) {
  let now = 1_800_000_000;
  const clock = () => now;
  const engine = new MemoryStorageEngine({ clock });
  const secret = new Uint8Array(32);
  const storage = await SealedStorage.open({ engine, keys: [{ id: "1", secret }] }, clock);
  const directory = createAccountDirectory(accounts, createApplication());
  const signIn = new PasswordSignIn(directory, new KnownBrowsers(storage, clock), clock);
  const attempt = (userName: string, password: string, address = "192.0.2.1", browserId = NEW) =>
    signIn.attempt({ userName, password, address, browserId });
  /** Wrong guesses until one is not evaluated any more. */
  const guessesBefore = async (userName: string, address: () => string, browserId = NEW) => {
    for (let count = 0; count < 1_000; count += 1) {
      const outcome = await attempt(userName, "wrong", address(), browserId);
      if (!outcome.ok && outcome.problem === "too_many") return count;
    }
    return Infinity;
  };
  return { attempt, guessesBefore, advance: (seconds: number) => void (now += seconds) };
}

const manyAddresses = () => {
  let next = 0;
  return () => `198.51.${Math.floor(next / 250)}.${next++ % 250}`;
};
const oneAddress = () => "192.0.2.1";

describe("signing in", () => {
  it.each(["alice", "alice@example.com"])("works as %s with the password", async (name) => {
    const { attempt } = await world();
    expect(await attempt(name, "correct horse")).toEqual({ ok: true, account: alice });
  });

  it.each([
    ["a wrong password", "alice", "correct horse "],
    ["an empty password", "alice", ""],
    ["an unknown name", "mallory", "correct horse"],
    ["an unknown name and nothing", "mallory", ""],
    ["no password where none is set", "bob", ""],
    ["the text undefined", "bob", "undefined"],
    ["a password of a megabyte", "alice", "x".repeat(1_000_000)],
  ])("fails with %s", async (_, name, password) => {
    const { attempt } = await world();
    expect(await attempt(name, password)).toEqual({ ok: false, problem: "wrong" });
  });

  it("fails for an account that was disabled after its password was verified", async () => {
    const { attempt } = await world({
      findByLogin: () => alice,
      verify: () => true,
      find: () => undefined,
    });
    expect(await attempt("alice", "correct horse")).toEqual({ ok: false, problem: "wrong" });
  });
});

describe("wrong guesses", () => {
  it.each(["alice", "mallory"])(
    "are limited to ten for one name from one address, known or not: %s",
    async (name) => {
      const { guessesBefore, attempt } = await world();
      expect(await guessesBefore(name, oneAddress)).toBe(10);
      expect(await attempt(name, "correct horse")).toEqual({ ok: false, problem: "too_many" });
    },
  );

  it.each(["alice", "mallory"])(
    "are limited to fifty for one name from all addresses, known or not: %s",
    async (name) => {
      const { guessesBefore } = await world();
      expect(await guessesBefore(name, manyAddresses())).toBe(50);
    },
  );

  it("are limited to a hundred for all names from one address", async () => {
    const { attempt } = await world();
    const outcomes = [];
    for (let i = 0; i < 120; i += 1) outcomes.push(await attempt(`name ${i}`, "password"));
    const evaluated = outcomes.filter((outcome) => !outcome.ok && outcome.problem === "wrong");
    expect(evaluated).toHaveLength(100);
  });

  it("are counted for both user names of an account", async () => {
    const { attempt } = await world();
    for (let i = 0; i < 5; i += 1) {
      await attempt("alice", "wrong");
      await attempt("alice@example.com", "wrong");
    }
    expect(await attempt("alice", "wrong")).toEqual({ ok: false, problem: "too_many" });
  });

  it("are counted before they are evaluated, so that concurrent ones gain nothing", async () => {
    const { attempt } = await world();
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, i) => attempt("alice", `guess ${i}`)),
    );
    expect(outcomes.filter((one) => !one.ok && one.problem === "wrong")).toHaveLength(10);
  });

  it("of one address beyond its limit do not use up the limit of all addresses", async () => {
    const { attempt, guessesBefore } = await world();
    for (let i = 0; i < 60; i += 1) await attempt("alice", "wrong");
    expect(await guessesBefore("alice", () => "203.0.113.9")).toBe(10);
  });

  it("do not count against a password that was right", async () => {
    const { attempt } = await world();
    for (let i = 0; i < 200; i += 1) {
      expect((await attempt("alice", "correct horse", `10.0.0.${i}`, `${NEW}${i}`)).ok).toBe(true);
    }
  });

  it("are forgotten after five minutes", async () => {
    const { attempt, guessesBefore, advance } = await world();
    await guessesBefore("alice", oneAddress);
    advance(300);
    expect((await attempt("alice", "correct horse")).ok).toBe(true);
  });
});

describe("an attacker with many addresses", () => {
  it("does not lock the owner out of a browser that has signed in before", async () => {
    const { attempt, guessesBefore } = await world();
    expect((await attempt("alice", "correct horse", "192.0.2.1", OWN)).ok).toBe(true);
    await guessesBefore("alice", manyAddresses());
    await guessesBefore("alice", oneAddress);
    expect((await attempt("alice", "correct horse", "192.0.2.1", OWN)).ok).toBe(true);
    expect(await attempt("alice", "correct horse", "203.0.113.7")).toEqual({
      ok: false,
      problem: "too_many",
    });
  });

  it("gets no more guesses in a browser of their own account", async () => {
    const carol = { id: "carol", password: "another horse" };
    const { attempt, guessesBefore } = await world([alice, carol]);
    expect((await attempt("carol", "another horse", "192.0.2.1", OWN)).ok).toBe(true);
    expect(await guessesBefore("alice", manyAddresses(), OWN)).toBe(50);
  });

  it("who steals the browser of the owner gets ten guesses", async () => {
    const { attempt, guessesBefore } = await world();
    await attempt("alice", "correct horse", "192.0.2.1", OWN);
    expect(await guessesBefore("alice", manyAddresses(), OWN)).toBe(10);
  });
});

describe("an unknown user name", () => {
  it("costs the work of a known one", async () => {
    const verified: unknown[] = [];
    const { attempt } = await world({
      findByLogin: (name) => (name === "alice" ? alice : undefined),
      find: (id) => (id === "alice" ? alice : undefined),
      verify(account, password) {
        verified.push([account?.id, password]);
        return true;
      },
    });
    expect(await attempt("mallory", "guess")).toEqual({ ok: false, problem: "wrong" });
    expect((await attempt("alice", "guess")).ok).toBe(true);
    expect(verified).toEqual([
      [undefined, "guess"],
      ["alice", "guess"],
    ]);
  });
});
