import { describe, expect, it } from "@jest/globals";
import { getRequestContext, requestContext } from "mcp-framework";
import type { AccessToken } from "../../../src/core/access-token.js";
import { runInExchange, type Exchange } from "../../../src/framework/exchange.js";
import type { JsonRpcMessage } from "../../../src/framework/internals.js";
import { connectScoped } from "../../../src/framework/message-scope.js";
import {
  fakeSessionServer,
  fakeTransport,
  type FakeTransport,
} from "../../support/fake-session.js";

/** A request that the guard let through; its policy shows every list whole. */
const EXCHANGE = {
  streaming: false,
  policy: { listView: () => undefined },
} as unknown as Exchange;

/** A connected session whose server hands every message to `handle`. */
async function connect(
  handle: (message: JsonRpcMessage, transport: FakeTransport) => unknown,
): Promise<FakeTransport> {
  const transport = fakeTransport();
  const server = fakeSessionServer((message) => handle(message, transport));
  await connectScoped(
    server,
    transport,
    (to) => server.connect(to),
    true,
    () => true,
  );
  return transport;
}

const request = (id: number): JsonRpcMessage => ({ jsonrpc: "2.0", id, method: "ping" });
const response = (id: number): JsonRpcMessage =>
  ({ jsonrpc: "2.0", id, result: {} }) as JsonRpcMessage;

describe("a session's connection", () => {
  it("takes no message that did not come through the guard", async () => {
    const handled: JsonRpcMessage[] = [];
    const transport = await connect((message) => handled.push(message));
    for (const message of [request(1), { ...request(1), id: undefined }, response(1)]) {
      expect(() => transport.onmessage?.(message as JsonRpcMessage)).toThrow("guarded");
    }
    expect(handled).toEqual([]);
    runInExchange(EXCHANGE, () => transport.onmessage?.(request(1)));
    expect(handled).toEqual([request(1)]);
  });

  it("sends a response to the request that is being handled, and to no other", async () => {
    const outcomes: Promise<void>[] = [];
    const transport = await connect((_, own) => {
      outcomes.push(own.send(response(2)), own.send(response(1)));
    });
    runInExchange(EXCHANGE, () => transport.onmessage?.(request(1)));
    await expect(outcomes[0]).rejects.toThrow("outside the scope");
    await outcomes[1];
    expect(transport.sent).toEqual([response(1)]);
  });

  it("sends no response to another session's request, nor to none", async () => {
    const other = await connect(() => undefined);
    let foreign: Promise<void> | undefined;
    const transport = await connect(() => (foreign = other.send(response(1))));
    runInExchange(EXCHANGE, () => transport.onmessage?.(request(1)));
    await expect(foreign).rejects.toThrow("outside the scope");
    await expect(transport.send(response(1))).rejects.toThrow("outside the scope");
    expect([...other.sent, ...transport.sent]).toEqual([]);
  });

  it("says things in the stream of the request that is being handled, until it is answered", async () => {
    const other = await connect(() => undefined);
    const saying = { jsonrpc: "2.0", method: "notifications/message" } as const;
    const transport = await connect((_, own) => {
      void own.send(saying);
      void other.send(saying);
      void own.send(response(1));
      void own.send(saying);
    });
    runInExchange(EXCHANGE, () => transport.onmessage?.(request(1)));
    await transport.send(saying);
    const inStream = { relatedRequestId: 1 };
    expect(transport.options).toEqual([inStream, undefined, undefined, undefined]);
    expect(other.options).toEqual([undefined]);
  });

  it("shows tools the guard's decision, also if the framework opened another context before", async () => {
    let seen: unknown;
    const transport = await connect(() => (seen = getRequestContext()));
    const exchange = { ...EXCHANGE, token: { claims: { sub: "alice" } } as unknown as AccessToken };
    requestContext.run({ sub: "bob", token: "from outside" }, () =>
      runInExchange(exchange, () => transport.onmessage?.(request(1))),
    );
    expect(seen).toEqual({ sub: "alice", token: "from outside" });
  });
});
