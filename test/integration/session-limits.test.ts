import { afterEach, describe, expect, it } from "@jest/globals";
import { streamTablesOf, type SessionTransport } from "../../src/framework/internals.js";
import type { AuthEvent } from "../../src/index.js";
import type { SessionOptions } from "../../src/options/limits.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import type { TransportName } from "../support/mcp-server.js";

let server: ProtectedServer;
let events: AuthEvent[] = [];
afterEach(() => server.close());

async function start(sessions: SessionOptions, transport?: TransportName): Promise<void> {
  events = [];
  server = await startProtected({
    options: { sessions, audit: (event) => void events.push(event) },
    ...(transport !== undefined && { transport }),
  });
}

async function open(token: string): Promise<string> {
  const response = await server.call(token);
  await response.text();
  return response.headers.get("mcp-session-id") ?? String(response.status);
}

async function list(token: string, id: string): Promise<number> {
  const response = await server.call(token, {
    headers: { "Mcp-Session-Id": id },
    body: { jsonrpc: "2.0", id: 7, method: "tools/list" },
  });
  await response.text();
  return response.status;
}

function transportsOf({ server: mcp }: ProtectedServer): Record<string, SessionTransport> {
  const [binding] = (mcp as unknown as { bindings: { transport: object }[] }).bindings;
  return (binding?.transport as { _transports: Record<string, SessionTransport> })._transports;
}

describe("HTTP Stream sessions", () => {
  it.each(["http-stream batch", "http-stream stream"] as const)(
    "of one principal end where there are too many: %s",
    async (transport) => {
      await start({ maxPerUser: 2 }, transport);
      const alice = await server.issuer.sign({ sub: "alice" });
      const bob = await server.issuer.sign({ sub: "bob" });
      const others = await open(bob);
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) {
        server.clock.advance(1);
        ids.push(await open(alice));
      }
      const statuses = await Promise.all(ids.map((id) => list(alice, id)));
      expect(statuses).toEqual([404, 200, 200]);
      expect(await list(bob, others)).toBe(200);
      expect(Object.keys(transportsOf(server))).toHaveLength(3);
    },
  );

  it("are refused with 429 when all are in use", async () => {
    await start({ maxPerUser: 1 }, "http-stream stream");
    const token = await server.issuer.sign();
    const id = await open(token);
    const abort = new AbortController();
    const stream = await fetch(server.url, {
      headers: {
        Accept: "text/event-stream",
        Authorization: `Bearer ${token}`,
        "Mcp-Session-Id": id,
      },
      signal: abort.signal,
    });
    expect(stream.status).toBe(200);
    const refused = await server.call(token);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "30"]);
    expect(await list(token, id)).toBe(200);
    abort.abort();
  });

  it("end when they have been idle, at the latest with the next one that opens", async () => {
    await start({ idleSeconds: 60 });
    const token = await server.issuer.sign();
    const id = await open(token);
    server.clock.advance(59);
    expect(await list(token, id)).toBe(200);
    server.clock.advance(60);
    await open(token);
    expect(await list(token, id)).toBe(404);
  });

  it("tell when their principal comes back with more scopes", async () => {
    await start({});
    const id = await open(await server.issuer.sign({ scope: "mcp:read" }));
    events = [];
    await list(await server.issuer.sign({ scope: "mcp:read mcp:write" }), id);
    await list(await server.issuer.sign({ scope: "mcp:write" }), id);
    expect(events.map(({ kind, newScopes }) => [kind, newScopes])).toEqual([
      ["elevation", ["mcp:write"]],
      ["decision", undefined],
      ["decision", undefined],
    ]);
  });

  it("keep nothing of requests that were answered as JSON", async () => {
    await start({});
    const token = await server.issuer.sign();
    const id = await open(token);
    const tables = streamTablesOf(transportsOf(server)[id]!)!;
    for (let i = 0; i < 20; i++) expect(await list(token, id)).toBe(200);
    // The last answer's socket may not be closed yet.
    expect(tables._streamMapping.size).toBeLessThanOrEqual(1);
    expect(tables._requestToStreamMapping.size).toBe(0);
  });
});

describe("anonymous sessions", () => {
  it("count for the /64 that they come from: one customer has all of its addresses", async () => {
    server = await startProtected({
      options: {
        sessions: { maxPerUser: 1 },
        trustedProxies: ["loopback"],
        scopes: { anonymous: { methods: ["ping"] } },
      },
    });
    const openFrom = async (address: string): Promise<number> => {
      const response = await server.call(undefined, { headers: { "X-Forwarded-For": address } });
      await response.text();
      expect(response.status).toBe(200);
      return (await server.provider.health()).openSessions;
    };
    expect(await openFrom("2001:db8::1")).toBe(1);
    expect(await openFrom("2001:db8::2")).toBe(1);
    expect(await openFrom("2001:db8:0:1::1")).toBe(2);
  });
});

describe("SSE sessions", () => {
  it("are refused with 429 while all have their stream open, and take its place when it ends", async () => {
    await start({ maxPerUser: 1 }, "sse");
    const token = await server.issuer.sign();
    const abort = new AbortController();
    const connect = (signal?: AbortSignal): Promise<Response> =>
      fetch(server.url, {
        headers: { Authorization: `Bearer ${token}` },
        ...(signal !== undefined && { signal }),
      });
    expect((await connect(abort.signal)).status).toBe(200);
    expect((await connect()).status).toBe(429);
    abort.abort();
    let status = 429;
    const again = new AbortController();
    while (status === 429) status = (await connect(again.signal)).status;
    expect(status).toBe(200);
    again.abort();
  });
});
