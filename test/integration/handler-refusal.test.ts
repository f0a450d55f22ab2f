import { afterEach, describe, expect, it } from "@jest/globals";
import { MCPPrompt, MCPResource, MCPServer, MCPTool } from "mcp-framework";
import { z } from "zod";
import {
  ForbiddenError,
  InsufficientScopeError,
  OAuthAuthProvider,
  requireScopes,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import { bearer, mcpRequest } from "../support/mcp-request.js";
import type { TransportName } from "../support/mcp-server.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { RawSession } from "../support/raw-session.js";
import { requirement } from "../support/requirement.js";

/* Tools, resources and prompts that refuse their caller while they run. */

const WAYS: Record<string, () => void> = {
  requires: () => requireScopes("files:write"),
  throws: () => {
    throw new InsufficientScopeError("custom_shared_folder", ["files:admin"]);
  },
  forbids: () => {
    throw new ForbiddenError("custom_closed");
  },
  fails: () => {
    throw new Error("disk full");
  },
  handles: () => {
    try {
      requireScopes("files:write");
    } catch {
      // Goes on with what the caller may see.
    }
  },
};

class Files extends MCPTool {
  name = "files";
  description = "Refuses";
  schema = z.object({
    way: z.string().describe("How"),
    speak: z.boolean().optional().describe("Say something first"),
  });
  override async execute({ way, speak }: { way: string; speak?: boolean }): Promise<string> {
    if (speak === true) await this.reportProgress(1, 2, "half way");
    WAYS[way]?.();
    return "done";
  }
}

class Folder extends MCPResource {
  override uri = "files://folder";
  override name = "folder";
  override read(): Promise<never> {
    WAYS["requires"]?.();
    throw new Error("not reached");
  }
}

class Summary extends MCPPrompt {
  override name = "summary";
  override description = "Summarizes";
  override schema = {};
  protected override generateMessages(): Promise<never> {
    WAYS["requires"]?.();
    throw new Error("not reached");
  }
}

let server: ProtectedServer;
afterEach(() => server.close());

const start = async (
  transport: TransportName,
  options: Partial<OAuthAuthProviderOptions> = {},
): Promise<void> => {
  const parts = { tools: [Files], resources: [Folder], prompts: [Summary] };
  server = await startProtected({ transport, options, server: parts });
};

const message = (method: string, params: object) => ({ jsonrpc: "2.0", id: 7, method, params });
const call = (way: string, more: object = {}, meta: object = {}) =>
  message("tools/call", { name: "files", arguments: { way, ...more }, ...meta });

/** Sends a body in a session of its own; what one sees of the answer. */
async function send(body: unknown, token?: string) {
  const opened = await server.call(token);
  await opened.text();
  const headers = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
  const response = await server.call(token, { headers, body });
  const challenge = response.headers.get("www-authenticate");
  return { status: response.status, challenge, text: await response.text(), headers };
}

describe.each<TransportName>(["http-stream batch", "http-stream stream"])("on %s", (transport) => {
  requirement("mcp-403", "requireScopes() of a running tool is a 403 with its scopes", async () => {
    await start(transport, { scopes: { required: ["mcp"] } });
    const token = await server.issuer.sign({ scope: "mcp" });
    const { status, challenge, text, headers } = await send(call("requires"), token);
    expect([status, text]).toEqual([
      403,
      '{"error":"insufficient_scope","error_description":"The access token lacks a needed permission"}',
    ]);
    expect(challenge).toMatch(/^Bearer error="insufficient_scope", scope="mcp files:write", /);
    expect(server.events.at(-1)).toMatchObject({
      outcome: "refused",
      status: 403,
      reason: "scope_insufficient",
      operations: ["tools/call files"],
    });
    // The session goes on, and with the scope the same call succeeds.
    const wider = await server.issuer.sign({ scope: "mcp files:write" });
    const again = await server.call(wider, { headers, body: call("requires") });
    expect([again.status, await again.text()]).toEqual([200, expect.stringContaining("done")]);
  });

  it("errors of this package are refusals of their status", async () => {
    await start(transport);
    const token = await server.issuer.sign();
    const scope = await send(call("throws"), token);
    expect([scope.status, scope.challenge]).toEqual([
      403,
      expect.stringContaining('scope="files:admin"'),
    ]);
    expect(server.events.at(-1)?.reason).toBe("custom_shared_folder");
    const forbidden = await send(call("forbids"), token);
    expect([forbidden.status, forbidden.challenge]).toEqual([403, null]);
  });

  it("other errors, and refusals that the tool handles, change nothing", async () => {
    await start(transport);
    const token = await server.issuer.sign();
    const failed = await send(call("fails"), token);
    expect([failed.status, failed.text]).toEqual([200, expect.stringContaining("disk full")]);
    const handled = await send(call("handles"), token);
    expect([handled.status, handled.text]).toEqual([200, expect.stringContaining("done")]);
  });

  it("a batch gets a tool error, so that no other response is lost", async () => {
    await start(transport);
    const ping = { jsonrpc: "2.0", id: 8, method: "ping" };
    const { status, text } = await send([call("requires"), ping], await server.issuer.sign());
    expect(status).toBe(200);
    expect(text).toContain("insufficient_scope: this needs the scope files:write");
    expect(text).toContain('"id":8');
  });

  it("resources and prompts refuse in the same way", async () => {
    await start(transport);
    const token = await server.issuer.sign();
    const read = await send(message("resources/read", { uri: "files://folder" }), token);
    const got = await send(message("prompts/get", { name: "summary", arguments: {} }), token);
    expect([read.status, got.status]).toEqual([403, 403]);
    expect(read.challenge).toContain('scope="files:write"');
  });

  it("an anonymous client gets the 401 that lets it sign in", async () => {
    await start(transport, { scopes: { anonymous: { tools: ["files"] } } });
    const { status, challenge } = await send(call("requires"));
    expect(status).toBe(401);
    expect(challenge).toMatch(/^Bearer .*resource_metadata=/);
  });

  it("toolChallenges puts the challenge into the result", async () => {
    await start(transport, { toolChallenges: "result" });
    const { status, text } = await send(call("requires"), await server.issuer.sign());
    expect(status).toBe(200);
    expect(text).toContain("mcp/www_authenticate");
    expect(server.events.at(-1)).toMatchObject({ status: 403, reason: "scope_insufficient" });
  });
});

describe("after the first byte or elsewhere", () => {
  it("a tool that has sent a message before gets a tool error", async () => {
    await start("http-stream stream");
    const body = call("requires", { speak: true }, { _meta: { progressToken: 1 } });
    const { status, text } = await send(body, await server.issuer.sign());
    expect(status).toBe(200);
    expect(text).toMatch(/half way[\s\S]*insufficient_scope: this needs the scope files:write/);
  });

  it("SSE delivers a tool error in the session's stream", async () => {
    await start("sse");
    const token = await server.issuer.sign();
    const session = await RawSession.open(server, token);
    const { result } = await session.ask("tools/call", token, call("requires").params);
    expect(result).toMatchObject({ isError: true });
  });

  it("serverless answers 403", async () => {
    await start("http-stream batch");
    const provider = new OAuthAuthProvider({
      resource: server.provider.getResource(),
      authorizationServers: server.provider.getAuthorizationServers(),
      clock: server.clock,
    });
    const web = new MCPServer({ name: "t", version: "1", basePath: "/none", auth: { provider } });
    web.addTool(Files as never);
    const headers = bearer(await server.issuer.sign());
    const ask = (way: string) =>
      web.handleRequest(new Request("http://localhost/mcp", mcpRequest(call(way), headers)));
    const refused = await ask("requires");
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toContain('scope="files:write"');
    expect((await ask("handles")).status).toBe(200);
  });
});
