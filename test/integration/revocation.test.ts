import { describe, expect, it } from "@jest/globals";
import {
  tokenHash,
  UnavailableError,
  type OAuthAuthProviderOptions,
  type Store,
} from "../../src/index.js";
import { type TransportName } from "../support/mcp-server.js";
import { INITIALIZE } from "../support/initialize.js";
import { bearer, post as send } from "../support/mcp-request.js";
import { protectedSuite } from "../support/protected-suite.js";

/* What `provider.revoke()` ends in the process that calls it. */

const suite = protectedSuite({ rateLimit: false });
const { clock, issuer, events } = suite;
const start = (transport?: TransportName, options?: Partial<OAuthAuthProviderOptions>) =>
  suite.start(options, transport);

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

function post(token: string, body: object, session?: string): Promise<Response> {
  return send(suite.running.url, body, {
    ...bearer(token),
    ...(session !== undefined && { "Mcp-Session-Id": session }),
  });
}

async function openSession(token: string): Promise<string> {
  const response = await post(token, INITIALIZE);
  expect(response.status).toBe(200);
  return response.headers.get("mcp-session-id")!;
}

/** A standing stream, and whether it has ended. */
async function openStream(token: string, session?: string) {
  const response = await fetch(suite.running.url, {
    headers: {
      Accept: "text/event-stream",
      Authorization: `Bearer ${token}`,
      ...(session !== undefined && { "Mcp-Session-Id": session }),
    },
  });
  expect(response.status).toBe(200);
  const reader = response.body!.getReader();
  const ended = (async () => {
    for (;;) if ((await reader.read()).done) return true;
  })().catch(() => true);
  return { ended, cancel: () => reader.cancel() };
}

const status = async (response: Promise<Response>) => (await response).status;
const until = () => clock() + 3_600;

describe("revoking a subject", () => {
  it("refuses its tokens, ends its sessions and streams, and no one else's", async () => {
    await start();
    const alice = await issuer.sign({ sub: "alice" });
    const bob = await issuer.sign({ sub: "bob" });
    const [hers, his] = [await openSession(alice), await openSession(bob)];
    const stream = await openStream(alice, hers);
    const other = await openStream(bob, his);

    await suite.running.provider.revoke({ subject: "alice", until: until() });
    expect(await stream.ended).toBe(true);
    expect(await status(post(alice, PING, hers))).toBe(401);
    expect(events.at(-1)?.reason).toBe("token_revoked");
    expect(events.filter(({ kind }) => kind === "revocation")).toEqual([
      {
        kind: "revocation",
        time: clock(),
        outcome: "allowed",
        status: 200,
        transport: "none",
        method: "revoke",
        revoked: { what: "subject", until: until() },
        subject: "alice",
      },
    ]);
    expect(await status(post(bob, PING, his))).toBe(200);
    await other.cancel();

    // A later sign-in works again, and finds no session of before.
    clock.advance(1);
    const again = await issuer.sign({ sub: "alice" });
    expect(await status(post(again, PING, hers))).toBe(404);
    await openSession(again);
  });

  it("ends SSE sessions", async () => {
    await start("sse");
    const alice = await issuer.sign({ sub: "alice" });
    const bob = await issuer.sign({ sub: "bob" });
    const [hers, his] = [await openStream(alice), await openStream(bob)];
    await suite.running.provider.revoke({ subject: "alice", until: until() });
    expect(await hers.ended).toBe(true);
    await suite.running.provider.revoke({ clientId: "client-1", until: until() });
    expect(await his.ended).toBe(true);
  });
});

describe("revoking a token", () => {
  it.each<[string, (token: string) => { jti: string } | { tokenHash: string }]>([
    ["by its id", () => ({ jti: "one" })],
    ["by its hash", (token) => ({ tokenHash: tokenHash(token) })],
  ])("%s ends its streams, while another token goes on with the session", async (_name, what) => {
    await start();
    const token = await issuer.sign({ sub: "alice", jti: "one" });
    const other = await issuer.sign({ sub: "alice", jti: "two" });
    const session = await openSession(token);
    const stream = await openStream(token, session);
    await suite.running.provider.revoke({ ...what(token), until: until() });
    expect(await stream.ended).toBe(true);
    expect(await status(post(token, PING, session))).toBe(401);
    expect(await status(post(other, PING, session))).toBe(200);
    const [revoked] = events.filter(({ kind }) => kind === "revocation");
    expect(revoked).toMatchObject(
      "jti" in what(token)
        ? { revoked: { what: "jti" }, tokenId: "one" }
        : { revoked: { what: "tokenHash", hash: tokenHash(token).slice(0, 16) } },
    );
    expect(JSON.stringify(revoked)).not.toContain(tokenHash(token));
  });
});

describe("a revocation until the token expires", () => {
  it("covers the clock tolerance, in which the token would be accepted again", async () => {
    await start();
    const token = await issuer.sign({ sub: "alice", jti: "one", exp: clock() + 300 });
    const other = await issuer.sign({ sub: "alice", jti: "two", exp: clock() + 300 });
    await suite.running.provider.revoke({ jti: "one", until: clock() + 300 });
    clock.advance(359);
    expect(await status(post(token, INITIALIZE))).toBe(401);
    expect(events.at(-1)?.reason).toBe("token_revoked");
    expect(await status(post(other, INITIALIZE))).toBe(200);
  });
});

describe("revoking a session", () => {
  it("ends it and nothing else: its owner begins a new one with the same token", async () => {
    await start();
    const token = await issuer.sign();
    const [session, other] = [await openSession(token), await openSession(token)];
    const stream = await openStream(token, session);
    await suite.running.provider.revoke({ session, until: until() });
    expect(await stream.ended).toBe(true);
    expect(await status(post(token, PING, session))).toBe(404);
    expect(await status(post(token, PING, other))).toBe(200);
    await openSession(token);
    const [revoked] = events.filter(({ kind }) => kind === "revocation");
    expect(revoked?.revoked?.what).toBe("session");
    // Its id is half of what opens it.
    expect(JSON.stringify(events)).not.toContain(session);
  });
});

describe("revoking while the store is away", () => {
  it("rejects, and audit hears that nothing is certain", async () => {
    const store = new Proxy({} as Store, { get: () => () => Promise.reject(new Error("away")) });
    await start(undefined, { store });
    const attempt = suite.running.provider.revoke({ subject: "alice", until: until() });
    await expect(attempt).rejects.toThrow(UnavailableError);
    expect(events).toMatchObject([
      {
        kind: "revocation",
        outcome: "unavailable",
        status: 503,
        reason: "revocation_store_unavailable",
        subject: "alice",
      },
    ]);
  });
});

describe("revoking what cannot be revoked", () => {
  it("says so instead of doing nothing", async () => {
    await start();
    await expect(suite.running.provider.revoke({ jti: "", until: until() })).rejects.toThrow(
      RangeError,
    );
    await expect(suite.running.provider.revoke({ jti: "x", until: Date.now() })).rejects.toThrow(
      RangeError,
    );
    expect(events).toEqual([]);
  });
});
