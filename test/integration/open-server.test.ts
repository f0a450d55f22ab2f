import { request as httpRequest } from "node:http";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { logger, MCPServer, MCPTool } from "mcp-framework";
import { z } from "zod";
import {
  getAccessToken,
  hasScope,
  OAuthAuthProvider,
  requireScopes,
  type AuthEvent,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import { fixedClock } from "../../src/testing/index.js";
import { mcpRequest, post } from "../support/mcp-request.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { RawSession } from "../support/raw-session.js";
import { WhoAmI } from "../support/tools.js";

/* `enabled: false`: tokens and scopes are not checked. */

/** Refused to everybody by its scopes, its own function and its code. */
class Guarded extends MCPTool {
  name = "guarded";
  description = "Needs everything";
  scopes = ["admin"];
  schema = z.object({ text: z.string().optional().describe("Any text") });
  override execution = { taskSupport: "optional" as const };
  canUse(): boolean {
    throw new Error("not called");
  }
  override execute({ text = "" }: { text?: string }): Promise<object> {
    requireScopes("root");
    const { subject } = getAccessToken() ?? { subject: "no token" };
    return Promise.resolve({ subject, isRoot: hasScope("root"), length: text.length });
  }
}

const RESOURCE = "http://127.0.0.1:8080/mcp";
const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream", "sse"];
const OPTIONS: OAuthAuthProviderOptions = {
  resource: RESOURCE,
  authorizationServers: [],
  enabled: false,
  scopes: { required: ["access"], authorize: () => false },
};
const call = (text?: string) => ({ name: "guarded", arguments: { text } });
const EXPECTED = { subject: "no token", isRoot: true, length: 0 };
const resultOf = (result: any): unknown => JSON.parse(result.content[0].text);

let running: RunningServer | undefined;
let lines: string[];
let events: AuthEvent[];
let spy: { mockRestore(): void };
beforeEach(() => {
  lines = [];
  events = [];
  spy = jest.spyOn(logger, "warn").mockImplementation((line) => void lines.push(line));
});
afterEach(async () => {
  spy.mockRestore();
  await running?.close();
  running = undefined;
});

const provide = (options: Partial<OAuthAuthProviderOptions> = {}) =>
  new OAuthAuthProvider({ ...OPTIONS, audit: (event) => void events.push(event), ...options });

async function start(transport: TransportName, provider = provide()): Promise<RunningServer> {
  running = await startServer({
    transport,
    provider,
    tools: [Guarded, WhoAmI],
    server: { tasks: { enabled: true } },
  });
  return running;
}

/** The status of a request with this Host, which fetch() does not set. */
function statusFor({ port, url }: RunningServer, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { pathname: path } = new URL(url);
    const request = httpRequest(
      { port, host: "127.0.0.1", path, headers: { Host: host } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.on("error", reject);
    request.end();
  });
}

describe.each(TRANSPORTS)("a server with enabled: false, on %s", (transport) => {
  it("lets every client list and call everything, and tools find no token", async () => {
    const server = await start(transport);
    for (const token of [undefined, "not.a.token"]) {
      const session = await RawSession.open(server, token);
      const { tools } = (await session.ask("tools/list", token)).result;
      expect(tools.map(({ name }: { name: string }) => name)).toEqual(["guarded", "whoami"]);
      expect(resultOf((await session.ask("tools/call", token, call())).result)).toEqual(EXPECTED);
      await session.hangUp();
    }
    expect(events.every(({ outcome }) => outcome === "allowed")).toBe(true);
    expect(events.at(-1)).toMatchObject({ status: 200, detail: "authentication is off" });
    expect(Object.keys(events.at(-1)!)).not.toContain("tokenFingerprint");
  });

  it("takes bodies up to the usual limit, and tasks", async () => {
    const session = await RawSession.open(await start(transport));
    const long = "x".repeat(200_000);
    const { result } = await session.ask("tools/call", undefined, call(long));
    expect(resultOf(result)).toMatchObject({ length: 200_000 });
    const started = await session.ask("tools/call", undefined, {
      ...call(),
      task: { ttl: 60_000 },
    });
    const { taskId } = started.result.task;
    const task = await session.ask("tasks/get", undefined, { taskId });
    expect(task.result).toMatchObject({ taskId });
    await session.hangUp();
  });

  it("says so in the log and in health, and publishes no metadata", async () => {
    const provider = provide();
    const { origin } = await start(transport, provider);
    expect(lines.join("\n")).toMatch(/AUTHENTICATION IS OFF \(enabled: false\)/);
    const health = await fetch(`${origin}/health/oauth`);
    expect(await health.json()).toEqual({ status: "ok", authentication: "off", issuers: [] });
    expect(await provider.health()).toMatchObject({ authentication: "off" });
    for (const name of ["oauth-protected-resource", "oauth-authorization-server"]) {
      expect((await fetch(`${origin}/.well-known/${name}`)).status).toBe(404);
    }
  });

  it("keeps pages of other origins out, and other names of this machine", async () => {
    const server = await start(transport);
    const page = await fetch(server.url, { headers: { Origin: "https://evil.example" } });
    expect(page.status).toBe(403);
    expect(await statusFor(server, `evil.example:${server.port}`)).toBe(403);
    expect(events.map(({ reason }) => reason)).toEqual(["origin_not_allowed", "host_not_loopback"]);
  });

  it("keeps the sessions of its clients apart", async () => {
    const server = await start(transport);
    const [one, other] = [await RawSession.open(server), await RawSession.open(server)];
    expect(one.id).not.toBe(other.id);
    const [first, second] = await Promise.all([
      one.ask("tools/call", undefined, { name: "guarded", arguments: { text: "a" } }),
      other.ask("tools/call", undefined, { name: "guarded", arguments: { text: "bb" } }),
    ]);
    expect([resultOf(first.result), resultOf(second.result)]).toMatchObject([
      { length: 1 },
      { length: 2 },
    ]);
    await one.hangUp();
    await other.hangUp();
    const named = server.url.replace("/sse", "/messages?sessionId=none");
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    expect((await post(named, list, { "Mcp-Session-Id": "none" })).status).toBe(404);
  });
});

describe("a serverless server with enabled: false", () => {
  it("lets every client call everything, and tools find no token", async () => {
    const server = new MCPServer({
      name: "t",
      version: "1",
      basePath: "/nonexistent",
      auth: { provider: provide() },
    });
    server.addTool(Guarded as never);
    const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: call() };
    for (const headers of [{}, { Authorization: "Bearer not.a.token" }]) {
      const response = await server.handleRequest(new Request(RESOURCE, mcpRequest(body, headers)));
      expect(response.status).toBe(200);
      expect(resultOf(((await response.json()) as any).result)).toEqual(EXPECTED);
    }
    const page = mcpRequest(body, { Origin: "https://evil.example" });
    expect((await server.handleRequest(new Request(RESOURCE, page))).status).toBe(403);
  });
});

describe("provider.revoke() of a session with enabled: false", () => {
  it("ends the session, and its client can open another", async () => {
    const clock = fixedClock();
    const provider = provide({ clock });
    const server = await start("http-stream stream", provider);
    const session = await RawSession.open(server);
    await provider.revoke({ session: session.id, until: clock() + 60 });
    await session.ended;
    expect(await session.status("tools/list")).toBe(404);
    const next = await RawSession.open(server);
    expect((await next.ask("tools/list")).result.tools).toHaveLength(2);
    await next.hangUp();
  });
});

describe("the requirements of a server with enabled: false", () => {
  it("are empty", () => {
    const rows = provide({ scopes: { tools: { x: ["a"] } } }).requirements();
    expect(rows.find(({ name }) => name === "x")).toMatchObject({ isPublic: true, scopes: [] });
    expect(rows.every(({ isPublic }) => isPublic)).toBe(true);
  });
});
