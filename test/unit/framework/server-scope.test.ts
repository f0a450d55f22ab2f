import { describe, expect, it } from "@jest/globals";
import { runInExchange, type Exchange } from "../../../src/framework/exchange.js";
import type { FrameworkServer, SessionServer } from "../../../src/framework/internals.js";
import { protectionOf } from "../../../src/framework/registry.js";
import { scopeServer, scopeSessionServer } from "../../../src/framework/server-scope.js";
import { fakeProvider } from "../../support/fake-protection.js";
import { fakeSessionServer, fakeTransport } from "../../support/fake-session.js";

const EXCHANGE = { streaming: false } as unknown as Exchange;
const shared = {} as SessionServer;

function makeServer(): FrameworkServer & { readonly server: unknown } {
  const server = {
    toolsMap: new Map(),
    resourcesMap: new Map(),
    promptsMap: new Map(),
    bindings: [{ sdkServer: shared }],
    _roots: ["of the server itself"],
  } as unknown as FrameworkServer & { readonly server: unknown };
  scopeServer(server, protectionOf(fakeProvider().provider)!);
  return server;
}

/** A session; the function runs `work` as the handling of one of its messages. */
async function openSession(server: FrameworkServer): Promise<{
  own: SessionServer;
  inMessage: (work: () => void) => void;
}> {
  let next: () => void = () => undefined;
  const transport = fakeTransport();
  const own = runInExchange(EXCHANGE, () =>
    scopeSessionServer(
      fakeSessionServer(() => next()),
      server,
    ),
  );
  await own.connect(transport);
  return {
    own,
    inMessage: (work) => {
      next = work;
      runInExchange(EXCHANGE, () =>
        transport.onmessage?.({ jsonrpc: "2.0", id: 1, method: "tools/call" }),
      );
    },
  };
}

describe("what mcp-framework keeps once for the server", () => {
  it("is the session's own SDK server while one of its messages is handled", async () => {
    const server = makeServer();
    const alice = await openSession(server);
    const seen: unknown[] = [];
    alice.inMessage(() => seen.push(server.server));
    expect(seen).toEqual([alice.own]);
    expect(server.server).toBe(shared);
  });

  it("is the roots of the session's own client only", async () => {
    const server = makeServer();
    const alice = await openSession(server);
    const bob = await openSession(server);
    const seen: unknown[] = [];
    alice.inMessage(() => (server._roots = ["file:///home/alice"]));
    bob.inMessage(() => seen.push(server._roots));
    alice.inMessage(() => seen.push(server._roots));
    expect(seen).toEqual([[], ["file:///home/alice"]]);
    expect(server._roots).toEqual(["of the server itself"]);
  });
});
