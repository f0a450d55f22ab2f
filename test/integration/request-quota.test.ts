import { afterEach, describe, expect, it } from "@jest/globals";
import type { IncomingMessage } from "node:http";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../src/index.js";
import { CALL_WHOAMI, bearer, mcpRequest } from "../support/mcp-request.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { requirement } from "../support/requirement.js";
import { WhoAmI } from "../support/tools.js";

let server: ProtectedServer;
afterEach(() => server.close());

type Limits = Exclude<OAuthAuthProviderOptions["rateLimit"], false | undefined>;
const start = async (
  rateLimit: Limits,
  options: Partial<OAuthAuthProviderOptions> = {},
): Promise<void> => {
  server = await startProtected({ options: { rateLimit, ...options } });
};

/** Opens a session and returns its header. */
async function session(token?: string): Promise<Record<string, string>> {
  const response = await server.call(token);
  expect(response.status).toBe(200);
  await response.text();
  return { "Mcp-Session-Id": response.headers.get("mcp-session-id") ?? "" };
}

describe("requests of one user", () => {
  requirement("ratelimit", "get 429 with Retry-After beyond perPrincipal", async () => {
    await start({ perPrincipal: 2 });
    const token = await server.issuer.sign();
    await session(token);
    const headers = { Origin: "http://localhost:6274" };
    const last = await server.call(token, { headers });
    const left = 60 - (server.clock() % 60);
    expect(last.headers.get("ratelimit-policy")).toBe('"principal";q=2;w=60');
    expect(last.headers.get("ratelimit")).toBe(`"principal";r=0;t=${left}`);
    expect(last.headers.get("access-control-expose-headers")).toMatch(
      /\bRateLimit, RateLimit-Policy\b/,
    );

    const refused = await server.call(token);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, String(left)]);
    expect(refused.headers.get("www-authenticate")).toBeNull();
    expect(refused.headers.get("ratelimit")).toBe(`"principal";r=0;t=${left}`);
    expect(await refused.json()).toEqual({
      error: "too_many_requests",
      error_description: "Too many requests",
    });
    expect(server.events.at(-1)?.reason).toBe("too_many_requests_of_principal");

    server.clock.advance(left);
    expect((await server.call(token)).status).toBe(200);
  });

  it("are counted over all of the user's clients, and apart from other users", async () => {
    await start({ perPrincipal: 1 });
    const of = (sub: string, client: string) => server.issuer.sign({ sub, client_id: client });
    expect((await server.call(await of("user-1", "one"))).status).toBe(200);
    expect((await server.call(await of("user-1", "two"))).status).toBe(429);
    expect((await server.call(await of("user-2", "one"))).status).toBe(200);
  });

  it("keep their 401 and 403, which do not count", async () => {
    await start({ perPrincipal: 2 }, { scopes: { operations: { "tools/list": ["admin"] } } });
    const token = await server.issuer.sign();
    const body = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const headers = await session(token);
    const list = async () => (await server.call(token, { body, headers })).status;
    expect([await list(), await list(), await list()]).toEqual([403, 403, 403]);
    expect((await server.call(token)).status).toBe(200);
    expect((await server.call(token)).status).toBe(429);
    // Over the limit, a client still learns that its token has to be renewed or extended.
    expect(await list()).toBe(403);
    expect((await server.call(await server.issuer.sign({ exp: 1 }))).status).toBe(401);
  });

  it("have no limit and no headers unless the author sets one", async () => {
    await start({});
    const response = await server.call(await server.issuer.sign(), {
      headers: { Origin: "http://localhost:6274" },
    });
    expect(response.headers.get("ratelimit")).toBeNull();
    expect(response.headers.get("access-control-expose-headers")).not.toContain("RateLimit");
  });

  it("open no session beyond the limit", async () => {
    await start({ perPrincipal: 1 });
    const token = await server.issuer.sign();
    await session(token);
    const refused = await server.call(token);
    expect([refused.status, refused.headers.get("mcp-session-id")]).toEqual([429, null]);
  });
});

describe("anonymous requests to a public part", () => {
  it("are counted by address", async () => {
    await start(
      { perPrincipal: 1 },
      { trustedProxies: ["loopback"], scopes: { anonymous: { tools: ["whoami"] } } },
    );
    const from = async (address: string) =>
      (await server.call(undefined, { headers: { "X-Forwarded-For": address } })).status;
    expect([await from("192.0.2.1"), await from("192.0.2.1")]).toEqual([200, 429]);
    expect(await from("192.0.2.2")).toBe(200);
  });
});

describe("calls of one tool", () => {
  requirement("ratelimit", "get 429 beyond perTool; other requests go on", async () => {
    await start({ perTool: { whoami: 1 } });
    const token = await server.issuer.sign();
    const headers = await session(token);
    const call = () => server.call(token, { headers, body: CALL_WHOAMI });
    const first = await call();
    const pk = `pk=:${Buffer.from("whoami").toString("base64")}:`;
    expect(first.headers.get("ratelimit-policy")).toBe(`"tool";q=1;w=60;${pk}`);
    expect(JSON.stringify(await first.json())).toContain("user-1");
    const second = await call();
    expect([second.status, second.headers.get("retry-after")]).toEqual([
      429,
      String(60 - (server.clock() % 60)),
    ]);
    expect(server.events.at(-1)?.reason).toBe("too_many_calls_of_tool");
    const body = { jsonrpc: "2.0", id: 2, method: "tools/list" };
    expect((await server.call(token, { headers, body })).status).toBe(200);
  });

  it("are counted one by one in a batch", async () => {
    await start({ perTool: 2 });
    const token = await server.issuer.sign();
    const headers = await session(token);
    const batch = [1, 2, 3].map((id) => ({ ...CALL_WHOAMI, id }));
    expect((await server.call(token, { headers, body: batch })).status).toBe(429);
    expect((await server.call(token, { headers, body: batch.slice(1) })).status).not.toBe(429);
    expect((await server.call(token, { headers, body: CALL_WHOAMI })).status).toBe(429);
  });
});

describe("the limits hold on hosts without sockets", () => {
  it("for Web requests", async () => {
    await start({});
    const provider = new OAuthAuthProvider({
      resource: server.provider.getResource(),
      authorizationServers: server.provider.getAuthorizationServers(),
      clock: server.clock,
      rateLimit: { perTool: { whoami: 1 } },
    });
    const web = new MCPServer({ name: "t", version: "1", basePath: "/none", auth: { provider } });
    web.addTool(WhoAmI as never);
    const headers = bearer(await server.issuer.sign());
    const send = () =>
      web.handleRequest(new Request("http://localhost/mcp", mcpRequest(CALL_WHOAMI, headers)));
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status]).toEqual([200, 429]);
    expect(first.headers.get("ratelimit")).toContain('"tool";r=0;t=');
    expect(second.headers.get("ratelimit-policy")).toContain('"tool";q=1;w=60');
    expect(second.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  it("for bare calls of authenticate()", async () => {
    await start({ perPrincipal: 1 });
    const headers = bearer(await server.issuer.sign());
    const request = {
      method: "POST",
      url: "/mcp",
      headers: { authorization: headers["Authorization"] },
      rawHeaders: [],
      socket: { remoteAddress: "127.0.0.1" },
    } as unknown as IncomingMessage;
    expect(await server.provider.authenticate(request)).toMatchObject({ data: { sub: "user-1" } });
    expect(await server.provider.authenticate(request)).toBe(false);
    expect(server.events.at(-1)?.reason).toBe("too_many_requests_of_principal");
  });
});
