import type { Server as HttpServer } from "node:http";
import { describe, expect, it } from "@jest/globals";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { MCPServer } from "mcp-framework";
import {
  HTTP_STREAM_MEMBERS,
  PROTOTYPE_METHODS,
  requireMembers,
  SERVER_MEMBERS,
  SSE_MEMBERS,
  streamTablesOf,
  type FrameworkPrototype,
  type FrameworkServer,
  type SessionTransport,
} from "../../../src/framework/internals.js";
import { freePort } from "../../support/free-port.js";
import { WhoAmI } from "../../support/tools.js";

/*
 * What src/framework/internals.ts believes about mcp-framework, held to the installed
 * version. When this fails after an update, the guard may not stand.
 */

const prototype = MCPServer.prototype as unknown as FrameworkPrototype;

function server(): FrameworkServer {
  const instance = new MCPServer({ name: "contract", version: "1", basePath: "/nonexistent" });
  instance.addTool(WhoAmI as never);
  return instance as unknown as FrameworkServer;
}

describe("mcp-framework, as this package needs it", () => {
  it("comes with an SDK whose Streamable HTTP transport has the tables that are released", () => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => "id" });
    expect(streamTablesOf(transport as unknown as SessionTransport)).toBeDefined();
  });

  it("has the methods that are wrapped", () => {
    for (const name of PROTOTYPE_METHODS) {
      expect([name, typeof prototype[name]]).toEqual([name, "function"]);
    }
  });

  it("has the members of a server that are read", () => {
    expect(() => requireMembers(server(), SERVER_MEMBERS, "MCPServer")).not.toThrow();
  });

  it.each([
    ["http-stream", HTTP_STREAM_MEMBERS],
    ["sse", SSE_MEMBERS],
  ] as const)("builds a %s transport with the members that are replaced", (type, members) => {
    const transport = prototype.createTransportFromConfig.call(server(), { type, options: {} });
    expect(transport.type).toBe(type);
    expect(() => requireMembers(transport, members, type)).not.toThrow();
  });

  it.each(["http-stream", "sse"])(
    "creates the %s transport's HTTP server, with one request listener, before start() yields",
    async (type) => {
      const port = await freePort();
      const transport = prototype.createTransportFromConfig.call(server(), {
        type,
        options: { port },
      }) as {
        _server?: HttpServer;
        start(): Promise<void>;
        close?(): Promise<void>;
      };
      const started = transport.start();
      expect(transport._server?.listeners("request")).toHaveLength(1);
      await started;
      await transport.close?.();
    },
  );

  it("keeps per-call state of tools in the fields that are scoped", () => {
    const tool = new WhoAmI() as unknown as Record<string, unknown>;
    (tool as unknown as WhoAmI).injectServer("server" as never);
    (tool as unknown as WhoAmI).setProgressToken("token");
    (tool as unknown as WhoAmI).setAbortSignal("signal" as never);
    expect([tool["server"], tool["_progressToken"], tool["_abortSignal"]]).toEqual([
      "server",
      "token",
      "signal",
    ]);
  });

  it("makes a server for one session whose connect() sets its handlers at once", async () => {
    const instance = server();
    await instance.ensureInitialized();
    const session = instance.createSDKServerForSession();
    const transport = {
      start: () => new Promise<void>(() => undefined),
      send: () => Promise.resolve(),
      close: () => Promise.resolve(),
      onmessage: undefined,
    };
    void session.connect(transport);
    expect(typeof transport.onmessage).toBe("function");
  });
});

describe("a framework without a needed member", () => {
  it("is refused with the cure", () => {
    expect(() => requireMembers({ send: 1 }, ["send", "start"], "Transport")).toThrow(
      /no Transport\.start.*mcp-framework \^0\.2\.22.*ERR_OAUTH_FRAMEWORK_VERSION/s,
    );
  });
});
