import { connect } from "node:net";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { Lease } from "../../src/sessions/lease.js";
import { protect, type GuardedServer } from "../support/protected.js";

let running: GuardedServer | undefined;
afterEach(async () => {
  jest.restoreAllMocks();
  await running?.close();
  running = undefined;
});

const GOOD = { active: true, clientId: "c", subject: "alice", scopes: [] };

/** Sends this and gives the socket. */
function send(text: string) {
  const socket = connect(Number(new URL(running!.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(text);
  return socket;
}

describe("a client that leaves while it is decided about", () => {
  it("opens no stream", async () => {
    let asked = (): void => undefined;
    let answer = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const options = {
      authorizationServers: ["https://auth.example.com"],
      validation: {
        type: "custom" as const,
        validate: async () => {
          asked();
          await answered;
          return GOOD;
        },
      },
    };
    running = await protect(options, "sse");
    const leases: Lease[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const { add } = Lease.prototype;
    jest.spyOn(Lease.prototype, "add").mockImplementation(function (this: Lease, stream) {
      leases.push(this);
      return add.call(this, stream);
    });
    const socket = send(
      "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n" +
        "Authorization: Bearer opaque-token-1\r\n\r\n",
    );
    await isAsked;
    const left = new Promise((resolve) => socket.once("close", resolve));
    socket.destroy();
    await left;
    // The server hears of it in a turn of its own.
    await fetch(running.url).then((response) => response.body?.cancel());
    answer();
    while (!running.events.some(({ outcome }) => outcome !== "refused")) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(leases.map(({ isStreaming }) => isStreaming)).toEqual([false]);
  });
});

describe("a request with a thousand headers in front", () => {
  it("is read to its last", async () => {
    running = await protect({
      authorizationServers: ["https://auth.example.com"],
      validation: { type: "custom", validate: () => GOOD },
    });
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const socket = send(
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n${"G:\r\n".repeat(1500)}` +
        "Authorization: Bearer opaque-token-1\r\nContent-Type: application/json\r\n" +
        `Accept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n` +
        `Connection: close\r\n\r\n${body}`,
    );
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    // No session: but the credential at the end was seen.
    expect(running.events.map(({ outcome }) => outcome)).toEqual(["allowed"]);
    expect(answer).not.toMatch(/^HTTP\/1\.1 401/);
  });
});
