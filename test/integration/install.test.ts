import { createServer, Server, type AddressInfo } from "node:net";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import { MCPServer } from "mcp-framework";
import { ConfigurationError } from "../../src/core/errors.js";
import type { FrameworkPrototype } from "../../src/framework/internals.js";
import { fakeProvider } from "../support/fake-protection.js";
import { INITIALIZE } from "../support/initialize.js";
import { freePort } from "../support/free-port.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { WhoAmI } from "../support/tools.js";
import { bearer, post } from "../support/mcp-request.js";

/*
 * Ways to bypass the guard: each is closed by its own fallback check, so that a change
 * in the framework's internal calls fails closed.
 */

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** The transport of a running server, by its private name. */
function transportOf({ server }: RunningServer): Record<string, Handler> {
  const [binding] = (server as unknown as { bindings: { transport: unknown }[] }).bindings;
  return binding!.transport as Record<string, Handler>;
}

describe("a transport", () => {
  it.each([
    ["http-stream batch", "handleMcpRequest", "/mcp"],
    ["sse", "handleRequest", "/sse"],
  ] as const)(
    "on %s refuses what reaches its handler without the guard",
    async (name, member, path) => {
      const { provider } = fakeProvider({ alice: {} });
      const running = await startServer({ transport: name, provider, tools: [WhoAmI] });
      closing.push(() => running.close());
      const transport = transportOf(running);
      // An application mounts the framework's handler in its own server.
      const other = createHttpServer((req, res) => void transport[member]!(req, res)).listen(0);
      closing.push(
        () => new Promise((resolve) => (other.close(resolve), other.closeAllConnections())),
      );
      const { port } = other.address() as AddressInfo;
      const asked = await fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { Authorization: "Bearer alice", Accept: "text/event-stream" },
      });
      expect(asked.status).toBe(503);
      expect(await asked.text()).toBe("");
    },
  );

  it("is guarded by the provider of the whole server, where it has none of its own", async () => {
    const { provider } = fakeProvider({ alice: {} });
    const running = await startServer({
      transport: "http-stream batch",
      provider,
      tools: [WhoAmI],
      options: { auth: undefined },
      server: { auth: { provider } },
    });
    closing.push(() => running.close());
    expect((await post(running.url)).status).toBe(401);
    expect((await post(running.url, INITIALIZE, bearer("alice"))).status).toBe(200);
  });

  it.each([
    ["http-stream", "readRequestBody"],
    ["sse", "getCorsHeaders"],
  ])("on %s is refused by name when the framework has no %s any more", async (type, member) => {
    const prototype = MCPServer.prototype as unknown as FrameworkPrototype;
    const server = new MCPServer({ name: "t", version: "1", basePath: "/nonexistent" });
    const create = (): { type: string } => {
      const auth = { provider: fakeProvider().provider };
      const config = { type, options: { auth } };
      return prototype.createTransportFromConfig.call(server as never, config);
    };
    const members = Object.getPrototypeOf(create()) as Record<string, unknown>;
    const kept = Object.getOwnPropertyDescriptor(members, member)!;
    delete members[member];
    closing.push(() => Object.defineProperty(members, member, kept));
    expect(create).toThrow(/ERR_OAUTH_FRAMEWORK_VERSION/);
  });

  it("on stdio is left alone", () => {
    const prototype = MCPServer.prototype as unknown as FrameworkPrototype;
    const server = new MCPServer({ name: "t", version: "1", basePath: "/nonexistent" });
    const auth = { provider: fakeProvider().provider };
    const transport = prototype.createTransportFromConfig.call(server as never, {
      type: "stdio",
      auth,
    });
    expect(Object.keys(transport)).not.toContain("start");
    expect(Object.keys(transport)).not.toContain("send");
  });

  it("does not start if another request listener is attached", async () => {
    const { provider } = fakeProvider({ alice: {} });
    const port = await freePort();
    // eslint-disable-next-line @typescript-eslint/unbound-method -- put back below
    const { listen } = Server.prototype;
    Server.prototype.listen = function (this: Server, ...options: unknown[]) {
      this.on("request", () => undefined);
      return listen.apply(this, options as never);
    } as typeof listen;
    closing.push(() => (Server.prototype.listen = listen));
    const server = new MCPServer({
      name: "test",
      version: "1",
      basePath: "/nonexistent",
      transport: { type: "http-stream", options: { port, auth: { provider: provider as never } } },
    });
    server.addTool(WhoAmI as never);
    await expect(server.start()).rejects.toThrow(ConfigurationError);
    Server.prototype.listen = listen;
    // The port is free again: nothing unguarded listens there.
    const again = createServer().listen(port);
    closing.push(() => new Promise((resolve) => again.close(resolve)));
    await new Promise((resolve, reject) => again.once("listening", resolve).once("error", reject));
  });
});
