import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { getRequestContext, MCPTool } from "mcp-framework";
import { z } from "zod";
import {
  createAuthorizationServer,
  memoryStorage,
  type AuthorizationServer,
} from "../../../src/authorization-server/index.js";
import { getAccessToken, hasScope, OAuthAuthProvider } from "../../../src/index.js";
import { freePort } from "../../support/free-port.js";
import { bearer, post } from "../../support/mcp-request.js";
import { startServer, type RunningServer } from "../../support/mcp-server.js";

/*
 * The snippets of the document about the MCP Auth gem, translated and run in its order:
 * configuration, discovery, registration, authorization, exchange, a call, refresh, tasks.
 */

/** The helper methods of its controllers. */
class Me extends MCPTool {
  name = "me";
  description = "Says who calls";
  schema = z.object({});
  override execute(): Promise<object> {
    const token = getAccessToken();
    return Promise.resolve({
      authenticated: token !== undefined,
      userId: token?.subject,
      orgId: token?.claims["org"],
      scopes: token?.scopes,
      mayWrite: hasScope("mcp:write"),
      token: getRequestContext()?.["token"] ?? "not exposed",
    });
  }
}

const REDIRECT = "https://client.example.com/callback";
let running: RunningServer;
let authorizationServer: AuthorizationServer;
let origin: string;
let resource: string;

beforeAll(async () => {
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  resource = `${origin}/mcp/api`;
  authorizationServer = await createAuthorizationServer({
    issuer: origin,
    resources: [{ resource, scopes: { "mcp:read": "Read", "mcp:write": "Write" } }],
    storage: memoryStorage(),
    accounts: [{ id: "alice", email: "alice@example.com", claims: { org: "acme" } }],
    ttlSeconds: { access: 3_600, refresh: 2_592_000, code: 1_800 },
    autoApprove: true,
  });
  const provider = new OAuthAuthProvider({ resource, embedded: authorizationServer });
  running = await startServer({
    transport: "http-stream batch",
    provider,
    tools: [Me],
    port,
    options: { endpoint: "/mcp/api" },
  });
});
afterAll(() => running.close());

const form = (path: string, fields: Record<string, string>) =>
  fetch(origin + path, { method: "POST", body: new URLSearchParams(fields) });

async function register(
  name = "My MCP Client",
): Promise<{ client_id: string; client_secret?: string; scope?: string }> {
  const response = await fetch(`${origin}/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [REDIRECT],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      scope: "mcp:read mcp:write",
      token_endpoint_auth_method: "none",
    }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { client_id: string };
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly [name: string]: unknown;
}

/** Steps 1 to 3 of the document's flow. */
async function signIn(
  name?: string,
): Promise<{ readonly clientId: string; readonly tokens: Tokens }> {
  const { client_id: clientId } = await register(name);
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: REDIRECT,
    scope: "mcp:read mcp:write",
    state: "random_state_string",
    code_challenge: challenge,
    code_challenge_method: "S256",
    resource,
  });
  const { code, state } = await follow(`${origin}/authorize?${query.toString()}`);
  expect(state).toBe("random_state_string");
  const exchange = { grant_type: "authorization_code", code, redirect_uri: REDIRECT, resource };
  const wrong = { ...exchange, client_id: clientId, code_verifier: verifier.toUpperCase() };
  expect((await form("/token", wrong)).status).toBe(400);
  const response = await form("/token", { ...wrong, code_verifier: verifier });
  expect(response.status).toBe(200);
  return { clientId, tokens: (await response.json()) as Tokens };
}

/** Follows redirects inside the server, with its cookies, as a browser does. */
async function follow(start: string): Promise<{ code: string; state: string | null }> {
  const cookies = new Map<string, string>();
  let url = start;
  for (let step = 0; step < 8; step++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const target = new URL(response.headers.get("location") ?? "", url);
    if (target.href.startsWith(REDIRECT)) {
      const { searchParams } = target;
      return { code: searchParams.get("code") ?? "", state: searchParams.get("state") };
    }
    url = target.href;
  }
  throw new Error("the authorization did not end at the client");
}

async function callMe(token: string): Promise<Response> {
  const opened = await post(resource, undefined, bearer(token));
  await opened.text();
  if (opened.status !== 200) return opened;
  const call = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "me", arguments: {} },
  };
  const session = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
  return post(resource, call, { ...bearer(token), ...session });
}

describe("the snippets of the MCP Auth gem", () => {
  it.each([
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
  ])("find the discovery document %s", async (path) => {
    const response = await fetch(origin + path);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      expect.stringContaining("json"),
    ]);
  });

  it("refuse a request without a token", async () => {
    const response = await post(resource);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("resource_metadata=");
  });

  it("register a client, with the members that it sent", async () => {
    const registered = await register();
    expect(registered).toMatchObject({
      client_id: expect.any(String),
      redirect_uris: [REDIRECT],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    });
    expect(registered.client_secret).toBeUndefined();
  });

  it("authorize with PKCE and exchange the code for tokens of an hour", async () => {
    const { tokens } = await signIn();
    expect(tokens).toMatchObject({
      token_type: "Bearer",
      expires_in: 3_600,
      scope: "mcp:read mcp:write",
      refresh_token: expect.any(String),
    });
  });

  it("call the MCP server, whose tools know the user", async () => {
    const { tokens } = await signIn();
    const response = await callMe(tokens.access_token);
    const { result } = (await response.json()) as { result: { content: { text: string }[] } };
    expect(JSON.parse(result.content[0]?.text ?? "")).toEqual({
      authenticated: true,
      userId: "alice",
      orgId: "acme",
      scopes: ["mcp:read", "mcp:write"],
      mayWrite: true,
      token: "not exposed",
    });
  });

  it("refresh, with a new refresh token each time", async () => {
    const { clientId, tokens } = await signIn();
    const response = await form("/token", {
      grant_type: "refresh_token",
      refresh_token: tokens.refresh_token,
      client_id: clientId,
    });
    expect(response.status).toBe(200);
    const next = (await response.json()) as Tokens;
    expect(next.refresh_token).not.toBe(tokens.refresh_token);
    expect((await callMe(next.access_token)).status).toBe(200);
  });

  it("revoke a token, which the MCP server then refuses", async () => {
    const { clientId, tokens } = await signIn();
    const revoked = await form("/revoke", { token: tokens.access_token, client_id: clientId });
    expect(revoked.status).toBe(200);
    expect((await callMe(tokens.access_token)).status).toBe(401);
  });

  it("clean up, count, and revoke all tokens of a client and of a user", async () => {
    const one = await signIn("One client");
    const two = await signIn("Another client");
    await authorizationServer.cleanup();
    expect((await authorizationServer.stats()).records).toBeDefined();
    await authorizationServer.revoke({ client: one.clientId });
    expect((await callMe(one.tokens.access_token)).status).toBe(401);
    expect((await callMe(two.tokens.access_token)).status).toBe(200);
    await authorizationServer.revoke({ account: "alice" });
    expect((await callMe(two.tokens.access_token)).status).toBe(401);
  });
});
