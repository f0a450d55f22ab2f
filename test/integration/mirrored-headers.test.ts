import { describe, expect, it } from "@jest/globals";
import { createMCPClient } from "@ai-sdk/mcp";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { MCPTool } from "mcp-framework";
import { z } from "zod";
import { type OAuthAuthProviderOptions } from "../../src/index.js";
import { INITIALIZE } from "../support/initialize.js";
import { type TransportName } from "../support/mcp-server.js";
import { RESOURCE } from "../support/protected.js";
import { protectedSuite } from "../support/protected-suite.js";
import { requirement } from "../support/requirement.js";
import { WhoAmI } from "../support/tools.js";
import { bearer, mcpRequest, post } from "../support/mcp-request.js";

/* Headers of MCP 2026-07-28 that repeat what the body says, at real servers. */

const suite = protectedSuite();
const { issuer, events } = suite;

/** Has an argument that clients mirror. */
class Deploy extends MCPTool {
  name = "deploy";
  description = "Deploys";
  schema = z.object({ region: z.string().describe("Where") });
  override get inputSchema() {
    const region = { type: "string", "x-mcp-header": "Region" };
    return { type: "object" as const, properties: { region }, required: ["region"] };
  }
  execute({ region }: { region: string }): Promise<string> {
    return Promise.resolve(`deployed to ${region}`);
  }
}

const start = (
  transport?: TransportName,
  scopes: OAuthAuthProviderOptions["scopes"] = { tools: { deploy: ["deploy"] } },
) => suite.start({ scopes }, transport, { tools: [WhoAmI, Deploy] as never[] });

async function open(token: string): Promise<(body: object, headers?: object) => Promise<Response>> {
  const send = (body: object, headers: object = {}) =>
    post(suite.running.url, body, { ...bearer(token), ...headers });
  const session = (await send(INITIALIZE)).headers.get("mcp-session-id")!;
  return (body, headers) => send(body, { "Mcp-Session-Id": session, ...headers });
}

const call = (name: string, args: object) => ({
  jsonrpc: "2.0",
  id: 2,
  method: "tools/call",
  params: { name, arguments: args },
});
const GOOD = { "Mcp-Method": "tools/call", "Mcp-Name": "deploy", "Mcp-Param-Region": "eu" };

describe("headers that mirror the body", () => {
  requirement("mcp-header-match", "go on where they agree with it", async () => {
    await start();
    const send = await open(await issuer.sign({ scope: "deploy" }));
    const response = await send(call("deploy", { region: "eu" }), GOOD);
    expect(await response.text()).toContain("deployed to eu");
  });

  it.each(Object.keys(GOOD))(
    "[mcp-header-match] are refused where %s contradicts it",
    async (name) => {
      await start();
      const send = await open(await issuer.sign({ scope: "deploy" }));
      const response = await send(call("deploy", { region: "eu" }), { ...GOOD, [name]: "whoami" });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ jsonrpc: "2.0", error: { code: -32020 } });
      expect(events.at(-1)).toMatchObject({ status: 400, reason: "header_mismatch" });
    },
  );

  requirement("mcp-header-match", "are looked at before scopes, and after the token", async () => {
    await start();
    const headers = { ...GOOD, "Mcp-Name": "whoami" };
    const narrow = await open(await issuer.sign({ scope: "other" }));
    expect((await narrow(call("deploy", { region: "eu" }), headers)).status).toBe(400);
    expect((await narrow(call("deploy", { region: "eu" }), GOOD)).status).toBe(403);
    const response = await fetch(suite.running.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(call("deploy", {})),
    });
    expect(response.status).toBe(401);
  });

  requirement("mcp-header-match", "are looked at without sessions, too", async () => {
    await start();
    const send = async (headers: object) =>
      suite.running.server.handleRequest(
        new Request(
          RESOURCE,
          mcpRequest(call("deploy", { region: "eu" }), {
            ...bearer(await issuer.sign({ scope: "deploy" })),
            ...headers,
          }),
        ),
      );
    expect((await send({ ...GOOD, "Mcp-Param-Region": "us" })).status).toBe(400);
    expect((await send(GOOD)).status).toBe(200);
  });

  it("may be sent by pages", async () => {
    await start();
    const response = await fetch(suite.running.url, {
      method: "OPTIONS",
      headers: {
        Origin: "http://localhost:6274",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,mcp-method,mcp-name,mcp-param-region",
      },
    });
    const allowed = response.headers.get("access-control-allow-headers")?.toLowerCase().split(", ");
    expect(allowed).toEqual(expect.arrayContaining(["mcp-method", "mcp-name", "mcp-param-region"]));
  });
});

/** An HTTP client that writes down what it sends and what comes back. */
function recorder() {
  const log: string[] = [];
  const send: typeof fetch = async (url, init) => {
    const response = await fetch(url, init);
    const body =
      typeof init?.body === "string" ? (JSON.parse(init.body) as { method?: string }) : {};
    if (init?.method === "POST") log.push(`${body.method ?? "?"} ${response.status}`);
    return response;
  };
  return { log, send };
}

const PUBLIC = { required: ["deploy"], anonymous: { tools: ["whoami"] } };

type Connect = (
  url: string,
  send: typeof fetch,
  token: string | undefined,
) => Promise<{ call(): Promise<unknown>; close(): Promise<void> }>;

/** Clients that try the wire of 2026-07-28 first. Each is closed by the caller. */
const CLIENTS: readonly (readonly [string, Connect])[] = [
  [
    "client 2.4.0, auto",
    async (url, send, token) => {
      const client = new Client(
        { name: "v2", version: "1" },
        { versionNegotiation: { mode: "auto" } },
      );
      const headers: Record<string, string> =
        token === undefined ? {} : { Authorization: `Bearer ${token}` };
      await client.connect(
        new StreamableHTTPClientTransport(new URL(url), { fetch: send, requestInit: { headers } }),
      );
      return {
        call: () => client.callTool({ name: "whoami", arguments: {} }),
        close: () => client.close(),
      };
    },
  ],
  [
    "@ai-sdk/mcp 2",
    async (url, send, token) => {
      const headers: Record<string, string> =
        token === undefined ? {} : { Authorization: `Bearer ${token}` };
      const client = await createMCPClient({
        transport: { type: "http", url, headers, fetch: send },
      });
      return {
        call: async () =>
          (await client.tools())["whoami"]?.execute({}, { toolCallId: "1", messages: [] } as never),
        close: () => client.close(),
      };
    },
  ],
];

describe.each(CLIENTS)("%s", (_, connect) => {
  it.each<[string, TransportName, boolean, object]>([
    ["with a token", "http-stream batch", true, {}],
    ["with a token, on streams", "http-stream stream", true, {}],
    ["with a token, beside public parts", "http-stream batch", true, PUBLIC],
    ["without a token, at public parts", "http-stream batch", false, PUBLIC],
    ["without a token, at public parts, on streams", "http-stream stream", false, PUBLIC],
  ])("falls back at the price of one request, %s", async (_name, transport, hasToken, scopes) => {
    await start(transport, scopes);
    const { log, send } = recorder();
    const token = hasToken ? await issuer.sign({ scope: "deploy" }) : undefined;
    const client = await connect(suite.running.url, send, token);
    const result = await client.call();
    expect(JSON.stringify(result)).toContain("context");
    await client.close();
    expect(log[0]).toMatch(/^server\/discover 4\d\d$/);
    expect(log[0]).not.toMatch(/401|403/);
    expect(log[1]).toBe("initialize 200");
    expect(log.filter((line) => /^(server|initialize)/.test(line))).toHaveLength(2);
  });

  it("is asked for a token where nothing is public", async () => {
    await start();
    const { log, send } = recorder();
    await expect(connect(suite.running.url, send, undefined)).rejects.toThrow();
    // The second one tries once more with initialize.
    expect(log[0]).toBe("server/discover 401");
    for (const line of log) expect(line).toMatch(/ 401$/);
  });
});
