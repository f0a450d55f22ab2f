import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";

import { principalOf, type AccessToken } from "../../../src/core/access-token.js";
import { leasedStream } from "../../../src/http/leased-stream.js";
import { OpenConnections } from "../../../src/sessions/open-connections.js";
import { UnavailableError } from "../../../src/core/errors.js";
import type { Revocation } from "../../../src/revocation/revocation.js";
import { MemoryStore } from "../../../src/stores/memory-store.js";
import { Revocations, SessionRegistry } from "../../support/resolved.js";

const NOW = 1_800_000_000;
const tokenOf = (fields: Partial<AccessToken>): AccessToken => ({
  audience: [],
  scopes: [],
  claims: {},
  ...fields,
});

/** A stream in a session of its own, opened with this token. */
function open(connections: OpenConnections, token: AccessToken) {
  const registry = new SessionRegistry();
  connections.addSessions(registry);
  const { lease } = registry.open({ principal: "alice" }, { token, tokenHash: "x" });
  const stream = { ended: false, close: () => undefined as unknown };
  stream.close = lease.add({
    hold: () => undefined,
    release: () => undefined,
    end: () => (stream.ended = true),
  });
  return { stream, lease };
}

function setup(
  findRevoked: () => Promise<"token" | "session" | undefined> = async () => undefined,
) {
  return new OpenConnections({
    revocations: { findRevoked },
    clock: () => NOW,
    recheckSeconds: undefined,
  });
}

describe("checking standing streams again", () => {
  it("ends those that another process revoked, and leaves the others", async () => {
    const connections = new OpenConnections({
      revocations: {
        findRevoked: async ({ subject }) => (subject === "alice" ? "token" : undefined),
      },
      clock: () => NOW,
      recheckSeconds: undefined,
    });
    const streams = ["alice", "bob"].map(
      (subject) => open(connections, tokenOf({ subject })).stream,
    );
    await connections.recheck();
    expect(streams.map(({ ended }) => ended)).toEqual([true, false]);
  });

  it("believes no answer from before the round: a stream ends within one interval", async () => {
    let now = NOW;
    const clock = () => now;
    const store = new MemoryStore({ clock });
    const [here, elsewhere] = [0, 1].map(() => new Revocations({ store, clock }));
    const connections = new OpenConnections({
      revocations: here!,
      clock,
      recheckSeconds: undefined,
    });
    const token = tokenOf({ subject: "alice" });
    const { stream } = open(connections, token);
    // A request was told that all is well, just before.
    expect(await here!.isRevoked(token)).toBe(false);
    await elsewhere!.revoke({ subject: "alice", until: NOW + 60 });
    now += 1;
    expect(await here!.isRevoked(token)).toBe(false);
    await connections.recheck();
    expect(stream.ended).toBe(true);
  });

  it("survives a write to a stream that it ended", async () => {
    const connections = setup();
    const res = new ServerResponse(new IncomingMessage(new Socket()));
    res.writeHead(200);
    res.write("a client that reads nothing");
    const { lease } = open(connections, tokenOf({ subject: "alice" }));
    lease.add(leasedStream(res));
    await connections.end({ subject: "alice", until: NOW + 60 });
    const unheard: unknown[] = [];
    const emit = res.emit.bind(res);
    res.emit = (event: string, ...values: unknown[]) => {
      const heard = emit(event, ...values);
      if (event === "error" && !heard) unheard.push(values);
      return heard;
    };
    res.write("too late");
    await new Promise((resolve) => setImmediate(resolve));
    expect([res.writableEnded, unheard]).toEqual([true, []]);
    res.destroy();
  });

  it("spares the stream of a session in which another token came meanwhile", async () => {
    let answer = (_revoked: "token"): void => undefined;
    const connections = setup(() => new Promise((resolve) => (answer = resolve)));
    const { stream, lease } = open(connections, tokenOf({ subject: "alice", tokenId: "one" }));
    const checked = connections.recheck();
    lease.renew({ token: tokenOf({ subject: "alice", tokenId: "two" }), tokenHash: "y" });
    answer("token");
    await checked;
    expect(stream.ended).toBe(false);
  });

  it("ends the stream of a session that is still being opened", async () => {
    const connections = setup();
    const { stream } = open(connections, tokenOf({ tokenId: "one" }));
    await connections.end({ jti: "two", until: NOW + 60 });
    expect(stream.ended).toBe(false);
    await connections.end({ jti: "one", until: NOW + 60 });
    expect(stream.ended).toBe(true);
  });

  it("ends them when validity cannot be determined", async () => {
    const connections = setup(() => Promise.reject(new UnavailableError("custom_away")));
    const { stream } = open(connections, tokenOf({ subject: "alice" }));
    await connections.recheck();
    expect(stream.ended).toBe(true);
  });

  it("asks a bounded number of questions at once, and nothing of streams that have closed", async () => {
    let asking = 0;
    let most = 0;
    let asked = 0;
    const connections = setup(async () => {
      asked++;
      most = Math.max(most, ++asking);
      await new Promise((resolve) => setImmediate(resolve));
      asking--;
      return undefined;
    });
    const streams = Array.from(
      { length: 300 },
      () => open(connections, tokenOf({ subject: "alice" })).stream,
    );
    streams[0]!.close();
    await connections.recheck();
    expect(asked).toBe(299);
    expect(most).toBeLessThanOrEqual(50);
  });
});

describe("ending sessions", () => {
  const owners: Record<string, AccessToken> = {
    alice: tokenOf({ issuer: "https://a", subject: "alice", clientId: "editor" }),
    "alice elsewhere": tokenOf({ issuer: "https://b", subject: "alice", clientId: "editor" }),
    bob: tokenOf({ issuer: "https://a", subject: "bob", clientId: "browser" }),
  };

  it.each<[string, Revocation, readonly string[]]>([
    ["a subject", { subject: "alice", until: NOW + 60 }, ["alice", "alice elsewhere"]],
    [
      "a subject of one issuer",
      { subject: "alice", issuer: "https://a", until: NOW + 60 },
      ["alice"],
    ],
    ["a client", { clientId: "browser", until: NOW + 60 }, ["bob"]],
    ["a session", { session: "bob", until: NOW + 60 }, ["bob"]],
    ["a nameless token", { tokenHash: "abc", until: NOW + 60 }, ["nameless"]],
    ["a token", { jti: "one", until: NOW + 60 }, []],
  ])("of %s", async (_name, revocation, expected) => {
    const registry = new SessionRegistry();
    const closed: string[] = [];
    const open = (id: string, principal: string | undefined) =>
      registry.add({
        id,
        principal,
        transport: { send: async () => undefined, close: async () => void closed.push(id) },
      });
    for (const [id, token] of Object.entries(owners)) open(id, principalOf(token));
    open("nameless", "token:abc");
    open("anonymous", undefined);
    const connections = setup();
    connections.addSessions(registry);
    await connections.end(revocation);
    expect(closed.sort()).toEqual(expected);
    expect(registry.size).toBe(5 - expected.length);
  });

  it("goes on when one of them cannot be closed", async () => {
    const registry = new SessionRegistry();
    let closed = false;
    const principal = principalOf(owners["alice"]!);
    const fail = () => Promise.reject(new Error("broken pipe"));
    registry.add({ id: "1", principal, transport: { send: fail, close: fail } });
    const close = async () => void (closed = true);
    registry.add({ id: "2", principal, transport: { send: fail, close } });
    const connections = setup();
    connections.addSessions(registry);
    await connections.end({ subject: "alice", until: NOW + 60 });
    expect([closed, registry.size]).toEqual([true, 0]);
  });
});
