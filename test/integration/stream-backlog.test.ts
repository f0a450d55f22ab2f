import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { MCPTool } from "mcp-framework";
import { z } from "zod";
import { streamTablesOf, type SessionTransport } from "../../src/framework/internals.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";

/*
 * Clients that open a stream on a real socket and do not read from it.
 */

const MIB = 1024 * 1024;
const LIMIT = 8 * MIB;
const PIECE = "x".repeat(256 * 1024);
/** Four times the limit. */
const PIECES = (4 * LIMIT) / PIECE.length;

let server: ProtectedServer;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

interface Binding {
  readonly transport: {
    readonly _transports: Record<string, SessionTransport>;
    send(message: object): Promise<void>;
  };
}

function transport(): Binding["transport"] {
  return (server.server as unknown as { bindings: Binding[] }).bindings[0]!.transport;
}

/** Bytes of our pieces that wait in the queues of a session's streams; `undefined` without streams. */
function waiting(session: string): number | undefined {
  const tables = streamTablesOf(transport()._transports[session]!);
  const streams = [...(tables?._streamMapping.values() ?? [])];
  if (streams.length === 0) return undefined;
  const chunks = streams.map(({ controller }) => 1 - (controller?.desiredSize ?? 1));
  return chunks.reduce((sum, count) => sum + count * PIECE.length, 0);
}

/** What the last flood saw of its own session's queues. */
let seen: { most: number; endedAfter: number | undefined };
let session: string;
/** Another session whose client does read; the flood waits for it. */
let reading: string | undefined;

/** Sends more than a server should buffer for a client that does not read. */
class Flood extends MCPTool {
  name = "flood";
  description = "Says a lot";
  schema = z.object({});
  async execute(): Promise<string> {
    await flood(() => this.reportProgress(1, 1, PIECE));
    return "done";
  }
}

async function flood(say: () => Promise<void>): Promise<void> {
  seen = { most: 0, endedAfter: undefined };
  for (let piece = 0; piece < PIECES; piece++) {
    await say();
    seen.most = Math.max(seen.most, waiting(session) ?? 0);
    do await turn();
    while (reading !== undefined && (waiting(reading) ?? 0) > 0);
    if (waiting(session) === undefined) {
      seen.endedAfter = piece + 1;
      return;
    }
  }
}

async function start(mode: "batch" | "stream"): Promise<string> {
  server = await startProtected({ transport: `http-stream ${mode}`, server: { tools: [Flood] } });
  const token = await server.issuer.sign();
  session = await open(token);
  reading = undefined;
  return token;
}

async function open(token: string): Promise<string> {
  const response = await server.call(token);
  await response.text();
  return response.headers.get("mcp-session-id")!;
}

/** Sends a request on a socket of its own and reads nothing of the answer but its head. */
async function sendOnly(
  token: string,
  method: string,
  body?: object,
  path = "/mcp",
): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  const text = body === undefined ? "" : JSON.stringify(body);
  socket.write(
    [
      `${method} ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      `Authorization: Bearer ${token}`,
      "Accept: application/json, text/event-stream",
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(text)}`,
      ...(path === "/mcp" ? [`Mcp-Session-Id: ${session}`] : []),
      "",
      text,
    ].join("\r\n"),
  );
  const [head] = (await once(socket, "data")) as [Buffer];
  socket.pause();
  expect(head.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  return socket;
}

const callFlood = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "flood", arguments: {}, _meta: { progressToken: "p" } },
};
const announce = (data = PIECE) =>
  transport().send({
    jsonrpc: "2.0",
    method: "notifications/message",
    params: { level: "warning", data },
  });

async function list(token: string): Promise<number> {
  const response = await server.call(token, {
    headers: { "Mcp-Session-Id": session },
    body: { jsonrpc: "2.0", id: 7, method: "tools/list" },
  });
  await response.text();
  return response.status;
}

function expectCutOff(): void {
  expect(seen.endedAfter).toBeLessThan(PIECES);
  expect(seen.most).toBeGreaterThan(LIMIT / 2);
  // A piece is a little more than its text; and one may come when there is just room left.
  expect(seen.most).toBeLessThanOrEqual(LIMIT + PIECE.length);
}

describe("a client that does not read", () => {
  it("the answer to its POST is cut off; its session goes on", async () => {
    const token = await start("stream");
    const before = server.call(await server.issuer.sign({ sub: "bob" }));
    await sendOnly(token, "POST", callFlood);
    while (waiting(session) !== undefined) await turn();
    expectCutOff();
    expect(await list(token)).toBe(200);
    expect((await before).status).toBe(200);
  });

  it("its SSE stream is cut off, and its session with it", async () => {
    server = await startProtected({ transport: "sse" });
    await sendOnly(await server.issuer.sign(), "GET", undefined, "/sse");
    const open = async () => (await server.provider.health()).openSessions;
    expect(await open()).toBe(1);
    let pieces = 0;
    for (; pieces < PIECES && (await open()) > 0; pieces++) {
      await announce();
      await turn();
    }
    expect(pieces).toBeLessThan(PIECES);
    expect(pieces).toBeGreaterThan(LIMIT / 2 / PIECE.length);
  });

  it.each(["batch", "stream"] as const)(
    "its standing stream is cut off on %s, and it may open another",
    async (mode) => {
      const token = await start(mode);
      await sendOnly(token, "GET");
      // Everybody else goes on, those that read the same announcements as well.
      const bob = await server.issuer.sign({ sub: "bob" });
      reading = await open(bob);
      const get = { method: "GET", headers: { "Mcp-Session-Id": reading } };
      const reader = (await server.call(bob, get)).body!.getReader();
      let read = 0;
      const done = (async () => {
        for (;;) {
          const { value } = await reader.read();
          if (value === undefined) return;
          read += value.byteLength;
        }
      })();

      await flood(announce);
      expectCutOff();
      const sent = seen.endedAfter! * PIECE.length;
      while (read < sent) await turn();

      const again = await server.call(token, {
        method: "GET",
        headers: { "Mcp-Session-Id": session },
      });
      expect(again.status).toBe(200);
      await announce("welcome back");
      const { value } = await again.body!.getReader().read();
      expect(Buffer.from(value).toString()).toContain("welcome back");
      await transport()._transports[reading]!.close();
      await done;
    },
  );
});

describe("a client that reads", () => {
  it("gets everything, however much it is", async () => {
    const token = await start("stream");
    reading = session;
    const response = await server.call(token, {
      headers: { "Mcp-Session-Id": session },
      body: callFlood,
    });
    const text = await response.text();
    expect(text.match(/notifications\/progress/g)).toHaveLength(PIECES);
    expect(text).toContain("done");
  });
});
