import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { MCPTool } from "mcp-framework";
import type { TransportName } from "../support/mcp-server.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { RawSession } from "../support/raw-session.js";
import { requirement } from "../support/requirement.js";

/* How long a session's streams go on, over real sockets; the clock and the timers are the test's. */

/** Reports rows until the test lets it end. */
class Rows extends MCPTool {
  static row: (number: number) => Promise<void>;
  static end: () => void;
  static started: Promise<void>;
  static arm(): void {
    Rows.started = new Promise((resolve) => (Rows.begun = resolve));
  }
  static begun: () => void;
  name = "rows";
  description = "Reports rows";
  schema = {};
  async execute(): Promise<string> {
    const inCall = AsyncLocalStorage.snapshot();
    Rows.row = (number) => inCall(() => this.reportProgress(number, 10));
    Rows.begun();
    await new Promise<void>((resolve) => (Rows.end = resolve));
    return "done";
  }
}

let server: ProtectedServer;
const opened: RawSession[] = [];
beforeEach(() => {
  Rows.arm();
  jest.useFakeTimers({
    doNotFake: ["Date", "hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate"],
  });
});
afterEach(async () => {
  jest.useRealTimers();
  Rows.end?.();
  await Promise.all(opened.splice(0).map((session) => session.hangUp()));
  await server.close();
});

async function start(transport: TransportName): Promise<void> {
  server = await startProtected({
    transport,
    options: { scopes: { operations: { "tools/list": ["mcp:read"] } } },
    server: { tools: [Rows] },
  });
}

async function open(token: string): Promise<RawSession> {
  const session = await RawSession.open(server, token);
  opened.push(session);
  return session;
}

const token = (claims: Record<string, unknown> = {}) =>
  server.issuer.sign({ sub: "alice", ...claims });

async function pass(seconds: number): Promise<void> {
  server.clock.advance(seconds);
  await jest.advanceTimersByTimeAsync(seconds * 1_000);
}

/** What was written has arrived by the time that a request was answered. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await (await fetch(`${server.origin}/health`)).text();
}

const CALL = { name: "rows", arguments: {}, _meta: { progressToken: 1 } };
const rowsOf = (session: RawSession) =>
  session.notifications
    .filter(({ method }) => method === "notifications/progress")
    .map(({ params }) => params.progress as number);

async function startRows(session: RawSession, bearer: string): Promise<Response> {
  const body = { jsonrpc: "2.0", id: 99, method: "tools/call", params: CALL };
  const response = await session.send(body, bearer);
  await Rows.started;
  return response;
}

function announce(): Promise<void> {
  const [binding] = (server.server as any).bindings;
  return binding.transport.send({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
}
const listChanges = (session: RawSession) =>
  session.notifications.filter(({ method }) => method === "notifications/tools/list_changed")
    .length;

/** A token lives for 300 seconds and is accepted for 60 more; the window takes 10. */
const ACCEPTED = 360;

describe("an SSE stream in the renewal window", () => {
  requirement(
    "avail-expiry",
    "is silent, and sends the queued messages after a fresh token",
    async () => {
      await start("sse");
      const old = await token();
      const session = await open(old);
      await startRows(session, old);
      await Rows.row(1);
      await pass(ACCEPTED + 1);
      await Rows.row(2);
      await Rows.row(3);
      expect(await session.status("ping", old)).toBe(401);
      expect(await session.status("ping", await token({ sub: "bob" }))).toBe(404);
      await settle();
      expect(rowsOf(session)).toEqual([1]);
      expect((await session.ask("ping", await token())).result).toEqual({});
      expect(rowsOf(session)).toEqual([1, 2, 3]);
      await pass(ACCEPTED - 2);
      await Rows.row(4);
      await settle();
      expect(rowsOf(session)).toEqual([1, 2, 3, 4]);
    },
  );

  it("ends silently when no fresh token comes", async () => {
    await start("sse");
    const old = await token();
    const session = await open(old);
    await startRows(session, old);
    await pass(ACCEPTED + 1);
    await Rows.row(1);
    await pass(10);
    await session.ended;
    expect(session.heard).toEqual([]);
    expect(await session.status("ping", await token())).toBe(404);
  });

  it("ends at once when the newest token is revoked", async () => {
    await start("sse");
    const old = await token({ jti: "one" });
    const session = await open(old);
    await startRows(session, old);
    await pass(ACCEPTED + 1);
    await Rows.row(1);
    await server.provider.revoke({ jti: "one", until: server.clock() + 60 });
    await session.ended;
    expect(session.heard).toEqual([]);
  });

  it.each([
    ["mcp:read", 1],
    ["mcp:other", 0],
  ])("lets a fresh token with %s say whether an announcement is heard", async (scope, heard) => {
    await start("sse");
    const session = await open(await token({ scope: "mcp:read" }));
    await pass(ACCEPTED + 1);
    await announce();
    await settle();
    expect(listChanges(session)).toBe(0);
    await session.ask("ping", await token({ scope }));
    await settle();
    expect(listChanges(session)).toBe(heard);
  });
});

describe("an announcement after a token with fewer scopes", () => {
  it.each(["http-stream stream", "sse"] as const)("is not heard on %s", async (transport) => {
    await start(transport);
    const session = await open(await token({ scope: "mcp:read" }));
    await announce();
    server.clock.advance(1);
    await session.ask("ping", await token({ scope: "mcp:other" }));
    await announce();
    await session.ask("ping", await token({ scope: "mcp:other" }));
    await settle();
    expect(listChanges(session)).toBe(1);
  });
});

describe("the stream of an HTTP Stream session", () => {
  /** Rows that the answer to the call holds in the end. */
  const rowsIn = async (response: Response) =>
    (await response.text().catch(() => "")).match(/"progress":\d/g);

  requirement(
    "avail-expiry",
    "that answers a POST ends with the acceptance of its token",
    async () => {
      await start("http-stream stream");
      const old = await token();
      const session = await open(old);
      const answer = await startRows(session, old);
      await Rows.row(1);
      await pass(ACCEPTED - 1);
      await Rows.row(2);
      await settle();
      await pass(1.5);
      await Rows.row(3).catch(() => undefined);
      expect(await rowsIn(answer)).toEqual(['"progress":1', '"progress":2']);
      await session.ended;
      // The session goes on.
      expect(await session.status("ping", await token())).toBe(200);
    },
  );

  it("that answers a POST ends when its token is revoked", async () => {
    await start("http-stream stream");
    const bearer = await token({ jti: "one" });
    const session = await open(bearer);
    const answer = await startRows(session, bearer);
    await Rows.row(1);
    await settle();
    await server.provider.revoke({ jti: "one", until: server.clock() + 3_600 });
    await Rows.row(2).catch(() => undefined);
    expect(await rowsIn(answer)).toEqual(['"progress":1']);
    expect(await session.status("ping", bearer)).toBe(401);
  });

  requirement("avail-expiry", "goes on when a fresh token was used in the session", async () => {
    await start("http-stream stream");
    const old = await token();
    const session = await open(old);
    const answer = await startRows(session, old);
    await pass(ACCEPTED - 1);
    expect(await session.status("ping", await token())).toBe(200);
    await pass(60);
    await Rows.row(1);
    Rows.end();
    expect(await answer.text()).toContain("done");
  });
});
