import { afterEach, describe, expect, it, jest } from "@jest/globals";
import type { NewSession, SessionLimits } from "../../../src/sessions/session.js";
import { fixedClock } from "../../../src/testing/fixed-clock.js";
import { requirement } from "../../support/requirement.js";
import { SessionRegistry } from "../../support/resolved.js";

const clock = fixedClock();
let registry: SessionRegistry;
let closed: string[] = [];
let next = 0;
afterEach(() => registry.closeAll());

function start(limits: Partial<SessionLimits> = {}): void {
  closed = [];
  next = 0;
  registry = new SessionRegistry({
    maxPerUser: 2,
    max: 4,
    idleSeconds: 60,
    clock,
    ...limits,
  });
}

function session(principal: string | undefined, claimed?: () => void): NewSession {
  const id = `${principal ?? "anonymous"}-${++next}`;
  return {
    id,
    principal,
    claimed,
    transport: {
      send: () => Promise.resolve(),
      close: () => {
        closed.push(id);
        registry.delete(id);
        return Promise.resolve();
      },
    },
  };
}

/** Opens a session whose request is still in progress. */
function openBusy(principal: string | undefined, strangerFrom = "192.0.2.1") {
  const opening = registry.open(principal === undefined ? { strangerFrom } : { principal });
  const opened = session(principal, () => undefined);
  registry.add(opened, opening);
  return { id: opened.id, release: () => opening.release() };
}

function openIdle(principal: string | undefined, strangerFrom?: string): string {
  clock.advance(1);
  const { id, release } = openBusy(principal, strangerFrom);
  release();
  return id;
}

const sender = (tokenHash: string) => ({
  token: { audience: [], scopes: [], claims: {} },
  tokenHash,
});

function claim(id: string, principal: string | undefined): boolean {
  const found = registry.find(id, principal);
  return (
    found !== undefined &&
    registry.claim(found, principal, principal ? sender(principal) : undefined)
  );
}

describe("too many sessions of one principal", () => {
  it("end the one that has been idle for longest", () => {
    start();
    const first = openIdle("alice");
    const second = openIdle("alice");
    const third = openIdle("alice");
    expect(closed).toEqual([first]);
    expect([first, second, third].map((id) => registry.find(id, "alice")?.id)).toEqual([
      undefined,
      second,
      third,
    ]);
  });

  it("spare the one that was used last", () => {
    start();
    const first = openIdle("alice");
    const second = openIdle("alice");
    clock.advance(1);
    registry.use(first)();
    openIdle("alice");
    expect(closed).toEqual([second]);
  });

  it("are refused when none is idle, and only then", () => {
    start();
    openBusy("alice");
    const second = openBusy("alice");
    expect(() => registry.open({ principal: "alice" })).toThrow("too_many_sessions_of_owner");
    expect(closed).toEqual([]);
    second.release();
    openBusy("alice");
    expect(closed).toEqual([second.id]);
  });

  it("do not touch the sessions of others", () => {
    start();
    openIdle("bob");
    openBusy("alice");
    openBusy("alice");
    expect(() => registry.open({ principal: "alice" })).toThrow();
    expect(() => registry.open({ principal: "bob" })).not.toThrow();
    expect(closed).toEqual([]);
  });

  it("count while they are being opened", () => {
    start();
    const places = [registry.open({ principal: "alice" }), registry.open({ principal: "alice" })];
    expect(() => registry.open({ principal: "alice" })).toThrow("too_many_sessions_of_owner");
    places[0]?.release();
    places[0]?.release();
    registry.open({ principal: "alice" });
    expect(() => registry.open({ principal: "alice" })).toThrow("too_many_sessions_of_owner");
  });

  it("count when an anonymous one is claimed, too", () => {
    start({ max: 8 });
    const stranger = openBusy(undefined).id;
    openBusy("alice");
    const second = openBusy("alice");
    expect(() => claim(stranger, "alice")).toThrow("too_many_sessions_of_owner");
    expect(registry.get(stranger)?.principal).toBeUndefined();
    second.release();
    expect(claim(stranger, "alice")).toBe(true);
    expect(closed).toEqual([second.id]);
  });

  it("count once after being opened", () => {
    start({ maxPerUser: 1 });
    const { release } = openBusy("alice");
    expect(() => registry.open({ principal: "alice" })).toThrow();
    release();
    expect(() => registry.open({ principal: "alice" })).not.toThrow();
  });
});

describe("too many sessions altogether", () => {
  it("end the one that has been idle for longest, whosever it is", () => {
    start();
    const [first] = ["a", "b", "c", "d"].map((name) => openIdle(name));
    openIdle("e");
    expect(closed).toEqual([first]);
    expect(registry.size).toBe(4);
  });

  it("are refused when none is idle", () => {
    start();
    for (const name of ["a", "b", "c", "d"]) openBusy(name);
    expect(() => registry.open({ principal: "e" })).toThrow("too_many_sessions");
  });

  it("count while they are being opened", () => {
    start({ max: 2 });
    const place = registry.open({ principal: "a" });
    registry.open({ principal: "b" });
    expect(() => registry.open({ principal: "c" })).toThrow("too_many_sessions");
    place.release();
    expect(() => registry.open({ principal: "c" })).not.toThrow();
  });

  it("evict anonymous sessions first, and never a principal's session for an anonymous one", () => {
    start();
    openIdle("alice");
    const stranger = openIdle(undefined, "192.0.2.1");
    openIdle("bob");
    openIdle("carol");
    openIdle("dave");
    expect(closed).toEqual([stranger]);
    expect(() => registry.open({ strangerFrom: "192.0.2.1" })).toThrow("too_many_sessions");
    expect(closed).toEqual([stranger]);
  });

  it("are counted per address for anonymous clients", () => {
    start({ max: 8 });
    openBusy(undefined, "192.0.2.1");
    openBusy(undefined, "192.0.2.1");
    expect(() => registry.open({ strangerFrom: "192.0.2.1" })).toThrow(
      "too_many_sessions_of_owner",
    );
    expect(() => registry.open({ strangerFrom: "192.0.2.2" })).not.toThrow();
  });
});

const user = (subject: string, clientId: string) =>
  JSON.stringify(["https://as.example.com", subject, clientId]);

describe("fairness between users", () => {
  requirement("avail-fair", "counts a user's sessions over all of the user's clients", () => {
    start({ max: 100 });
    const [first] = ["a", "b", "c"].map((client) => openIdle(user("mallory", client)));
    expect(closed).toEqual([first]);
    // A client that acts for itself is no user.
    for (const client of ["a", "b", "c"]) {
      openIdle(JSON.stringify(["https://as.example.com", null, client]));
    }
    expect(closed).toEqual([first]);
  });

  requirement("avail-fair", "keeps half of the places from anonymous clients", () => {
    start({ max: 4, maxPerUser: 100 });
    openBusy(undefined, "192.0.2.1");
    openBusy(undefined, "192.0.2.2");
    expect(() => registry.open({ strangerFrom: "192.0.2.3" })).toThrow("too_many_sessions");
    openBusy("alice");
    openBusy("bob");
    expect(() => registry.open({ principal: "carol" })).toThrow("too_many_sessions");
  });

  it("lets the anonymous address with the most sessions make room for another", () => {
    start({ max: 6, maxPerUser: 100 });
    openIdle(undefined, "192.0.2.1");
    const second = openIdle(undefined, "192.0.2.2");
    openIdle(undefined, "192.0.2.2");
    openIdle(undefined, "192.0.2.3");
    expect(closed).toEqual([second]);
  });

  requirement("avail-fair", "ends a session of the user with the most sessions", () => {
    start({ max: 4, maxPerUser: 100 });
    openIdle("alice");
    const [first] = [openIdle("mallory"), openIdle("mallory"), openIdle("mallory")];
    openIdle("bob");
    expect(closed).toEqual([first]);
  });

  requirement("avail-fair", "never ends a session of a user who has fewer", () => {
    start({ max: 4, maxPerUser: 100 });
    openIdle("alice");
    openIdle("bob");
    openBusy("mallory");
    openBusy("mallory");
    expect(() => registry.open({ principal: "mallory" })).toThrow("too_many_sessions");
    expect(closed).toEqual([]);
  });

  it("ends one's own among those with as many", () => {
    start({ max: 2, maxPerUser: 100 });
    openIdle("alice");
    const own = openIdle("bob");
    openIdle("bob");
    expect(closed).toEqual([own]);
  });

  it("gives a second session to a user whose first is in use", () => {
    start({ max: 2, maxPerUser: 100 });
    const idle = openIdle("alice");
    openBusy("bob");
    openBusy("bob");
    expect(closed).toEqual([idle]);
  });

  it("counts right after sessions ended, moved and were never opened", () => {
    start({ max: 4 });
    registry.open({ principal: "alice" }).release();
    const id = openIdle(undefined);
    claim(id, "alice");
    openIdle("alice");
    expect(closed).toEqual([]);
    openIdle("alice");
    expect(closed).toEqual([id]);
    openIdle(undefined);
    openIdle(undefined);
    expect(closed).toEqual([id]);
  });
});

describe("an idle session", () => {
  requirement("avail-fair", "ends by itself when it is the only one", () => {
    jest.useFakeTimers();
    try {
      start();
      const id = openIdle("alice");
      clock.advance(60);
      jest.advanceTimersByTime(30_000);
      expect(closed).toEqual([id]);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it("ends in time, and not a moment earlier", () => {
    start();
    const id = openIdle("alice");
    clock.advance(59);
    registry.sweep();
    expect(registry.find(id, "alice")).toBeDefined();
    clock.advance(1);
    registry.sweep();
    expect(closed).toEqual([id]);
    expect(registry.find(id, "alice")).toBeUndefined();
  });

  it("is never one with a running request or stream", () => {
    start();
    const { id, release } = openBusy("alice");
    const stream = registry.use(id);
    release();
    clock.advance(10_000);
    registry.sweep();
    expect(closed).toEqual([]);
    stream();
    stream();
    clock.advance(59);
    registry.sweep();
    expect(closed).toEqual([]);
    clock.advance(1);
    registry.sweep();
    expect(closed).toEqual([id]);
  });

  it("is no longer idle once it is used again", () => {
    start({ max: 1 });
    const id = openIdle("alice");
    const release = registry.use(id);
    clock.advance(1_000);
    registry.sweep();
    expect(closed).toEqual([]);
    expect(() => registry.open({ principal: "bob" })).toThrow("too_many_sessions");
    release();
    clock.advance(60);
    registry.sweep();
    expect(closed).toEqual([id]);
  });

  it("does not live on because the clock was set back", () => {
    start();
    const id = openIdle("alice");
    clock.advance(-3_600);
    registry.sweep();
    expect(closed).toEqual([id]);
    clock.advance(3_600);
  });

  it("opened anonymously counts for the principal that claims it", () => {
    start({ maxPerUser: 1 });
    const id = openIdle(undefined);
    expect(claim(id, "alice")).toBe(true);
    expect(registry.find(id, undefined)).toBeUndefined();
    openIdle("alice");
    expect(closed).toEqual([id]);
  });
});

describe("an anonymous session", () => {
  it("is open to all clients and has no owner until it is claimed", () => {
    start();
    const id = openIdle(undefined);
    expect(registry.find(id, "bob")?.principal).toBeUndefined();
    expect(claim(id, undefined)).toBe(true);
    expect(claim(id, "alice")).toBe(true);
    expect(registry.find(id, "alice")?.principal).toBe("alice");
    expect([registry.find(id, "bob"), registry.find(id, undefined)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it("belongs to the first of those who found it", () => {
    start();
    const found = registry.find(openIdle(undefined), undefined)!;
    expect(registry.claim(found, "alice", sender("alice"))).toBe(true);
    expect(registry.claim(found, "bob", sender("bob"))).toBe(false);
    expect(registry.claim(found, undefined, undefined)).toBe(false);
    expect([found.principal, found.lease.newest]).toEqual(["alice", sender("alice")]);
  });

  requirement(
    "mcp-session-bind",
    "does not exist for a principal where it cannot be claimed",
    () => {
      start();
      const fixed = session(undefined);
      registry.add(fixed, registry.open({ strangerFrom: "192.0.2.1" }));
      const found = registry.find(fixed.id, undefined)!;
      expect(registry.find(fixed.id, "alice")).toBeUndefined();
      expect(registry.claim(found, "alice", sender("alice"))).toBe(false);
      expect([found.principal, registry.claim(found, undefined, undefined)]).toEqual([
        undefined,
        true,
      ]);
    },
  );

  it("cannot be claimed once it is over", () => {
    start();
    const found = registry.find(openIdle(undefined), undefined)!;
    registry.delete(found.id);
    expect(registry.claim(found, "alice", sender("alice"))).toBe(false);
  });
});

describe("scopes of a session", () => {
  it("are remembered up to a number: a client cannot fill the memory with made-up ones", () => {
    start();
    const id = openIdle("alice");
    const scopes = Array.from({ length: 300 }, (_, index) => `scope-${index}`);
    expect(registry.newScopes(id, scopes)).toHaveLength(300);
    expect(registry.newScopes(id, scopes)).toHaveLength(100);
  });

  it("are new once", () => {
    start();
    const id = openIdle("alice");
    expect(registry.newScopes(id, ["read"])).toEqual(["read"]);
    expect(registry.newScopes(id, ["read", "write"])).toEqual(["write"]);
    expect(registry.newScopes(id, ["read"])).toEqual([]);
    expect(registry.newScopes(id, ["write"])).toEqual([]);
  });
});
