import { createHash, createHmac, randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { logger, MCPTool } from "mcp-framework";
import { z } from "zod";
import {
  mcpScopes,
  OAuthAuthProvider,
  requireScopes,
  type OAuthAuthProviderOptions,
} from "../../../src/index.js";
import { createTestIssuer, type TestIssuer } from "../../../src/testing/index.js";
import { INITIALIZE } from "../../support/initialize.js";
import { startServer, type RunningServer, type TransportName } from "../../support/mcp-server.js";
import { WhoAmI } from "../../support/tools.js";
import { bearer, post } from "../../support/mcp-request.js";
import { setNodeEnv } from "../../support/node-env.js";

/* What the snippets of the documents do, with this package, on a real server. */

const RESOURCE = "https://mcp.example.com/mcp";
const issuerClient = { clientId: "mcp-server", clientSecret: "introspection-secret" };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

class AdminTool extends MCPTool {
  name = "admin";
  description = "Checks a scope by itself";
  schema = z.object({});
  async execute(): Promise<string> {
    requireScopes("mcp:admin");
    return Promise.resolve("done");
  }
}

async function listen(issuer: TestIssuer): Promise<string> {
  const authority = await issuer.listen();
  closing.push(() => authority.close());
  return authority.url;
}

async function serve(provider: object, transport: TransportName = "http-stream batch") {
  const tools = [WhoAmI, AdminTool];
  const server = await startServer({ transport, provider, tools });
  closing.push(() => server.close());
  return server;
}

const provide = (options: Omit<OAuthAuthProviderOptions, "resource">) =>
  new OAuthAuthProvider({
    resource: RESOURCE,
    verifyAtStart: "off",
    audit: () => undefined,
    ...options,
  });

function send(server: RunningServer, token: string | undefined, body: object, header?: string) {
  const inHeader = token !== undefined && header !== undefined;
  return post(server.url, body, inHeader ? { [header]: token } : bearer(token));
}

const initialize = async (server: RunningServer, token?: string, header?: string) =>
  (await send(server, token, INITIALIZE, header)).status;

const challengeOf = (response: Response) => response.headers.get("www-authenticate") ?? "";

describe("the Fast MCP guide", () => {
  it("lets a function of the application decide about opaque tokens, with scopes of its own", async () => {
    const records = new Map([
      ["alice-token", { userId: "alice", scopes: ["myapp:execute"], active: true }],
      ["old-token", { userId: "bob", scopes: ["myapp:execute"], active: false }],
    ]);
    const provider = provide({
      authorizationServers: ["https://auth.your-domain.example"],
      validation: {
        type: "custom",
        validate: (token) => {
          const record = records.get(token);
          return (
            record && {
              active: record.active,
              subject: record.userId,
              clientId: "app",
              scopes: record.scopes,
              expiresAt: Math.floor(Date.now() / 1000) + 60,
            }
          );
        },
      },
      scopes: mcpScopes({
        tools: "myapp:execute",
        resources: "myapp:read",
        admin: "myapp:admin",
      }),
    });
    const server = await serve(provider);
    expect(await initialize(server, "alice-token")).toBe(200);
    expect(await initialize(server, "old-token")).toBe(401);
    expect(await initialize(server, "unknown")).toBe(401);
    const read = { jsonrpc: "2.0", id: 1, method: "resources/list" };
    const refused = await send(server, "alice-token", read);
    expect(refused.status).toBe(403);
    expect(challengeOf(refused)).toContain('scope="myapp:read"');
  });

  it("takes JWTs by issuer, audience and key set, or by the issuer alone", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE });
    const url = await listen(issuer);
    const authorizationServers = [url];
    for (const provider of [
      provide({ authorizationServers }),
      provide({
        authorizationServers,
        validation: { type: "jwt", issuer: url, audience: RESOURCE, jwksUri: `${url}/jwks` },
      }),
    ]) {
      const server = await serve(provider);
      expect(await initialize(server, await issuer.sign())).toBe(200);
      expect(await initialize(server, await issuer.sign({ aud: "https://other.example" }))).toBe(
        401,
      );
    }
  });

  it("reads issuer, audience, key set and origins from the environment", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE });
    const url = await listen(issuer);
    const provider = OAuthAuthProvider.fromEnv(
      {
        OAUTH_RESOURCE: RESOURCE,
        OAUTH_ISSUER: url,
        OAUTH_AUDIENCE: RESOURCE,
        OAUTH_JWKS_URI: `${url}/jwks`,
        OAUTH_REQUIRE_HTTPS: "true",
        OAUTH_ALLOWED_ORIGINS: "https://app1.example,https://app2.example",
        OAUTH_VERIFY_AT_START: "off",
      },
      { audit: () => undefined },
    );
    const server = await serve(provider);
    expect(await initialize(server, await issuer.sign())).toBe(200);
    expect(await initialize(server, await issuer.signWithWrongKey())).toBe(401);
  });

  it("introspects opaque tokens with this server's own credentials", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE, introspectionClient: issuerClient });
    const url = await listen(issuer);
    const provider = provide({
      authorizationServers: [url],
      validation: {
        type: "introspection",
        introspection: { endpoint: `${url}/introspect`, ...issuerClient },
      },
    });
    const server = await serve(provider);
    const token = issuer.opaque();
    expect(await initialize(server, token)).toBe(200);
    expect(await initialize(server, "unknown-token")).toBe(401);
  });

  it("publishes several authorization servers, and names the document in the challenge", async () => {
    const authorizationServers = ["https://auth.example.com", "https://secondary-auth.example.com"];
    const server = await serve(provide({ authorizationServers }));
    const document = await fetch(`${server.origin}/.well-known/oauth-protected-resource`);
    expect(document.headers.get("content-type")).toBe("application/json");
    expect(await document.json()).toMatchObject({
      resource: RESOURCE,
      authorization_servers: authorizationServers,
    });
    const refused = await send(server, "not-a-token", INITIALIZE);
    expect(refused.status).toBe(401);
    expect(challengeOf(refused)).toMatch(
      /^Bearer error="invalid_token", resource_metadata="https:\/\/mcp\.example\.com\/\.well-known\/oauth-protected-resource\/mcp"/,
    );
  });

  it("lets a tool ask for the scope that it needs", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE });
    const server = await serve(provide({ authorizationServers: [await listen(issuer)] }));
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "admin" } };
    for (const [scope, isAllowed] of [
      ["mcp:tools", false],
      ["mcp:tools mcp:admin", true],
    ] as const) {
      const token = await issuer.sign({ scope });
      const opened = await send(server, token, INITIALIZE);
      const response = await post(
        server.url,
        { ...call, params: { ...call.params, arguments: {} } },
        { ...bearer(token), "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" },
      );
      expect(response.status).toBe(isAllowed ? 200 : 403);
      if (isAllowed) expect(await response.text()).toContain("done");
      else expect(challengeOf(response)).toContain('scope="mcp:admin"');
    }
  });

  it("says whether the key set can be reached", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE });
    const server = await serve(provide({ authorizationServers: [await listen(issuer)] }));
    const health = await fetch(`${server.origin}/health/oauth`);
    expect(health.status).toBe(200);
  });
});

describe("the hardening quickstart", () => {
  it("takes static tokens with a required scope in development, and stops in production", async () => {
    const options = {
      authorizationServers: ["https://auth.example.com"],
      validation: {
        type: "static",
        tokens: {
          "dev-token-12345": {
            clientId: "developer@example.com",
            scopes: ["read:data", "write:data"],
          },
          "weak-token": { clientId: "developer@example.com", scopes: [] },
        },
      },
      scopes: ["read:data"],
    } as const;
    const server = await serve(provide(options));
    expect(await initialize(server, "dev-token-12345")).toBe(200);
    expect(await initialize(server, "weak-token")).toBe(403);
    expect(await initialize(server, "other")).toBe(401);

    setNodeEnv("production");
    expect(() => provide(options)).toThrow(/production/i);
  });

  it("is configured by variables for JWTs with a required scope", async () => {
    const issuer = createTestIssuer({ resource: "notes-server-id", algorithm: "RS256" });
    const url = await listen(issuer);
    const provider = OAuthAuthProvider.fromEnv(
      {
        OAUTH_RESOURCE: RESOURCE,
        OAUTH_TOKEN_TYPE: "jwt",
        OAUTH_ISSUER: url,
        OAUTH_AUDIENCE: "notes-server-id",
        OAUTH_JWKS_URI: `${url}/jwks`,
        OAUTH_ALGORITHMS: "RS256",
        OAUTH_REQUIRED_SCOPES: "read:data",
        OAUTH_CLOCK_TOLERANCE: "60",
        OAUTH_VERIFY_AT_START: "off",
      },
      { audit: () => undefined },
    );
    const server = await serve(provider);
    expect(await initialize(server, await issuer.sign({ scope: "read:data" }))).toBe(200);
    expect(await initialize(server, await issuer.sign({ scope: "write:data" }))).toBe(403);
  });

  it("is configured by variables for introspection", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE, introspectionClient: issuerClient });
    const url = await listen(issuer);
    const provider = OAuthAuthProvider.fromEnv(
      {
        OAUTH_RESOURCE: RESOURCE,
        OAUTH_TOKEN_TYPE: "introspection",
        OAUTH_ISSUER: url,
        OAUTH_INTROSPECTION_ENDPOINT: `${url}/introspect`,
        OAUTH_CLIENT_ID: issuerClient.clientId,
        OAUTH_CLIENT_SECRET: issuerClient.clientSecret,
        OAUTH_REQUIRED_SCOPES: "read:data",
        OAUTH_VERIFY_AT_START: "off",
      },
      { audit: () => undefined },
    );
    const server = await serve(provider);
    expect(await initialize(server, issuer.opaque({ scope: "read:data" }))).toBe(200);
    expect(await initialize(server, issuer.opaque({ scope: "write:data" }))).toBe(403);
    expect(await initialize(server, "unknown-token")).toBe(401);
  });

  it("takes the HMAC token that PyJWT makes, between services", async () => {
    const secret = randomBytes(32).toString("base64url");
    /** As `jwt.encode(payload, secret, algorithm="HS256")` writes it. */
    const encode = (payload: object, key: string) => {
      const text = [{ alg: "HS256", typ: "JWT" }, payload]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
    };
    const payload = {
      sub: "service-123",
      iss: "https://internal-auth.example.com",
      aud: "internal-mcp-service",
      exp: Math.floor(Date.now() / 1000) + 3600,
      scope: "read:data write:data",
    };
    const provider = OAuthAuthProvider.fromEnv(
      {
        OAUTH_RESOURCE: RESOURCE,
        OAUTH_ISSUER: payload.iss,
        OAUTH_AUDIENCE: payload.aud,
        OAUTH_JWT_SECRET: secret,
        OAUTH_ALGORITHMS: "HS256",
        OAUTH_ALLOW_JWT_TYP: "true",
        OAUTH_VERIFY_AT_START: "off",
      },
      { audit: () => undefined },
    );
    const server = await serve(provider);
    expect(await initialize(server, encode(payload, secret))).toBe(200);
    expect(await initialize(server, encode(payload, "x".repeat(43)))).toBe(401);
    expect(await initialize(server, encode({ ...payload, aud: "other" }, secret))).toBe(401);
  });

  it("does not start with HMAC and a key set, nor with a short secret", () => {
    const env = { OAUTH_RESOURCE: RESOURCE, OAUTH_ISSUER: "https://internal-auth.example.com" };
    const keySet = "https://internal-auth.example.com/jwks";
    const hmac = { ...env, OAUTH_JWT_SECRET: "s".repeat(32), OAUTH_ALGORITHMS: "HS256" };
    expect(() => OAuthAuthProvider.fromEnv(hmac)).not.toThrow();
    expect(() =>
      OAuthAuthProvider.fromEnv({ ...env, OAUTH_JWKS_URI: keySet, OAUTH_ALGORITHMS: "HS256" }),
    ).toThrow(/OAUTH_ALGORITHMS/);
    expect(() => OAuthAuthProvider.fromEnv({ ...hmac, OAUTH_JWT_SECRET: "short" })).toThrow(
      /OAUTH_JWT_SECRET/,
    );
  });
});

describe("the implementation guide", () => {
  it("accepts API keys and tokens while AUTH_MODE is both, and one kind with the others", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE });
    const url = await listen(issuer);
    const key = "key-".padEnd(40, "x");
    const keys = `nightly-job=${createHash("sha256").update(key).digest("hex")}`;
    for (const [mode, withKey, withToken] of [
      ["both", 200, 200],
      ["oauth", 401, 200],
      ["api_key", 200, 401],
    ] as const) {
      const provider = OAuthAuthProvider.fromEnv(
        {
          OAUTH_RESOURCE: RESOURCE,
          OAUTH_ISSUER: url,
          OAUTH_VERIFY_AT_START: "off",
          AUTH_MODE: mode,
          // Keys that do not count stop the server at start.
          ...(mode !== "oauth" && { API_KEYS_SHA256: keys }),
        },
        { audit: () => undefined },
      );
      const server = await serve(provider);
      expect([mode, await initialize(server, key, "X-API-Key")]).toEqual([mode, withKey]);
      expect([mode, await initialize(server, await issuer.sign())]).toEqual([mode, withToken]);
    }
  });

  it("answers 401 and 403 with the errors of OAuth", async () => {
    const issuer = createTestIssuer({ resource: RESOURCE });
    const provider = provide({
      authorizationServers: [await listen(issuer)],
      scopes: { tools: { "*": ["mcp:tools:write"] } },
    });
    const server = await serve(provider);
    const expired = await send(server, await issuer.sign({ exp: 1_000_000_000 }), INITIALIZE);
    expect(expired.status).toBe(401);
    expect(challengeOf(expired)).toContain('error="invalid_token"');
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami" } };
    const refused = await send(server, await issuer.sign(), call);
    expect(refused.status).toBe(403);
    expect(challengeOf(refused)).toMatch(/error="insufficient_scope", scope="mcp:tools:write"/);
  });
});

describe("the user story", () => {
  it.each<TransportName>(["http-stream batch", "http-stream stream", "sse"])(
    "validates JWTs with the options of its section 7 on %s",
    async (transport) => {
      const issuer = createTestIssuer({ resource: "https://mcp.example.com" });
      const url = await listen(issuer);
      const provider = new OAuthAuthProvider({
        authorizationServers: [url],
        resource: "https://mcp.example.com",
        validation: {
          type: "jwt",
          jwksUri: `${url}/jwks`,
          audience: "https://mcp.example.com",
          issuer: url,
        },
        verifyAtStart: "off",
        audit: () => undefined,
      });
      const server = await serve(provider, transport);
      const open = (token: string) =>
        transport === "sse"
          ? fetch(server.url, { headers: { Authorization: `Bearer ${token}` } })
          : send(server, token, INITIALIZE);
      for (const [token, status] of [
        [await issuer.sign(), 200],
        [await issuer.signWithWrongKey(), 401],
      ] as const) {
        const response = await open(token);
        expect(response.status).toBe(status);
        await response.body?.cancel();
      }
    },
  );

  it("introspects with the introspection options of its section 7", async () => {
    const issuer = createTestIssuer({
      resource: "https://mcp.example.com",
      introspectionClient: issuerClient,
    });
    const url = await listen(issuer);
    const provider = new OAuthAuthProvider({
      authorizationServers: [url],
      resource: "https://mcp.example.com",
      validation: { type: "introspection" },
      introspection: { endpoint: `${url}/introspect`, ...issuerClient },
      verifyAtStart: "off",
      audit: () => undefined,
    });
    const server = await serve(provider);
    expect(await initialize(server, issuer.opaque())).toBe(200);
    expect(await initialize(server, "unknown-token")).toBe(401);
  });

  it.each(["jwt", "introspection"] as const)(
    "runs the configuration of its section 7 as printed, with type %s",
    async (type) => {
      const issuer = createTestIssuer({
        resource: "https://mcp.example.com",
        introspectionClient: issuerClient,
      });
      const authority = await issuer.listen();
      closing.push(() => authority.close());
      const { url, requests } = authority;
      const warn = jest.spyOn(logger, "warn").mockImplementation(() => undefined);
      const unused = () => warn.mock.calls.filter(([line]) => /jwksUri is not used/.test(line));
      process.env["CLIENT_SECRET"] = issuerClient.clientSecret;
      try {
        const provider = new OAuthAuthProvider({
          authorizationServers: [url],
          resource: "https://mcp.example.com",
          validation: {
            type,
            jwksUri: `${url}/jwks`,
            audience: "https://mcp.example.com",
            issuer: url,
          },
          introspection: {
            endpoint: `${url}/introspect`,
            clientId: "mcp-server",
            clientSecret: process.env["CLIENT_SECRET"],
          },
        });
        const server = await serve(provider);
        // Whether introspection works is asked once, at start.
        const introspections = async (token: string) => {
          const before = requests.introspection;
          const status = await initialize(server, token);
          return [status, requests.introspection - before];
        };
        await initialize(server, issuer.opaque());
        expect(await introspections(issuer.opaque())).toEqual([200, 1]);
        expect(await introspections("unknown-token")).toEqual([401, 1]);
        expect(await introspections(issuer.opaque({ aud: "https://other.example" }))).toEqual([
          401, 1,
        ]);
        const isLocal = type === "jwt";
        expect(await introspections(await issuer.sign())).toEqual([200, isLocal ? 0 : 1]);
        expect(await introspections(await issuer.signWithWrongKey())).toEqual([
          401,
          isLocal ? 0 : 1,
        ]);
        expect(unused()).toHaveLength(isLocal ? 0 : 1);
      } finally {
        delete process.env["CLIENT_SECRET"];
        warn.mockRestore();
      }
    },
  );

  it("names the secret of its section 7 when the variable is not set", () => {
    expect(() =>
      provide({
        authorizationServers: ["https://auth.example.com"],
        validation: { type: "jwt", jwksUri: "https://auth.example.com/.well-known/jwks.json" },
        introspection: {
          endpoint: "https://auth.example.com/oauth/introspect",
          clientId: "mcp-server",
          clientSecret: process.env["CLIENT_SECRET"],
        },
      }),
    ).toThrow(/introspection\.clientSecret is present but undefined; an environment variable/);
  });
});
