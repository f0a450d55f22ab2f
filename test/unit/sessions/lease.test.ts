import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { AccessToken } from "../../../src/core/access-token.js";
import { Lease } from "../../../src/sessions/lease.js";
import { requirement } from "../../support/requirement.js";

const START = 1_800_000_000;
const clock = () => Date.now() / 1000;
beforeEach(() => void jest.useFakeTimers({ now: START * 1000 }));
afterEach(() => void jest.useRealTimers());

const sender = (token: Partial<AccessToken>) => ({
  token: { audience: [], scopes: [], claims: {}, ...token },
  tokenHash: JSON.stringify(token),
});
/** Accepted for this many seconds after START. */
const tokenFor = (seconds: number, issuedAt = START) =>
  sender({ issuedAt, expiresAt: START + seconds - 60, acceptedUntil: START + seconds });

/** A stream under the lease, and what happened to it. */
function open(lease: Lease): { happened: string[]; close: () => void } {
  const happened: string[] = [];
  const close = lease.add({
    hold: () => happened.push("hold"),
    release: () => happened.push("release"),
    end: () => happened.push("end"),
  });
  return { happened, close };
}

const pass = (seconds: number): void => void jest.advanceTimersByTime(seconds * 1000);

describe("a stream under a lease", () => {
  requirement("avail-expiry", "waits when its token is no longer accepted, and ends later", () => {
    const { happened } = open(new Lease(tokenFor(100), clock, 10));
    pass(99.9);
    expect(happened).toEqual([]);
    pass(0.2);
    expect(happened).toEqual(["hold"]);
    pass(9.8);
    expect(happened).toEqual(["hold"]);
    pass(0.2);
    expect(happened).toEqual(["hold", "end"]);
    expect(jest.getTimerCount()).toBe(0);
  });

  requirement("avail-expiry", "goes on with a fresh token that comes in the window", () => {
    const lease = new Lease(tokenFor(100), clock, 10);
    const { happened } = open(lease);
    pass(109);
    lease.renew(tokenFor(200, START + 109));
    expect(happened).toEqual(["hold", "release"]);
    pass(90);
    expect(happened).toEqual(["hold", "release"]);
    pass(2);
    expect(happened).toEqual(["hold", "release", "hold"]);
    pass(10);
    expect(happened).toEqual(["hold", "release", "hold", "end"]);
  });

  it("never waits when the fresh token comes in time", () => {
    const lease = new Lease(tokenFor(100), clock, 10);
    const { happened } = open(lease);
    pass(99);
    lease.renew(tokenFor(1_000, START + 99));
    pass(800);
    expect(happened).toEqual([]);
  });

  it("sets one timer, however many requests renew the lease", () => {
    const set = jest.spyOn(globalThis, "setTimeout");
    const lease = new Lease(tokenFor(100), clock, 10);
    for (let request = 0; request < 50; request++) {
      lease.renew(tokenFor(100 + request, START + request));
      open(lease).close();
    }
    expect(set).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["a longer one", (lease: Lease) => lease.renew(tokenFor(900, START - 1))],
    ["a revoked one", (lease: Lease) => lease.revoke()],
  ])("ends with a short token that follows %s", (_name, before) => {
    const lease = new Lease(tokenFor(900, START - 2), clock, 0);
    open(lease);
    before(lease);
    lease.renew(tokenFor(100));
    const { happened } = open(lease);
    pass(100.1);
    expect(happened).toEqual(["end"]);
  });

  it("ends without a window where there is none", () => {
    const { happened } = open(new Lease(tokenFor(100), clock, 0));
    pass(99.9);
    expect(happened).toEqual([]);
    pass(0.2);
    expect(happened).toEqual(["end"]);
  });

  it("ends at the expiry of a token whose validator has no tolerance", () => {
    const { happened } = open(new Lease(sender({ expiresAt: START + 40 }), clock, 0));
    pass(39.9);
    expect(happened).toEqual([]);
    pass(0.2);
    expect(happened).toEqual(["end"]);
  });

  it("does not end without a token, nor with one that does not expire", () => {
    for (const newest of [undefined, sender({})]) {
      const { happened } = open(new Lease(newest, clock, 10));
      pass(1e7);
      expect([happened, jest.getTimerCount()]).toEqual([[], 0]);
    }
  });

  it("is not ended by an older token of a shorter life that is used once more", () => {
    const lease = new Lease(tokenFor(1_000, START + 5), clock, 0);
    const { happened } = open(lease);
    lease.renew(tokenFor(100, START));
    pass(999);
    expect(happened).toEqual([]);
    expect(lease.newest?.token.issuedAt).toBe(START + 5);
  });

  it("goes on with an older token that outlives a newer one", () => {
    const lease = new Lease(tokenFor(100, START + 5), clock, 10);
    const { happened } = open(lease);
    pass(105);
    lease.renew(tokenFor(1_000, START));
    expect(happened).toEqual(["hold", "release"]);
    pass(800);
    expect(happened).toEqual(["hold", "release"]);
  });

  it("ends earlier with a newer token of a shorter life", () => {
    const lease = new Lease(tokenFor(1_000), clock, 0);
    const { happened } = open(lease);
    lease.renew(tokenFor(100, START + 1));
    pass(101);
    expect(happened).toEqual(["end"]);
  });

  it("ends at once when the newest token is revoked; another token serves the next stream", () => {
    const lease = new Lease(tokenFor(1_000, START + 5), clock, 10);
    const first = open(lease);
    lease.revoke();
    expect(first.happened).toEqual(["end"]);
    expect(lease.newest).toBeUndefined();
    lease.renew(tokenFor(100, START));
    const second = open(lease);
    pass(99);
    expect(second.happened).toEqual([]);
    pass(12);
    expect(second.happened).toEqual(["hold", "end"]);
  });

  it("that is over is left alone, and costs no timer", () => {
    const lease = new Lease(tokenFor(100), clock, 10);
    const { happened, close } = open(lease);
    close();
    pass(1_000);
    expect([happened, jest.getTimerCount()]).toEqual([[], 0]);
  });

  it("does not deliver what waits when the session ends in the window", () => {
    const lease = new Lease(tokenFor(100), clock, 10);
    const { happened } = open(lease);
    pass(105);
    lease.close();
    expect(happened).toEqual(["hold", "end"]);
  });

  it("ends when the clock says so that judges its token", () => {
    const { happened } = open(new Lease(tokenFor(100), clock, 0));
    jest.setSystemTime((START - 60) * 1000);
    pass(159);
    expect(happened).toEqual([]);
    pass(2);
    expect(happened).toEqual(["end"]);
  });

  it("waits for a token that lives longer than a timer can", () => {
    const { happened } = open(new Lease(tokenFor(30 * 86_400), clock, 0));
    pass(30 * 86_400 - 1);
    expect(happened).toEqual([]);
    pass(2);
    expect(happened).toEqual(["end"]);
  });
});

describe("an announcement", () => {
  it("waits in the window alone, and is made after the renewal", () => {
    const lease = new Lease(tokenFor(100), clock, 10);
    open(lease);
    const made: (number | undefined)[] = [];
    const announce = () => void made.push(lease.newest?.token.issuedAt);
    expect(lease.postpone(announce)).toBe(false);
    pass(101);
    expect(lease.postpone(announce)).toBe(true);
    expect(made).toEqual([]);
    lease.renew(tokenFor(200, START + 101));
    expect(made).toEqual([START + 101]);
    expect(lease.postpone(announce)).toBe(false);
  });

  it("is never made when no fresh token comes", () => {
    const lease = new Lease(tokenFor(100), clock, 10);
    open(lease);
    pass(101);
    let made = 0;
    lease.postpone(() => (made += 1));
    pass(10);
    lease.renew(tokenFor(200, START + 111));
    expect(made).toBe(0);
  });

  it("ends the stream when too many wait", () => {
    const lease = new Lease(tokenFor(100), clock, 10);
    const { happened } = open(lease);
    pass(101);
    for (let count = 0; count < 1_000; count++) lease.postpone(() => undefined);
    expect(happened).toEqual(["hold"]);
    lease.postpone(() => undefined);
    expect(happened).toEqual(["hold", "end"]);
  });
});
