import { createHash } from "node:crypto";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from "@jest/globals";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import jsonwebtoken from "jsonwebtoken";
import { APIKeyAuthProvider, JWTAuthProvider, logger, MCPServer } from "mcp-framework";
import {
  OAuthAuthProvider,
  type AuthEvent,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import { createTestIssuer, fixedClock, type TestIssuerServer } from "../../src/testing/index.js";
import { startServer, type TransportName } from "../support/mcp-server.js";
import { INITIALIZE, protect, RESOURCE, type GuardedServer } from "../support/protected.js";
import { WhoAmI } from "../support/tools.js";
import { CALL_WHOAMI, mcpRequest, post } from "../support/mcp-request.js";

const KEY = "key-of-the-nightly-job";
const sha256 = (key: string): string => createHash("sha256").update(key).digest("hex");
const issuer = createTestIssuer({ resource: RESOURCE });
let authority: TestIssuerServer;
let running: GuardedServer | undefined;

beforeAll(async () => {
  authority = await issuer.listen();
});
afterAll(() => authority.close());
afterEach(async () => {
  await running?.close();
  running = undefined;
});

type Options = Omit<OAuthAuthProviderOptions, "resource" | "authorizationServers">;

const withKeys = (apiKeys: object = {}, more: Options = {}): Options => ({
  apiKeys: {
    keys: [{ sha256: sha256(KEY), clientId: "nightly-job", scopes: ["mcp:read"] }],
    ...apiKeys,
  },
  ...more,
});

async function start(options: Options, transport?: TransportName): Promise<GuardedServer> {
  running = await protect({ authorizationServers: [issuer.issuer], ...options }, transport);
  return running;
}

const MIGRATION = {
  deprecation: "2026-01-31",
  sunset: "2027-01-31T00:00:00Z",
  link: "https://docs.example.com/move-to-oauth",
};
const MIGRATION_HEADERS = {
  deprecation: "@1769817600",
  sunset: "Sun, 31 Jan 2027 00:00:00 GMT",
  link: '<https://docs.example.com/move-to-oauth>; rel="deprecation sunset"',
};
const migrationHeaders = ({ headers }: Response) => ({
  deprecation: headers.get("deprecation"),
  sunset: headers.get("sunset"),
  link: headers.get("link"),
});
const NONE = { deprecation: null, sunset: null, link: null };

describe("API keys beside OAuth", () => {
  it.each<TransportName>(["http-stream batch", "http-stream stream"])(
    "let requests in, say that they are deprecated, and show in the audit: %s",
    async (transport) => {
      const { initialize, events } = await start(withKeys(MIGRATION), transport);
      const byKey = await initialize({ "X-API-Key": KEY });
      expect(byKey.status).toBe(200);
      expect(migrationHeaders(byKey)).toEqual(MIGRATION_HEADERS);
      await byKey.body?.cancel();
      const byToken = await initialize({ Authorization: `Bearer ${await issuer.sign()}` });
      expect(byToken.status).toBe(200);
      expect(migrationHeaders(byToken)).toEqual(NONE);
      await byToken.body?.cancel();
      expect(events).toMatchObject([
        { scheme: "ApiKey", clientId: "nightly-job", issuer: "urn:mcp-framework-oauth:api-key" },
        { scheme: "Bearer", clientId: "client-1", issuer: issuer.issuer },
      ]);
    },
  );

  it("work on SSE, with the SDK's client, on every answer", async () => {
    const { url, events } = await start(withKeys(MIGRATION), "sse");
    const answers: Response[] = [];
    const headers = { "X-API-Key": KEY };
    const transport = new SSEClientTransport(new URL(url), {
      requestInit: { headers },
      eventSourceInit: {
        fetch: async (target, init) => {
          const response = await fetch(target, {
            ...(init as RequestInit),
            headers: { ...headers, Accept: "text/event-stream" },
          });
          answers.push(response);
          return response;
        },
      },
      fetch: async (target, init) => {
        const response = await fetch(target, init);
        answers.push(response);
        return response;
      },
    });
    const client = new Client({ name: "t", version: "1" });
    await client.connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["whoami"]);
    await client.close();
    expect(answers.length).toBeGreaterThan(2);
    for (const answer of answers) expect(migrationHeaders(answer)).toEqual(MIGRATION_HEADERS);
    expect(new Set(events.map(({ scheme }) => scheme))).toEqual(new Set(["ApiKey"]));
  });

  it("work on serverless, and no tool finds the key in the request", async () => {
    const events: AuthEvent[] = [];
    const provider = new OAuthAuthProvider({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      verifyAtStart: "off",
      audit: (event) => events.push(event),
      ...withKeys(MIGRATION),
    });
    const server = new MCPServer({
      name: "t",
      version: "1",
      basePath: "/nonexistent",
      auth: { provider },
    });
    server.addTool(WhoAmI as never);
    const call = (headers: Record<string, string>) =>
      server.handleRequest(new Request(RESOURCE, mcpRequest(CALL_WHOAMI, headers)));
    const response = await call({ "X-API-Key": KEY });
    expect(response.status).toBe(200);
    expect(migrationHeaders(response)).toEqual(MIGRATION_HEADERS);
    expect(await response.text()).not.toContain(KEY);
    expect(events).toMatchObject([{ scheme: "ApiKey", transport: "serverless" }]);
    expect((await call({ "X-API-Key": "wrong-key" })).status).toBe(401);
    expect((await call({ "X-API-Key": KEY, Authorization: "Bearer x" })).status).toBe(400);
  });

  it("are refused with the usual challenge when they are not known", async () => {
    const { initialize, events } = await start(withKeys());
    const response = await initialize({ "X-API-Key": "guessed-key" });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_token"/);
    expect(events).toMatchObject([{ reason: "api_key_unknown" }]);
  });

  it("must not come together with an access token", async () => {
    const { initialize, events } = await start(withKeys());
    const token = await issuer.sign();
    const response = await initialize({ "X-API-Key": KEY, Authorization: `Bearer ${token}` });
    expect(response.status).toBe(400);
    expect(events).toMatchObject([{ reason: "credential_repeated" }]);
    // Another Authorization header, such as a proxy's own password, is ignored.
    expect((await initialize({ "X-API-Key": KEY, Authorization: "Basic cHJveHk6" })).status).toBe(
      200,
    );
  });

  it("do not count in the query string", async () => {
    const { url } = await start(withKeys());
    const response = await fetch(`${url}?api_key=${KEY}&apiKey=${KEY}`, {
      method: "POST",
      body: "{}",
    });
    expect(response.status).toBe(401);
  });

  it("are held to their scopes", async () => {
    const { initialize } = await start(withKeys(MIGRATION, { scopes: ["mcp:admin"] }));
    const response = await initialize({ "X-API-Key": KEY });
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toContain('scope="mcp:admin"');
    expect(migrationHeaders(response)).toEqual(MIGRATION_HEADERS);
  });

  it("can be sent and seen by pages in a browser", async () => {
    const { initialize, url } = await start(withKeys(MIGRATION));
    const origin = "http://localhost:6274";
    const preflight = await fetch(url, { method: "OPTIONS", headers: { Origin: origin } });
    expect(preflight.headers.get("access-control-allow-headers")).toContain("X-API-Key");
    const response = await initialize({ "X-API-Key": KEY, Origin: origin });
    expect(response.headers.get("access-control-expose-headers")).toContain("Deprecation, Sunset");
    await response.body?.cancel();
  });

  it("can be looked up by the application", async () => {
    const { initialize, events } = await start({
      apiKeys: {
        headerName: "X-Legacy",
        validate: (key) =>
          key === KEY && { active: true, subject: "user-1", issuer: issuer.issuer },
      },
    });
    expect((await initialize({ "X-Legacy": KEY })).status).toBe(200);
    expect((await initialize({ "X-Legacy": "other" })).status).toBe(401);
    // An equal subject is not the same principal, even if the function returns it.
    expect(events[0]).toMatchObject({
      subject: "user-1",
      issuer: "urn:mcp-framework-oauth:api-key",
    });
  });

  it("belong to sessions of their own", async () => {
    const { initialize, url } = await start(withKeys());
    const response = await initialize({ "X-API-Key": KEY });
    const session = response.headers.get("mcp-session-id") ?? "";
    await response.body?.cancel();
    const list = (headers: Record<string, string>) =>
      post(
        url,
        { jsonrpc: "2.0", id: 1, method: "tools/list" },
        { "Mcp-Session-Id": session, ...headers },
      );
    const token = await issuer.sign({ sub: undefined, client_id: "nightly-job" });
    expect((await list({ Authorization: `Bearer ${token}` })).status).toBe(404);
    expect((await list({ "X-API-Key": KEY })).status).toBe(200);
  });
});

describe("the framework's own providers as the fallback", () => {
  it("APIKeyAuthProvider, in the header it was given", async () => {
    const { initialize, events } = await start({
      apiKeys: {
        provider: new APIKeyAuthProvider({ keys: [KEY], headerName: "X-Old-Key" }),
        clientId: "legacy",
        scopes: ["mcp:read"],
      },
    });
    expect((await initialize({ "X-Old-Key": KEY })).status).toBe(200);
    expect((await initialize({ "X-Old-Key": "wrong" })).status).toBe(401);
    // It would also look into Authorization; that header is for access tokens.
    expect((await initialize({ Authorization: `Bearer ${KEY}` })).status).toBe(401);
    expect(events[0]).toMatchObject({ scheme: "ApiKey", clientId: "legacy", scopes: ["mcp:read"] });
  });

  it("JWTAuthProvider, whose tokens share the header with access tokens", async () => {
    const secret = "the framework takes any secret";
    const { initialize, events } = await start({
      apiKeys: { provider: new JWTAuthProvider({ secret }), ...MIGRATION },
    });
    const legacy = jsonwebtoken.sign({ sub: "user-1" }, secret);
    const old = await initialize({ Authorization: `Bearer ${legacy}` });
    expect(old.status).toBe(200);
    expect(migrationHeaders(old)).toEqual(MIGRATION_HEADERS);
    const token = await initialize({ Authorization: `Bearer ${await issuer.sign()}` });
    expect(token.status).toBe(200);
    expect(migrationHeaders(token)).toEqual(NONE);
    expect(events).toMatchObject([
      { scheme: "ApiKey", issuer: "urn:mcp-framework-oauth:api-key", subject: "user-1" },
      { scheme: "Bearer", issuer: issuer.issuer },
    ]);
  });

  it("JWTAuthProvider does not get to see tokens of an issuer", async () => {
    const secret = "the framework takes any secret";
    const { initialize, events } = await start({
      apiKeys: { provider: new JWTAuthProvider({ secret }) },
    });
    const forged = jsonwebtoken.sign({ iss: issuer.issuer, sub: "user-1" }, secret);
    expect((await initialize({ Authorization: `Bearer ${forged}` })).status).toBe(401);
    expect(events[0]).toMatchObject({ reason: "algorithm_not_allowed" });
  });
});

describe("deprecationWarning", () => {
  let lines: string[];
  let spy: { mockRestore(): void };
  beforeEach(() => {
    lines = [];
    spy = jest.spyOn(logger, "warn").mockImplementation((line) => void lines.push(line));
  });
  afterEach(() => spy.mockRestore());

  it("logs a key in use once an hour, and sends Deprecation with the time of the start", async () => {
    const clock = fixedClock(1_800_000_000);
    const { initialize } = await start(withKeys({ deprecationWarning: true }, { clock }));
    const byKey = await initialize({ "X-API-Key": KEY });
    expect(migrationHeaders(byKey)).toEqual({ ...NONE, deprecation: "@1800000000" });
    await initialize({ "X-API-Key": KEY });
    await initialize({ "X-API-Key": "guessed-key" });
    await initialize({ Authorization: `Bearer ${await issuer.sign()}` });
    expect(lines).toEqual([
      expect.stringMatching(
        /client nightly-job uses a deprecated API key \(fingerprint [\w-]{16}\)$/,
      ),
    ]);
    expect(lines.join()).not.toContain(KEY);
    clock.advance(3600);
    const later = await initialize({ "X-API-Key": KEY });
    expect(later.headers.get("deprecation")).toBe("@1800000000");
    expect(lines).toHaveLength(2);
  });

  it("is turned on by API_KEY_DEPRECATION_WARNING, and names the announced end", async () => {
    const provider = OAuthAuthProvider.fromEnv(
      {
        OAUTH_RESOURCE: RESOURCE,
        OAUTH_AUTHORIZATION_SERVER: issuer.issuer,
        OAUTH_VERIFY_AT_START: "off",
        AUTH_MODE: "both",
        API_KEYS_SHA256: `ci=${sha256(KEY)}`,
        API_KEY_DEPRECATION_WARNING: "true",
        API_KEY_SUNSET: "2027-01-31",
      },
      { audit: () => undefined, clock: () => 1_800_000_000 },
    );
    const server = await startServer({ transport: "http-stream batch", provider, tools: [WhoAmI] });
    const response = await post(server.url, INITIALIZE, { "X-API-Key": KEY });
    await server.close();
    // 1 800 000 000 is 15 January 2027, before the sunset.
    expect(response.headers.get("deprecation")).toBe("@1800000000");
    expect(lines).toEqual([
      expect.stringMatching(
        /^mcp-framework-oauth: client ci uses .* announced for Sun, 31 Jan 2027/,
      ),
    ]);
  });

  it("does not put the start after a sunset that has passed, nor before a date that is set", async () => {
    const clock = fixedClock(1_800_000_000);
    const warning = { deprecationWarning: true };
    const past = await start(withKeys({ ...warning, sunset: 1_700_000_000 }, { clock }));
    const first = await past.initialize({ "X-API-Key": KEY });
    expect(first.headers.get("deprecation")).toBe("@1700000000");
    await past.close();
    const dated = await start(withKeys({ ...warning, ...MIGRATION }, { clock }));
    const second = await dated.initialize({ "X-API-Key": KEY });
    expect(migrationHeaders(second)).toEqual(MIGRATION_HEADERS);
  });
});

describe("authMode", () => {
  it('"oauth" leaves keys configured and unused', async () => {
    const { initialize } = await start(withKeys(MIGRATION, { authMode: "oauth" }));
    expect((await initialize({ "X-API-Key": KEY })).status).toBe(401);
    const response = await initialize({
      "X-API-Key": KEY,
      Authorization: `Bearer ${await issuer.sign()}`,
    });
    expect(response.status).toBe(200);
    expect(migrationHeaders(response)).toEqual(NONE);
    await response.body?.cancel();
  });

  it('"api_key" accepts only keys, and its challenge does not point to an authorization server', async () => {
    const { initialize, url, origin } = await start(
      withKeys({}, { authMode: "api_key", authorizationServers: [] } as Options),
    );
    expect((await initialize({ "X-API-Key": KEY })).status).toBe(200);
    const withToken = await initialize({ Authorization: `Bearer ${await issuer.sign()}` });
    expect(withToken.status).toBe(401);
    const without = await fetch(url, { method: "POST", body: JSON.stringify(INITIALIZE) });
    expect(without.status).toBe(401);
    expect(without.headers.get("www-authenticate")).toBe('ApiKey header="x-api-key"');
    for (const path of ["oauth-protected-resource", "oauth-protected-resource/mcp"]) {
      expect((await fetch(`${origin}/.well-known/${path}`)).status).toBe(404);
    }
    expect((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status).toBe(404);
  });
});
