import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { MCPServer, MCPTool } from "mcp-framework";
import { z } from "zod";
import type { AccessToken } from "../../src/core/access-token.js";
import { OAuthAuthProvider } from "../../src/index.js";
import type { ScopeOptions } from "../../src/options/scopes.js";
import { fakeProvider } from "../support/fake-protection.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { WhoAmI } from "../support/tools.js";
import { INITIALIZE } from "../support/initialize.js";
import { bearer, mcpRequest, post as send } from "../support/mcp-request.js";

/** Starts another server at its first call, as lazy set-up code does. */
class LazyServer extends MCPTool {
  static provider: OAuthAuthProvider;
  static server: Server | undefined;
  name = "lazy-server";
  description = "Starts another server";
  schema = z.object({});
  async execute(): Promise<string> {
    LazyServer.server = createServer((req, res) => {
      void LazyServer.provider
        .authenticate(req)
        .then((answer) => res.end(String(answer !== false)));
    }).listen(0, "127.0.0.1");
    await once(LazyServer.server, "listening");
    return "started";
  }
}

class SecretTool extends MCPTool {
  name = "secret-tool";
  description = "For administrators";
  schema = z.object({});
  async execute(): Promise<string> {
    return "secret";
  }
}

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

interface Setup {
  readonly transport: TransportName;
  readonly tokens?: Record<string, Partial<AccessToken>>;
  readonly scopes?: ScopeOptions;
}

async function start({ transport, tokens = { alice: {} }, scopes = {} }: Setup): Promise<void> {
  const { provider } = fakeProvider(tokens, scopes);
  running = await startServer({ transport, provider, tools: [WhoAmI, SecretTool, LazyServer] });
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return send(running!.url, body, { ...bearer("alice"), ...headers });
}

/** Opens a session of Alice's; returns the header that names it. */
async function open(): Promise<Record<string, string>> {
  const response = await post(INITIALIZE);
  await response.text();
  return { "Mcp-Session-Id": response.headers.get("mcp-session-id")! };
}

/** Fills a message up to about this many bytes. */
function padded(message: object, bytes: number): object {
  return { ...message, params: { ...INITIALIZE.params, _meta: { pad: "x".repeat(bytes) } } };
}

describe.each(["http-stream batch", "http-stream stream"] as const)("on %s", (transport) => {
  it("sees no more of a list by giving another request the same id", async () => {
    await start({ transport, scopes: { tools: { "secret-*": ["admin"] } } });
    const session = await open();
    const list = { jsonrpc: "2.0", id: 5, method: "tools/list" };
    const ping = { jsonrpc: "2.0", id: 5, method: "ping" };
    for (const body of [
      [list, ping],
      [ping, list],
      [list, list],
    ]) {
      expect(await (await post(body, session)).text()).not.toContain("secret-tool");
    }
    expect(await (await post(list, session)).text()).toContain("whoami");
  });

  it("cannot make a session keep a large initialize", async () => {
    await start({ transport });
    const refused = await post(padded(INITIALIZE, 70_000));
    expect(refused.status).toBe(413);
    expect(refused.headers.get("mcp-session-id")).toBeNull();
    const accepted = await post(padded(INITIALIZE, 30_000));
    expect(accepted.status).toBe(200);
    await accepted.text();
  });

  it("gets nothing on an anonymous stream once the session has an owner", async () => {
    await start({ transport, scopes: { anonymous: { methods: ["ping"] } } });
    const opened = await send(running!.url);
    await opened.text();
    const session = { "Mcp-Session-Id": opened.headers.get("mcp-session-id")! };
    const stream = await fetch(running!.url, {
      headers: { Accept: "text/event-stream", ...session },
    });
    expect(stream.status).toBe(200);
    const ping = await post({ jsonrpc: "2.0", id: 1, method: "ping" }, session);
    expect(ping.status).toBe(200);
    await ping.text();
    expect(await stream.text()).toBe("");
  });

  it("does not lend a call's token to a server that was started in the call", async () => {
    await start({ transport });
    const session = await open();
    const call = { name: "lazy-server", arguments: {} };
    LazyServer.provider = otherProvider();
    await (
      await post({ jsonrpc: "2.0", id: 1, method: "tools/call", params: call }, session)
    ).text();
    expect(await askLazyServer()).toBe("false");
  });
});

describe("on serverless", () => {
  it("does not lend a call's token to a server that was started in the call", async () => {
    const auth = { provider: fakeProvider({ alice: {} }).provider as never };
    const stdio = [{ type: "stdio" as const }, { type: "http-stream" as const, auth }];
    // Where the first transport names no provider, the framework never asks by itself.
    for (const config of [{ auth }, { transports: stdio }]) {
      const server = new MCPServer({ name: "t", version: "1", basePath: "/none", ...config });
      server.addTool(LazyServer as never);
      LazyServer.provider = otherProvider();
      const response = await server.handleRequest(
        new Request(
          "http://127.0.0.1:8080/mcp",
          mcpRequest(
            {
              jsonrpc: "2.0",
              id: 1,
              method: "tools/call",
              params: { name: "lazy-server", arguments: {} },
            },
            bearer("alice"),
          ),
        ),
      );
      expect(await response.text()).toContain("started");
      expect(await askLazyServer()).toBe("false");
    }
  });
});

function otherProvider(): OAuthAuthProvider {
  return new OAuthAuthProvider({
    resource: "http://127.0.0.1:8080/mcp",
    authorizationServers: ["http://127.0.0.1:1"],
    verifyAtStart: "off",
    audit: () => undefined,
  });
}

/** Whether the lazy server lets a request in that has no token. */
async function askLazyServer(): Promise<string> {
  const { port } = LazyServer.server!.address() as AddressInfo;
  const answer = await (await fetch(`http://127.0.0.1:${port}`)).text();
  LazyServer.server!.closeAllConnections();
  LazyServer.server!.close();
  return answer;
}
