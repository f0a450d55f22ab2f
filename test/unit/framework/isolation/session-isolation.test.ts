import { describe, expect, it } from "@jest/globals";

import type { Announcer } from "../../../../src/framework/isolation/announcer.js";
import { runInExchange, type Exchange } from "../../../../src/framework/exchange.js";
import type {
  FrameworkServer,
  HttpStreamTransportInternals,
  SessionServer,
  SessionTransport,
} from "../../../../src/framework/internals.js";
import {
  adoptSseSession,
  isolateHttpStream,
} from "../../../../src/framework/isolation/session-isolation.js";
import { SessionRegistry } from "../../../support/resolved.js";

const makeTransport = (): SessionTransport => ({
  send: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

function exchangeOf(principal: string, sessions: SessionRegistry): Exchange {
  return { principal, sessions, streaming: false } as unknown as Exchange;
}

/** A transport of mcp-framework whose table of sessions is ours, and what it was connected to. */
function isolate(): {
  table: Record<string, SessionTransport>;
  sessions: SessionRegistry;
  connected: SessionTransport[];
} {
  const sessions = new SessionRegistry();
  const connected: SessionTransport[] = [];
  const transport = {} as HttpStreamTransportInternals;
  const server = {
    createSDKServerForSession: (): SessionServer => ({
      connect: (to) => Promise.resolve(void connected.push(to)),
      close: () => Promise.resolve(),
      notification: () => Promise.resolve(),
      sendLoggingMessage: () => Promise.resolve(),
    }),
  } as FrameworkServer;
  isolateHttpStream(transport, server, sessions, {} as Announcer);
  return { table: transport._transports, sessions, connected };
}

describe("a session on HTTP Stream", () => {
  it("belongs to the principal that opened it, until it is deleted", () => {
    const { table, sessions, connected } = isolate();
    const transport = makeTransport();
    runInExchange(exchangeOf("alice", sessions), () => (table["s1"] = transport));
    expect(connected).toEqual([transport]);
    expect(sessions.find("s1", "bob")).toBeUndefined();
    expect(sessions.find("s1", "alice")?.transport).toBe(transport);
    delete table["s1"];
    expect(sessions.find("s1", "alice")).toBeUndefined();
    expect(sessions.size).toBe(0);
  });

  it("is not opened by what went round the guard", () => {
    const { table, sessions, connected } = isolate();
    expect(() => (table["s1"] = makeTransport())).toThrow("guarded");
    expect(table["s1"]).toBeUndefined();
    expect([sessions.size, connected.length]).toEqual([0, 0]);
  });

  it("does not hand its messages to the server that all sessions share", () => {
    const { table, sessions } = isolate();
    const transport = makeTransport();
    transport.onmessage = () => undefined;
    runInExchange(exchangeOf("alice", sessions), () => (table["s1"] = transport));
    expect(transport.onmessage).toBeUndefined();
  });

  it.each(["constructor", "__proto__", "toString"])("named %s was never opened", (name) => {
    expect(isolate().table[name]).toBeUndefined();
  });
});

describe("a session on SSE", () => {
  it("belongs to the principal that opened it, until its stream closes", () => {
    const sessions = new SessionRegistry();
    let told = false;
    const transport = Object.assign(makeTransport(), {
      sessionId: "s1",
      handlePostMessage: () => Promise.resolve(),
      onclose: () => void (told = true),
    });
    adoptSseSession(transport, exchangeOf("alice", sessions));
    expect(sessions.find("s1", "bob")).toBeUndefined();
    expect(sessions.find("s1", "alice")?.transport).toBe(transport);
    transport.onclose();
    expect(sessions.find("s1", "alice")).toBeUndefined();
    expect(told).toBe(true);
  });

  it("is handed the body that the guard has parsed", async () => {
    const sessions = new SessionRegistry();
    const bodies: unknown[] = [];
    const transport: SessionTransport = Object.assign(makeTransport(), {
      sessionId: "s1",
      handlePostMessage: (_req: unknown, _res: unknown, body: unknown) =>
        Promise.resolve(void bodies.push(body)),
    });
    const exchange = exchangeOf("alice", sessions);
    adoptSseSession(transport, exchange);
    const body = { jsonrpc: "2.0", id: 1, method: "ping" };
    await runInExchange({ ...exchange, body }, () =>
      transport.handlePostMessage!({} as never, {} as never, "read from the socket"),
    );
    expect(bodies).toEqual([body]);
  });
});
