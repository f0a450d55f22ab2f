import { describe, expect, it, jest } from "@jest/globals";
import type { AccessToken } from "../../../src/core/access-token.js";
import { UnavailableError } from "../../../src/core/errors.js";
import type { Revocation } from "../../../src/revocation/revocation.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import type { Store } from "../../../src/stores/store.js";
import { sha256 } from "../../../src/core/hashes.js";
import { requirement } from "../../support/requirement.js";
import { Revocations } from "../../support/resolved.js";

const NOW = 1_750_000_000;
const UNTIL = NOW + 3_600;

const alice: AccessToken = {
  issuer: "https://as.example",
  subject: "alice",
  clientId: "app",
  tokenId: "token-1",
  issuedAt: NOW - 60,
  audience: [],
  scopes: [],
  claims: {},
};

function setUp(options: { onStoreFailure?: "refuse" | "continue"; cacheSeconds?: number } = {}) {
  let now = NOW;
  const clock = () => now;
  const store = new MemoryStore({ clock });
  const getMany = jest.spyOn(store, "getMany");
  const revocations = new Revocations({ store, clock, ...options });
  /** Another process with the same store. */
  const elsewhere = new Revocations({ store, clock, ...options });
  return { store, getMany, revocations, elsewhere, advance: (s: number) => void (now += s) };
}

describe("a revocation", () => {
  it.each<[string, Revocation]>([
    ["its id", { jti: "token-1", until: UNTIL }],
    ["its id and issuer", { jti: "token-1", issuer: "https://as.example", until: UNTIL }],
    ["its subject", { subject: "alice", until: UNTIL }],
    ["its subject and issuer", { subject: "alice", issuer: "https://as.example", until: UNTIL }],
    ["its client", { clientId: "app", until: UNTIL }],
    ["its client and issuer", { clientId: "app", issuer: "https://as.example", until: UNTIL }],
    ["its session", { session: "s1", until: UNTIL }],
    ["its hash", { tokenHash: sha256("token"), until: UNTIL }],
  ])("locks a token out by %s", async (_, revocation) => {
    const { revocations } = setUp();
    const sent = { tokenHash: sha256("token"), session: "s1" };
    expect(await revocations.isRevoked(alice, sent)).toBe(false);
    await revocations.revoke(revocation);
    expect(await revocations.isRevoked(alice, sent)).toBe(true);
  });

  it.each<[string, Revocation]>([
    ["another id", { jti: "token-2", until: UNTIL }],
    [
      "the same id of another issuer",
      { jti: "token-1", issuer: "https://b.example", until: UNTIL },
    ],
    ["another subject", { subject: "bob", until: UNTIL }],
    ["the same subject of another issuer", { subject: "alice", issuer: "x", until: UNTIL }],
    ["a client with the subject's name", { clientId: "alice", until: UNTIL }],
    ["a subject with the client's name", { subject: "app", until: UNTIL }],
    ["another session", { session: "s2", until: UNTIL }],
    ["a session with the token's id", { session: "token-1", until: UNTIL }],
    ["another token", { tokenHash: sha256("other"), until: UNTIL }],
  ])("of %s leaves a token alone", async (_, revocation) => {
    const { revocations } = setUp();
    await revocations.revoke(revocation);
    const sent = { tokenHash: sha256("token"), session: "s1" };
    expect(await revocations.isRevoked(alice, sent)).toBe(false);
  });

  it("of a subject or client concerns what was issued up to then", async () => {
    for (const revocation of [{ subject: "alice" }, { clientId: "app" }]) {
      const { revocations } = setUp();
      await revocations.revoke({ ...revocation, until: UNTIL });
      const issued = (issuedAt: number) => revocations.isRevoked({ ...alice, issuedAt });
      expect(await issued(NOW - 1)).toBe(true);
      expect(await issued(NOW)).toBe(true);
      expect(await issued(NOW + 1)).toBe(false);
    }
  });

  it("of a subject concerns a token that does not say when it was issued", async () => {
    const { revocations } = setUp();
    const { issuedAt: _, ...undated } = alice;
    expect(await revocations.isRevoked(undated)).toBe(false);
    await revocations.revoke({ subject: "alice", until: UNTIL });
    expect(await revocations.isRevoked(undated)).toBe(true);
  });

  it("may reach further than now, for an issuer whose clock is ahead", async () => {
    const { revocations } = setUp();
    await revocations.revoke({ subject: "alice", issuedBefore: NOW + 30, until: UNTIL });
    expect(await revocations.isRevoked({ ...alice, issuedAt: NOW + 30 })).toBe(true);
    expect(await revocations.isRevoked({ ...alice, issuedAt: NOW + 31 })).toBe(false);
  });

  it("of a token or session counts whenever the token was issued", async () => {
    const { revocations } = setUp();
    await revocations.revoke({ jti: "token-1", until: UNTIL });
    expect(await revocations.isRevoked({ ...alice, issuedAt: NOW + 30 })).toBe(true);
  });

  it("ends with `until` and the longest clock tolerance, not earlier", async () => {
    const { revocations, advance } = setUp();
    await revocations.revoke({ jti: "token-1", until: NOW + 100 });
    advance(219.9);
    expect(await revocations.isRevoked(alice)).toBe(true);
    advance(0.2);
    expect(await revocations.isRevoked(alice)).toBe(false);
  });

  it("is never shortened or weakened by a later one", async () => {
    const { revocations, elsewhere, advance } = setUp();
    await revocations.revoke({ subject: "alice", issuedBefore: NOW + 30, until: UNTIL });
    await elsewhere.revoke({ subject: "alice", issuedBefore: NOW - 500, until: NOW + 10 });
    advance(600);
    for (const process of [revocations, elsewhere]) {
      expect(await process.isRevoked({ ...alice, issuedAt: NOW + 30 })).toBe(true);
    }
  });

  it("that names nothing, or has no time in seconds, is refused", async () => {
    const { revocations } = setUp();
    for (const wrong of [
      { jti: "", until: UNTIL },
      { subject: undefined, until: UNTIL },
      { until: UNTIL },
      { jti: "token-1", until: NOW },
      { jti: "token-1", until: NaN },
      { jti: "token-1", until: UNTIL * 1000 },
      { jti: "token-1" },
      { subject: "alice", until: UNTIL, issuedBefore: NOW * 1000 },
      { subject: "alice", until: UNTIL, issuedBefore: NaN },
    ]) {
      await expect(revocations.revoke(wrong as Revocation)).rejects.toThrow(RangeError);
    }
    await expect(revocations.revoke({ jti: "token-1", until: UNTIL })).resolves.toBeUndefined();
  });
});

describe("what it costs", () => {
  const sent = { tokenHash: sha256("token"), session: "s1" };

  it("asks the store once for a request, and not again while the answer is fresh", async () => {
    const { revocations, getMany, advance } = setUp();
    await revocations.isRevoked(alice, sent);
    expect(getMany).toHaveBeenCalledTimes(1);
    expect(getMany.mock.calls[0]![0]).toHaveLength(8);
    advance(4.9);
    await revocations.isRevoked(alice, sent);
    expect(getMany).toHaveBeenCalledTimes(1);
    advance(0.1);
    await revocations.isRevoked(alice, sent);
    expect(getMany).toHaveBeenCalledTimes(2);
  });

  it("asks only for what it does not know", async () => {
    const { revocations, getMany } = setUp();
    await revocations.isRevoked(alice, sent);
    await revocations.isRevoked({ ...alice, tokenId: "token-2" }, sent);
    expect(getMany.mock.calls[1]![0]).toHaveLength(2);
  });

  it("asks every time with a cache of 0 seconds", async () => {
    const { revocations, getMany } = setUp({ cacheSeconds: 0 });
    await revocations.isRevoked(alice);
    await revocations.isRevoked(alice);
    expect(getMany).toHaveBeenCalledTimes(2);
  });

  it("makes no query if no other process writes and nothing was revoked here", async () => {
    const store = new MemoryStore({ clock: () => NOW });
    const getMany = jest.spyOn(store, "getMany");
    const revocations = new Revocations({ store, clock: () => NOW, isShared: false });
    const named = { ...sent };
    const hash = jest.fn(() => sent.tokenHash);
    Object.defineProperty(named, "tokenHash", { get: hash });
    expect(await revocations.isRevoked(alice, named)).toBe(false);
    // Not even worked out.
    expect([getMany, hash].map((mock) => mock.mock.calls.length)).toEqual([0, 0]);
    await revocations.revoke({ tokenHash: sent.tokenHash, until: UNTIL });
    expect(await revocations.isRevoked(alice, named)).toBe(true);
    expect(await revocations.isRevoked({ ...alice, tokenId: "token-2" }, {})).toBe(false);
  });

  it("hashes the names of a token once, and takes no other credential for it", async () => {
    const { revocations } = setUp();
    let reads = 0;
    const watched = { ...alice };
    Object.defineProperty(watched, "subject", { get: () => (reads++, "alice") });
    await revocations.isRevoked(watched, sent);
    const first = reads;
    await revocations.isRevoked(watched, sent);
    expect(reads).toBe(first);
    // Two credentials for one object.
    await revocations.revoke({ tokenHash: sha256("token-b"), until: UNTIL });
    expect(await revocations.isRevoked(watched, sent)).toBe(false);
    expect(await revocations.isRevoked(watched, { tokenHash: sha256("token-b") })).toBe(true);
  });

  it("queries again for a caller that accepts no earlier answers", async () => {
    const { revocations, elsewhere, getMany, advance } = setUp();
    await revocations.isRevoked(alice);
    await elsewhere.revoke({ jti: "token-1", until: UNTIL });
    advance(1);
    expect(await revocations.findRevoked(alice, {})).toBeUndefined();
    expect(await revocations.findRevoked(alice, {}, NOW + 1)).toBe("token");
    const calls = getMany.mock.calls.length;
    // Others that ask in the same round share the answer.
    expect(await revocations.findRevoked(alice, {}, NOW + 1)).toBe("token");
    expect(getMany).toHaveBeenCalledTimes(calls);
  });

  it("asks nothing for a token that names nothing", async () => {
    const { revocations, getMany } = setUp();
    expect(await revocations.isRevoked({ audience: [], scopes: [], claims: {} })).toBe(false);
    expect(getMany).not.toHaveBeenCalled();
  });

  it("writes neither names nor tokens into the store", async () => {
    const { revocations, store } = setUp();
    const set = jest.spyOn(store, "set");
    await revocations.revoke({ subject: "alice", until: UNTIL });
    expect(JSON.stringify(set.mock.calls)).not.toContain("alice");
  });
});

describe("several processes", () => {
  it("see a revocation within the cache's time, the one that revokes at once", async () => {
    const { revocations, elsewhere, advance } = setUp();
    expect(await elsewhere.isRevoked(alice)).toBe(false);
    expect(await revocations.isRevoked(alice)).toBe(false);
    await revocations.revoke({ jti: "token-1", until: UNTIL });
    expect(await revocations.isRevoked(alice)).toBe(true);
    advance(4.9);
    expect(await elsewhere.isRevoked(alice)).toBe(false);
    advance(0.1);
    expect(await elsewhere.isRevoked(alice)).toBe(true);
  });

  it("do not forget their own revocation for an answer that was in progress", async () => {
    const { revocations, getMany } = setUp();
    let answer: (values: undefined[]) => void = () => undefined;
    getMany.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const asked = revocations.isRevoked(alice);
    await revocations.revoke({ jti: "token-1", until: UNTIL });
    answer([]);
    expect(await asked).toBe(true);
    expect(await revocations.isRevoked(alice)).toBe(true);
  });

  it("do not take a revocation back when the store loses it, or a clock goes back", async () => {
    const { revocations, getMany, advance } = setUp();
    expect(await revocations.isRevoked(alice)).toBe(false);
    let answer: (values: undefined[]) => void = () => undefined;
    getMany.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    advance(10);
    const asked = revocations.isRevoked(alice);
    advance(-5);
    await revocations.revoke({ jti: "token-1", until: UNTIL });
    answer([]);
    expect(await asked).toBe(true);
    getMany.mockImplementation((keys) => Promise.resolve(keys.map(() => undefined)));
    advance(60);
    expect(await revocations.isRevoked(alice)).toBe(true);
  });

  it("query again after their clock went back", async () => {
    const { revocations, elsewhere, advance } = setUp();
    expect(await elsewhere.isRevoked(alice)).toBe(false);
    advance(-100);
    await revocations.revoke({ jti: "token-1", until: UNTIL });
    expect(await elsewhere.isRevoked(alice)).toBe(true);
  });
});

describe("a store that is away", () => {
  requirement("outage", "is 503 and never `not revoked`", async () => {
    const { revocations, getMany, store } = setUp();
    getMany.mockRejectedValueOnce(new Error("away"));
    await expect(revocations.isRevoked(alice)).rejects.toThrow(UnavailableError);
    expect(await revocations.isRevoked(alice)).toBe(false);
    jest.spyOn(store, "set").mockRejectedValueOnce(new Error("away"));
    await expect(revocations.revoke({ jti: "token-1", until: UNTIL })).rejects.toThrow(
      UnavailableError,
    );
    expect(await revocations.isRevoked(alice)).toBe(true);
  });

  it("lets on, where configured, what is not known to be revoked", async () => {
    const { revocations, getMany, advance } = setUp({ onStoreFailure: "continue" });
    await revocations.revoke({ jti: "token-1", until: UNTIL });
    advance(60);
    getMany.mockRejectedValue(new Error("away"));
    expect(await revocations.isRevoked({ ...alice, tokenId: "token-2" })).toBe(false);
    expect(await revocations.isRevoked(alice)).toBe(true);
  });

  it("does not take an entry it cannot read for none", async () => {
    for (const value of ["", "{}", "null", "1", '{"until":1}', '{"until":"x","issuedBefore":1}']) {
      const getMany: Store["getMany"] = (keys) => Promise.resolve(keys.map(() => value));
      const store = { getMany } as Partial<Store> as Store;
      for (const onStoreFailure of ["refuse", "continue"] as const) {
        const revocations = new Revocations({ store, clock: () => NOW, onStoreFailure });
        await expect(revocations.isRevoked(alice)).rejects.toThrow(UnavailableError);
      }
    }
  });
});

describe("what is known of a token", () => {
  const frozen = Object.freeze({ ...alice });
  const sent = { tokenHash: sha256("token"), textHash: sha256("token"), session: "s1" };

  it("is that nothing is against it, once that was asked", async () => {
    const { revocations } = setUp();
    expect(revocations.isKnownGood(frozen, sent)).toBe(false);
    await revocations.isRevoked(frozen, sent);
    expect(revocations.isKnownGood(frozen, sent)).toBe(true);
  });

  it("is nothing for another session, another text or another object", async () => {
    const { revocations } = setUp();
    await revocations.isRevoked(frozen, sent);
    expect(revocations.isKnownGood(frozen, { ...sent, session: "s2" })).toBe(false);
    expect(revocations.isKnownGood(frozen, { ...sent, textHash: sha256("b") })).toBe(false);
    expect(revocations.isKnownGood(Object.freeze({ ...alice }), sent)).toBe(false);
  });

  it("is nothing when it could still be changed", async () => {
    const { revocations } = setUp();
    const open = { ...alice };
    await revocations.isRevoked(open, sent);
    expect(revocations.isKnownGood(open, sent)).toBe(false);
  });

  it("is nothing when it is revoked", async () => {
    const { revocations } = setUp();
    await revocations.revoke({ subject: "alice", until: UNTIL });
    await revocations.isRevoked(frozen, sent);
    expect(revocations.isKnownGood(frozen, sent)).toBe(false);
  });

  it("ends with any revocation in this process, at once", async () => {
    const { revocations } = setUp();
    await revocations.isRevoked(frozen, sent);
    await revocations.revoke({ session: "s1", until: UNTIL });
    expect(revocations.isKnownGood(frozen, sent)).toBe(false);
    expect(await revocations.findRevoked(frozen, sent)).toBe("session");
  });

  it("is nothing when the revocation came while the store was being asked", async () => {
    const { revocations, getMany } = setUp();
    let answer: () => void = () => undefined;
    getMany.mockImplementationOnce(async (keys) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return keys.map(() => undefined);
    });
    const asked = revocations.isRevoked(frozen, sent);
    await revocations.revoke({ clientId: "app", until: UNTIL });
    answer();
    await asked;
    expect(revocations.isKnownGood(frozen, sent)).toBe(false);
  });

  it("is as old as the oldest answer it rests on, and never older than the cache's time", async () => {
    const { revocations, elsewhere, advance } = setUp({ cacheSeconds: 5 });
    // Half of the answers about this token are four seconds old.
    await revocations.isRevoked({ ...frozen }, {});
    advance(4);
    await revocations.isRevoked(frozen, sent);
    expect(revocations.isKnownGood(frozen, sent)).toBe(true);
    await elsewhere.revoke({ subject: "alice", until: UNTIL });
    advance(1);
    expect(revocations.isKnownGood(frozen, sent)).toBe(false);
    expect(await revocations.isRevoked(frozen, sent)).toBe(true);
  });

  it("is nothing when the clock was set back, nor where nothing is cached", async () => {
    const { revocations, advance } = setUp();
    await revocations.isRevoked(frozen, sent);
    advance(-1);
    expect(revocations.isKnownGood(frozen, sent)).toBe(false);
    const { revocations: uncached } = setUp({ cacheSeconds: 0 });
    await uncached.isRevoked(frozen, sent);
    expect(uncached.isKnownGood(frozen, sent)).toBe(false);
  });
});
