import { get, request } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  Client as ClientV2,
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as HttpV2,
} from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as SseV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  createAuthorizationServer,
  type AuthorizationServer,
} from "../../../src/authorization-server/index.js";
import { DemoClientProvider } from "../../../src/demo/demo-client.js";
import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../../src/index.js";
import { freePort } from "../../support/free-port.js";
import { startServer, type RunningServer, type TransportName } from "../../support/mcp-server.js";
import { WhoAmI } from "../../support/tools.js";
import { postForm } from "./helpers.js";

let running: RunningServer | undefined;
afterEach(() => running?.close());

interface Embedded {
  readonly url: string;
  readonly origin: string;
  readonly authorizationServer: AuthorizationServer;
}

/** An MCP server and its authorization server on one port. */
async function start(
  transport: TransportName,
  issuerPath: string,
  options: Partial<OAuthAuthProviderOptions> = {},
  tokenFormat: "jwt" | "opaque" = "jwt",
): Promise<Embedded> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/${transport === "sse" ? "sse" : "mcp"}`;
  const introspection = { clientId: "mcp-server", clientSecret: "a secret of the server" };
  const authorizationServer = await createAuthorizationServer({
    issuer: origin + issuerPath,
    resources: [
      { resource: url, scopes: { "notes:read": "Read your notes" }, tokenFormat, introspection },
    ],
    accounts: [{ id: "alice" }],
    autoApprove: true,
  });
  const provider = new OAuthAuthProvider({
    resource: url,
    embedded: authorizationServer,
    verifyAtStart: "fail",
    ...(tokenFormat === "opaque" && {
      validation: { type: "introspection", introspection } as const,
    }),
    ...options,
  });
  running = await startServer({ transport, provider, tools: [WhoAmI], port });
  return { url, origin, authorizationServer };
}

const CLIENTS = {
  "sdk 1.32.2": { Client: ClientV1, Http: HttpV1, Sse: SseV1 },
  "client 2.4.0": { Client: ClientV2, Http: HttpV2, Sse: SseV2 },
} as const;

/** Signs in with the SDK's client; returns the tool's result and the token's claims. */
async function connect(url: string, version: keyof typeof CLIENTS) {
  const { Client, Http, Sse } = CLIENTS[version];
  const authProvider = new DemoClientProvider("A client");
  const open = () =>
    url.endsWith("/sse")
      ? new Sse(new URL(url), { authProvider: authProvider as never })
      : new Http(new URL(url), { authProvider: authProvider as never });
  const first = open();
  await expect(
    new Client({ name: "first", version: "1" }).connect(first as never),
  ).rejects.toThrow();
  await (first.finishAuth as (code: unknown) => Promise<void>).call(
    first,
    version === "client 2.4.0" ? authProvider.takeRedirect() : authProvider.takeCode(),
  );
  const client = new Client({ name: "second", version: "1" });
  await client.connect(open());
  const result = await client.callTool({ name: "whoami", arguments: {} });
  return {
    client,
    tokens: authProvider.tokens(),
    information: authProvider.clientInformation(),
    text: JSON.stringify(result.content),
    call: () => client.callTool({ name: "whoami", arguments: {} }),
  };
}

describe("an authorization server on the port of the MCP server", () => {
  const cases = (["http-stream batch", "sse"] as const).flatMap((transport) =>
    ["", "/auth"].flatMap((path) =>
      (Object.keys(CLIENTS) as (keyof typeof CLIENTS)[]).map((version) => ({
        transport,
        path,
        version,
      })),
    ),
  );
  it.each(cases)("signs in $version on $transport, issuer path '$path'", async (entry) => {
    const { url } = await start(entry.transport, entry.path);
    const session = await connect(url, entry.version);
    expect(session.text).toContain("alice");
    await session.client.close();
  });

  it("answers Expect: 100-continue", async () => {
    const { origin } = await start("http-stream batch", "");
    const { port } = new URL(origin);
    const body = "grant_type=refresh_token&refresh_token=x&client_id=unknown";
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        expect: "100-continue",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": body.length,
      };
      const options = { host: "127.0.0.1", port, path: "/token", method: "POST", headers };
      const sent = request(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.on("continue", () => sent.end(body));
      sent.flushHeaders();
    });
    expect(status).toBe(401);
  });

  it("counts registrations for the client behind a trusted proxy", async () => {
    const { origin } = await start("http-stream batch", "", { trustedProxies: ["loopback"] });
    const register = async (address: string, index: number) =>
      (
        await fetch(`${origin}/register`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-forwarded-for": address },
          body: JSON.stringify({
            client_name: `client ${index}`,
            redirect_uris: ["http://127.0.0.1/cb"],
            token_endpoint_auth_method: "none",
          }),
        })
      ).status;
    for (let index = 0; index < 30; index++) expect(await register("203.0.113.7", index)).toBe(201);
    expect(await register("203.0.113.7", 30)).toBe(429);
    expect(await register("203.0.113.8", 30)).toBe(201);
  });

  it("validates opaque tokens without a call to its own port", async () => {
    const { url } = await start("http-stream batch", "", { fetch: refuse }, "opaque");
    const session = await connect(url, "sdk 1.32.2");
    expect(session.tokens?.access_token).not.toContain(".");
    expect(session.text).toContain("alice");
    await session.client.close();
  });

  it("revokes tokens at the MCP server immediately", async () => {
    const { url, origin, authorizationServer } = await start("http-stream batch", "");
    const { client, tokens, information, call } = await connect(url, "sdk 1.32.2");
    await call();
    const revocation = {
      token: tokens?.refresh_token ?? "",
      client_id: information?.client_id ?? "",
    };
    const server = { ...authorizationServer, url: origin };
    expect((await postForm(server, revocation, {}, "/revoke")).status).toBe(200);
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${tokens?.access_token}` },
      body: "{}",
    });
    expect(response.status).toBe(401);
    await client.close();
  });

  it("publishes both discovery documents and its keys, and does not handle other paths", async () => {
    const { origin } = await start("http-stream batch", "/auth");
    const load = async (path: string) => {
      const response = await fetch(origin + path);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    for (const path of [
      "/.well-known/oauth-authorization-server/auth",
      "/.well-known/openid-configuration/auth",
      "/auth/.well-known/openid-configuration",
      // The mirror for clients of MCP 2025-03-26.
      "/.well-known/oauth-authorization-server",
    ]) {
      expect((await load(path)).body["issuer"]).toBe(`${origin}/auth`);
    }
    const { body } = await load("/auth/jwks");
    expect(body["keys"]).toEqual(expect.arrayContaining([expect.any(Object)]));
    expect((await load("/auth/.well-known/jwks.json")).body).toEqual(body);
    expect((await load("/token")).status).toBe(404);
    expect((await load("/auth/else")).status).toBe(404);
  });

  it("is subject to the host check and the limits of the MCP server", async () => {
    const { origin } = await start("http-stream batch", "", {
      rateLimit: { metadata: 3 },
    });
    expect(await statusFor(`${origin}/jwks`, "evil.example")).toBe(403);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await fetch(`${origin}/jwks`)).status);
    expect(statuses.at(0)).toBe(200);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe("the option `embedded`", () => {
  const embedded = () =>
    createAuthorizationServer({
      issuer: "http://127.0.0.1:8080",
      resources: [{ resource: "http://127.0.0.1:8080/mcp" }],
      accounts: [{ id: "alice" }],
    });

  it("must be the first of authorizationServers, if these are set", async () => {
    const resource = "http://127.0.0.1:8080/mcp";
    const server = await embedded();
    expect(
      () =>
        new OAuthAuthProvider({
          resource,
          embedded: server,
          authorizationServers: ["https://auth.example.com"],
        }),
    ).toThrow("authorizationServers[0] must be the issuer of embedded");
    const provider = new OAuthAuthProvider({ resource, embedded: server });
    expect(provider.getAuthorizationServers()).toEqual([server.issuer]);
  });

  it("is an error for handleRequest and Lambda", async () => {
    const server = await embedded();
    const provider = new OAuthAuthProvider({
      resource: "http://127.0.0.1:8080/mcp",
      embedded: server,
      verifyAtStart: "off",
    });
    const { MCPServer } = await import("mcp-framework");
    const mcp = new MCPServer({
      name: "test",
      version: "1.0.0",
      basePath: "/nonexistent",
      transport: { type: "http-stream", options: { auth: { provider } } },
    } as never);
    await expect(mcp.handleRequest(new Request("http://127.0.0.1:8080/mcp"))).rejects.toThrow(
      "embedded needs a transport that listens",
    );
    expect(() => mcp.createLambdaHandler()).toThrow("embedded needs a transport that listens");
  });

  it("refuses an endpoint that the authorization server owns", async () => {
    const server = await embedded();
    const provider = new OAuthAuthProvider({
      resource: "http://127.0.0.1:8080/token",
      embedded: server,
      verifyAtStart: "off",
    });
    await expect(
      startServer({
        transport: "http-stream batch",
        provider,
        tools: [WhoAmI],
        options: { endpoint: "/token" },
      }),
    ).rejects.toThrow("is a path of the embedded authorization server");
  });
});

function statusFor(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("a call over the network"));
}
