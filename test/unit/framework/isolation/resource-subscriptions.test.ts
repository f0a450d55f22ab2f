import { describe, expect, it } from "@jest/globals";
import type { Session } from "../../../../src/sessions/session.js";
import {
  MAX_SUBSCRIPTIONS_PER_SESSION,
  ResourceSubscriptions,
} from "../../../../src/framework/isolation/resource-subscriptions.js";

import { fakeLease } from "../../../support/fake-lease.js";

const session = (id: string): Session => ({
  id,
  principal: id,
  lease: fakeLease(),
  transport: { send: () => Promise.resolve(), close: () => Promise.resolve() },
});
const [alice, bob] = [session("alice"), session("bob")];

/** A resource whose start the test decides. */
function resource() {
  const pending: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let stops = 0;
  return {
    start: () => new Promise<void>((resolve, reject) => pending.push({ resolve, reject })),
    stop: async () => void stops++,
    started: (index: number) => pending[index]!.resolve(),
    refused: (index: number) => pending[index]!.reject(new Error("refused")),
    get stops() {
      return stops;
    },
  };
}
const ready = { start: () => Promise.resolve(), stop: () => Promise.resolve() };

describe("subscriptions", () => {
  it("are bounded per session, and those of others do not count", async () => {
    const subscriptions = new ResourceSubscriptions();
    for (let i = 0; i < MAX_SUBSCRIPTIONS_PER_SESSION; i++) {
      await subscriptions.add(`x://${i}`, alice, ready);
    }
    await expect(subscriptions.add("x://more", alice, ready)).rejects.toThrow("Too many");
    expect(subscriptions.of("x://more")).toEqual([]);
    await subscriptions.add("x://more", bob, ready);
    await subscriptions.add("x://0", alice, ready);
    await subscriptions.remove("x://0", alice);
    await subscriptions.add("x://more", alice, ready);
    expect(subscriptions.of("x://more")).toEqual([bob, alice]);
  });

  it("start the resource for each session, and once for each", async () => {
    const subscriptions = new ResourceSubscriptions();
    const started: string[] = [];
    const by = (name: string) => ({ ...ready, start: async () => void started.push(name) });
    await subscriptions.add("x://a", alice, by("alice"));
    await subscriptions.add("x://a", alice, by("alice again"));
    await subscriptions.add("x://a", bob, by("bob"));
    expect(started).toEqual(["alice", "bob"]);
  });

  it("do not stop the resource while it starts for another session", async () => {
    const subscriptions = new ResourceSubscriptions();
    const notes = resource();
    const hers = subscriptions.add("x://a", alice, notes);
    notes.started(0);
    await hers;
    const his = subscriptions.add("x://a", bob, notes);
    await subscriptions.remove("x://a", alice);
    notes.started(1);
    await his;
    expect([notes.stops, subscriptions.of("x://a")]).toEqual([0, [bob]]);
    subscriptions.drop(bob);
    expect(notes.stops).toBe(1);
  });

  it("stop the resource when the session has ended while it started", async () => {
    const subscriptions = new ResourceSubscriptions();
    const notes = resource();
    const hers = subscriptions.add("x://a", alice, notes);
    subscriptions.drop(alice);
    expect(notes.stops).toBe(0);
    notes.started(0);
    await hers;
    expect([notes.stops, subscriptions.of("x://a")]).toEqual([1, []]);
  });

  it("do not end another session's subscription when a session ended while it started", async () => {
    const subscriptions = new ResourceSubscriptions();
    const notes = resource();
    const hers = subscriptions.add("x://a", alice, notes);
    subscriptions.drop(alice);
    const his = subscriptions.add("x://a", bob, notes);
    notes.started(1);
    await his;
    notes.started(0);
    await hers;
    expect([notes.stops, subscriptions.of("x://a")]).toEqual([0, [bob]]);
  });

  it("leave those of others alone when the resource refuses", async () => {
    const subscriptions = new ResourceSubscriptions();
    const notes = resource();
    const hers = subscriptions.add("x://a", alice, notes);
    const his = subscriptions.add("x://a", bob, notes);
    notes.started(0);
    notes.refused(1);
    await hers;
    await expect(his).rejects.toThrow("refused");
    expect([notes.stops, subscriptions.of("x://a")]).toEqual([0, [alice]]);
    await subscriptions.remove("x://a", bob);
    expect(notes.stops).toBe(0);
  });

  it("survive a resource that cannot be stopped", async () => {
    const subscriptions = new ResourceSubscriptions();
    const broken = { ...ready, stop: () => Promise.reject(new Error("broken")) };
    await subscriptions.add("x://a", alice, broken);
    await subscriptions.add("x://b", alice, broken);
    subscriptions.drop(alice);
    await subscriptions.add("x://a", bob, broken);
    await expect(subscriptions.remove("x://a", bob)).rejects.toThrow("broken");
    expect([subscriptions.of("x://a"), subscriptions.of("x://b")]).toEqual([[], []]);
  });
});
