import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { auth, UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  auth as authV2,
  Client as ClientV2,
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as StreamableV2,
} from "@modelcontextprotocol/client";
import fc from "fast-check";
import { MCPPrompt, MCPResource, MCPTool } from "mcp-framework";
import { z } from "zod";
import {
  createAuthorizationServer,
  type AuthorizationServer,
} from "../../src/authorization-server/index.js";
import { DemoClientProvider } from "../../src/demo/demo-client.js";
import {
  hasScope,
  OAuthAuthProvider,
  requireScopes,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import { createTestIssuer, type TestIssuerServer } from "../../src/testing/index.js";
import { freePort } from "../support/free-port.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { RawSession } from "../support/raw-session.js";
import { requirement } from "../support/requirement.js";
import { WhoAmI } from "../support/tools.js";

/* Who may do what, through real servers and real clients. */

let erased = 0;

/** SDK v1 refreshes instead of stepping up as long as it has a refresh token. */
class WithoutRefresh extends DemoClientProvider {
  override get clientMetadata(): ReturnType<() => DemoClientProvider["clientMetadata"]> {
    return { ...super.clientMetadata, grant_types: ["authorization_code"] };
  }
}

/** SDK v2 also remembers which authorization server it asked. */
class ClientOfV2 extends DemoClientProvider {
  #state: unknown;
  saveDiscoveryState(state: unknown): void {
    this.#state = state;
  }
  discoveryState(): unknown {
    return this.#state;
  }
}

/** Declares what it needs beside its code. */
class Erase extends MCPTool {
  name = "erase";
  description = "Erases everything";
  scopes = ["notes:admin"];
  schema = z.object({});
  execute(): Promise<string> {
    erased++;
    return Promise.resolve("erased");
  }
}

class Careful extends MCPTool {
  name = "careful";
  description = "Checks by itself";
  schema = z.object({ what: z.string().describe("What to check") });
  execute({ what }: { what: string }): Promise<string> {
    const before = hasScope(what);
    requireScopes(what);
    return Promise.resolve(`had ${what}: ${before}`);
  }
}

/** Has no scopes, and the template of one that has. */
class Calendar extends MCPResource {
  override uri = "notes://calendar";
  override name = "calendar";
  override template = { uriTemplate: "notes://diary/{day}" };
  override async read() {
    return [{ uri: this.uri, text: "a day like any other" }];
  }
}

/** Each declares beside its code what it needs; the template as well. */
class Diary extends MCPResource {
  override uri = "notes://diary";
  override name = "diary";
  override template = { uriTemplate: "notes://diary/{day}" };
  scopes = ["notes:admin"];
  override async read() {
    return [{ uri: this.uri, text: "dear diary" }];
  }
}

class Board extends MCPResource {
  override uri = "notes://board";
  override name = "board";
  override async read() {
    return [{ uri: this.uri, text: "for everybody" }];
  }
}

class Confess extends MCPPrompt {
  name = "confess";
  description = "About the diary";
  schema = {};
  scopes = ["notes:admin"];
  async generateMessages() {
    return [{ role: "user", content: { type: "text", text: "confess" } }];
  }
}

class Greet extends MCPPrompt {
  name = "greet";
  description = "For everybody";
  schema = {};
  async generateMessages() {
    return [{ role: "user", content: { type: "text", text: "hello" } }];
  }
}

const TOOLS = [WhoAmI, Erase, Careful] as never[];
const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream", "sse"];

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
  erased = 0;
});

describe("with an authorization server and real clients", () => {
  let authority: AuthorizationServer;
  let resource: string;

  async function start(
    transport: TransportName,
    scopes: OAuthAuthProviderOptions["scopes"],
  ): Promise<string> {
    const port = await freePort();
    resource = `http://127.0.0.1:${port}${transport === "sse" ? "/sse" : "/mcp"}`;
    authority = await createAuthorizationServer({
      issuer: "http://127.0.0.1:0",
      resources: [
        { resource, scopes: { "notes:use": "Use", "notes:admin": "Administer", extra: "Extra" } },
      ],
      accounts: [{ id: "alice" }],
      autoApprove: true,
    });
    await authority.listen();
    running = await startServer({
      transport,
      port,
      tools: TOOLS,
      provider: new OAuthAuthProvider({
        resource,
        authorizationServers: [authority.issuer],
        verifyAtStart: "off",
        audit: () => undefined,
        ...(scopes !== undefined && { scopes }),
      }),
    });
    return resource;
  }
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((client) => client.close()));
    await authority.close();
  });

  const SCOPES = { required: ["notes:use"], challengeScopes: "granted+required" } as const;

  it.each<TransportName>(["http-stream batch", "http-stream stream", "sse"])(
    "[mcp-403] a client of SDK v1 steps up and goes on, on %s",
    async (transport) => {
      const url = new URL(await start(transport, { ...SCOPES }));
      const provider = new WithoutRefresh("v1");
      const open = (): SSEClientTransport | StreamableHTTPClientTransport =>
        transport === "sse"
          ? new SSEClientTransport(url, { authProvider: provider })
          : new StreamableHTTPClientTransport(url, { authProvider: provider });
      const first = open();
      const client = (): Client => new Client({ name: "v1", version: "1" });
      await expect(client().connect(first as never)).rejects.toThrow(UnauthorizedError);
      await first.finishAuth(provider.takeCode());

      const second = open();
      const narrow = client();
      await narrow.connect(second);
      opened.push(narrow);
      expect((await narrow.listTools()).tools.map(({ name }) => name)).toEqual([
        "whoami",
        "careful",
      ]);
      const call = narrow.callTool({ name: "erase", arguments: {} });
      if (transport === "sse") {
        // The SDK's SSE transport does not step up by itself: it reports the refusal, and the
        // application asks for what the challenge names.
        await expect(call).rejects.toThrow(/403/);
        expect(erased).toBe(0);
        await narrow.close();
        await auth(provider, { serverUrl: url, scope: "notes:use notes:admin" });
        await auth(provider, { serverUrl: url, authorizationCode: provider.takeCode() });
        const wide = client();
        await wide.connect(open());
        await wide.callTool({ name: "erase", arguments: {} });
        expect(erased).toBe(1);
        await wide.close();
        return;
      }
      await expect(call).rejects.toThrow(UnauthorizedError);
      expect(erased).toBe(0);
      await second.finishAuth(provider.takeCode());
      expect(new Set(provider.tokens()?.scope?.split(" "))).toEqual(
        new Set(["notes:use", "notes:admin"]),
      );
      await narrow.callTool({ name: "erase", arguments: {} });
      expect(erased).toBe(1);
      expect((await narrow.listTools()).tools).toHaveLength(3);
      await narrow.close();
    },
  );

  it("a client of SDK v1 that can refresh does so instead, once, and reports the refusal", async () => {
    const url = new URL(await start("http-stream batch", { ...SCOPES }));
    const provider = new DemoClientProvider("v1");
    const first = new StreamableHTTPClientTransport(url, { authProvider: provider });
    const client = (): Client => new Client({ name: "v1", version: "1" });
    await expect(client().connect(first as never)).rejects.toThrow(UnauthorizedError);
    await first.finishAuth(provider.takeCode());
    const narrow = client();
    const second = new StreamableHTTPClientTransport(url, { authProvider: provider });
    await narrow.connect(second);
    await expect(narrow.callTool({ name: "erase", arguments: {} })).rejects.toThrow(
      /after trying upscoping/,
    );
    expect(erased).toBe(0);
    await narrow.close();
  });

  it.each<TransportName>(["http-stream batch", "http-stream stream", "sse"])(
    "[mcp-403] a client of SDK v2 steps up and goes on, on %s",
    async (transport) => {
      const url = new URL(await start(transport, { required: ["notes:use"] }));
      const provider = new ClientOfV2("v2");
      const open = (): StreamableV2 | SseV2 =>
        transport === "sse"
          ? new SseV2(url, { authProvider: provider as never })
          : new StreamableV2(url, { authProvider: provider as never });
      const client = (): ClientV2 => new ClientV2({ name: "v2", version: "1" });
      const finish = (transport: StreamableV2 | SseV2): Promise<unknown> =>
        transport.finishAuth(provider.takeRedirect());
      const first = open();
      await expect(client().connect(first)).rejects.toThrow();
      await finish(first);
      const second = open();
      const narrow = client();
      await narrow.connect(second);
      opened.push(narrow);
      await expect(narrow.callTool({ name: "erase", arguments: {} })).rejects.toThrow();
      expect(erased).toBe(0);
      if (transport === "sse") {
        // As in v1, the SSE transport leaves the step-up to the application.
        const scope = "notes:use notes:admin";
        await authV2(provider as never, { serverUrl: url, scope, forceReauthorization: true });
        await finish(open());
        const wide = client();
        await wide.connect(open());
        opened.push(wide);
        await wide.callTool({ name: "erase", arguments: {} });
        expect(erased).toBe(1);
        return;
      }
      await finish(second);
      await narrow.callTool({ name: "erase", arguments: {} });
      expect(erased).toBe(1);
      expect(new Set(provider.tokens()?.scope?.split(" "))).toEqual(
        new Set(["notes:use", "notes:admin"]),
      );
      await narrow.close();
    },
  );
});

describe("with tokens of every kind", () => {
  const RESOURCE = "http://127.0.0.1:8080/mcp";
  const issuer = createTestIssuer({ resource: RESOURCE });
  let authority: TestIssuerServer;
  beforeAll(async () => {
    authority = await issuer.listen();
  });
  afterAll(() => authority.close());

  async function start(
    options: Partial<OAuthAuthProviderOptions>,
    transport: TransportName = "http-stream batch",
    resources = [Diary, Board],
  ): Promise<void> {
    running = await startServer({
      transport,
      tools: TOOLS,
      resources,
      prompts: [Confess, Greet] as never[],
      provider: new OAuthAuthProvider({
        resource: RESOURCE,
        authorizationServers: [issuer.issuer],
        verifyAtStart: "off",
        audit: () => undefined,
        ...options,
      }),
    });
  }

  const token = (scope: string, claims: object = {}): Promise<string> =>
    issuer.sign({ scope, ...claims });

  async function send(
    bearer: string | undefined,
    body: unknown,
    session?: string,
    method = "POST",
  ): Promise<Response> {
    return fetch(running!.url, {
      method,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
        ...(session !== undefined && { "Mcp-Session-Id": session }),
      },
      ...(method === "POST" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  const rpc = (method: string, params?: object, id = 1): object => ({
    jsonrpc: "2.0",
    id,
    method,
    ...(params !== undefined && { params }),
  });
  const callTool = (name: string, args: object = {}): object =>
    rpc("tools/call", { name, arguments: args });

  async function open(bearer?: string): Promise<string> {
    const response = await send(
      bearer,
      rpc("initialize", {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "t", version: "1" },
      }),
    );
    expect(response.status).toBe(200);
    await response.text();
    return response.headers.get("mcp-session-id")!;
  }

  const names = async (response: Response): Promise<string[]> =>
    ((await response.json()) as any).result.tools.map((tool: { name: string }) => tool.name);

  requirement(
    "mcp-single-challenge",
    "a batch is decided as a whole, in one challenge",
    async () => {
      await start({ scopes: { required: ["a"], tools: { whoami: ["b"] } } });
      const bearer = await token("a");
      const session = await open(bearer);
      const response = await send(bearer, [callTool("whoami"), callTool("erase")], session);
      expect(response.status).toBe(403);
      expect(response.headers.get("www-authenticate")).toContain('scope="a b notes:admin"');
      expect(erased).toBe(0);
    },
  );

  requirement(
    "mcp-challenge-scope",
    "the first challenge asks for what one tool needs, not for administration",
    async () => {
      const scopes = {
        tools: { careful: ["notes:use"] },
        implies: { "notes:admin": ["notes:use"] },
      };
      await start({ scopes });
      const asked = async () =>
        /scope="([^"]*)"/.exec(
          (await send(undefined, rpc("tools/list"))).headers.get("www-authenticate") ?? "",
        )?.[1];
      expect(await asked()).toBe("notes:use");
      await running!.close();
      await start({ scopes: { ...scopes, initial: ["notes:use", "extra"] } });
      expect(await asked()).toBe("notes:use extra");
    },
  );

  requirement("mcp-lists", "lists show what the token may use", async () => {
    await start({ scopes: { required: ["a"], tools: { whoami: ["b"] } } });
    const [narrow, wide] = [await token("a"), await token("a b notes:admin")];
    const session = await open(narrow);
    expect(await names(await send(narrow, rpc("tools/list"), session))).toEqual(["careful"]);
    expect(await names(await send(wide, rpc("tools/list"), session))).toEqual([
      "whoami",
      "erase",
      "careful",
    ]);
  });

  describe.each(TRANSPORTS)("resources and prompts on %s", (transport) => {
    const opened: RawSession[] = [];
    afterEach(() => Promise.all(opened.splice(0).map((session) => session.hangUp())));
    const connect = async (bearer?: string): Promise<RawSession> => {
      const session = await RawSession.open(running!, bearer);
      opened.push(session);
      return session;
    };
    /** What each list shows, by the member that names an entry. */
    const lists = async (session: RawSession, bearer?: string): Promise<unknown[][]> =>
      Promise.all(
        [
          ["resources/list", "resources", "uri"],
          ["resources/templates/list", "resourceTemplates", "uriTemplate"],
          ["prompts/list", "prompts", "name"],
        ].map(async ([method, list, name]) =>
          (await session.ask(method!, bearer)).result[list!].map((entry: any) => entry[name!]),
        ),
      );

    requirement("mcp-lists", "are listed for those who may use them", async () => {
      await start({ scopes: { required: ["a"] } }, transport);
      const [narrow, wide] = [await token("a"), await token("a notes:admin")];
      const session = await connect(narrow);
      expect(await lists(session, narrow)).toEqual([["notes://board"], [], ["greet"]]);
      expect(await lists(session, wide)).toEqual([
        ["notes://diary", "notes://board"],
        ["notes://diary/{day}"],
        ["confess", "greet"],
      ]);
    });

    requirement("mcp-lists", "that share a template hide it as the strictest asks", async () => {
      await start({ scopes: { required: ["a"] } }, transport, [Calendar, Diary]);
      const [narrow, wide] = [await token("a"), await token("a notes:admin")];
      const session = await connect(narrow);
      const [resources, templates] = await lists(session, narrow);
      expect([resources, templates]).toEqual([["notes://calendar"], []]);
      expect((await lists(session, wide))[1]).toEqual([
        "notes://diary/{day}",
        "notes://diary/{day}",
      ]);
    });

    requirement("mcp-403", "ask for what their classes ask for", async () => {
      await start({ scopes: { required: ["a"] } }, transport);
      const [narrow, wide] = [await token("a"), await token("a notes:admin")];
      const session = await connect(narrow);
      const uses: [string, object][] = [
        ["resources/read", { uri: "notes://diary" }],
        ["resources/subscribe", { uri: "notes://diary" }],
        ["prompts/get", { name: "confess" }],
        [
          "completion/complete",
          { ref: { type: "ref/prompt", name: "confess" }, argument: { name: "x", value: "" } },
        ],
        [
          "completion/complete",
          {
            ref: { type: "ref/resource", uri: "notes://diary/{day}" },
            argument: { name: "day", value: "" },
          },
        ],
      ];
      for (const [method, params] of uses) {
        const refused = await session.send({ jsonrpc: "2.0", id: "x", method, params }, narrow);
        expect([method, refused.status]).toEqual([method, 403]);
        expect(refused.headers.get("www-authenticate")).toContain('scope="a notes:admin"');
      }
      const read = await session.ask("resources/read", wide, { uri: "notes://diary" });
      expect(JSON.stringify(read.result)).toContain("dear diary");
      const got = await session.ask("prompts/get", wide, { name: "confess" });
      expect(JSON.stringify(got.result)).toContain("confess");
    });

    it("are used, and listed, without a token where they are public", async () => {
      const anonymous = { resources: ["notes://*"], prompts: ["*"] };
      await start({ scopes: { required: ["a"], anonymous } }, transport);
      const session = await connect();
      // A class that asks for a scope is not made public by a pattern.
      expect(await lists(session)).toEqual([["notes://board"], [], ["greet"]]);
      const read = await session.ask("resources/read", undefined, { uri: "notes://board" });
      expect(JSON.stringify(read.result)).toContain("for everybody");
      const got = await session.ask("prompts/get", undefined, { name: "greet" });
      expect(JSON.stringify(got.result)).toContain("hello");
      for (const [method, params] of [
        ["resources/read", { uri: "notes://diary" }],
        ["prompts/get", { name: "confess" }],
        ["tools/call", { name: "whoami", arguments: {} }],
      ] as const) {
        expect([method, await session.status(method, undefined, params)]).toEqual([method, 401]);
      }
    });
  });

  it("an unknown tool's error does not name the tools there are", async () => {
    await start({});
    const bearer = await token("a");
    const session = await open(bearer);
    const response = await send(bearer, callTool("nothing"), session);
    const text = await response.text();
    expect(text).toContain("Unknown tool: nothing");
    expect(text).not.toContain("erase");
  });

  requirement(
    "mcp-hierarchy",
    "a broader scope is enough, the challenge names the plain one",
    async () => {
      await start({ scopes: { required: ["a"], implies: { root: ["a", "notes:admin"] } } });
      const root = await token("root");
      const session = await open(root);
      expect((await send(root, callTool("erase"), session)).status).toBe(200);
      const refused = await send(await token("a"), callTool("erase"), session);
      expect(refused.headers.get("www-authenticate")).toContain('scope="a notes:admin"');
    },
  );

  requirement("stepup-auth", "asks for a stronger authentication", async () => {
    await start({
      scopes: { authentication: { tools: { erase: { acr: ["gold"], maxAge: 60 } } } },
    });
    const now = Math.floor(Date.now() / 1000);
    const weak = await token("notes:admin", { acr: "silver", auth_time: now });
    const strong = await token("notes:admin", { acr: "gold", auth_time: now - 10 });
    const old = await token("notes:admin", { acr: "gold", auth_time: now - 1000 });
    const session = await open(strong);
    for (const bearer of [weak, old]) {
      const refused = await send(bearer, callTool("erase"), session);
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toMatch(
        /error="insufficient_user_authentication".*acr_values="gold", max_age="60"/,
      );
    }
    expect((await send(strong, callTool("erase"), session)).status).toBe(200);
  });

  it("a function decides what scopes cannot say, and its failure is 503", async () => {
    await start({
      scopes: {
        authorize: (bearer, operation) => {
          if (operation.target?.name === "careful") throw new Error("database is away");
          return operation.target?.name !== "whoami" || bearer.claims["tenant"] === "acme";
        },
      },
    });
    const [acme, other] = [
      await token("notes:admin", { tenant: "acme" }),
      await token("notes:admin", { tenant: "other" }),
    ];
    const session = await open(acme);
    expect((await send(acme, callTool("whoami"), session)).status).toBe(200);
    expect((await send(other, callTool("whoami"), session)).status).toBe(403);
    expect((await send(acme, callTool("careful", { what: "x" }), session)).status).toBe(503);
  });

  it("a tool's own check is a 403 that names the scope", async () => {
    await start({ scopes: { implies: { root: ["x"] } } });
    const bearer = await token("root");
    const session = await open(bearer);
    const good = await (await send(bearer, callTool("careful", { what: "x" }), session)).text();
    expect(good).toContain("had x: true");
    const bad = await send(bearer, callTool("careful", { what: "y" }), session);
    expect(bad.status).toBe(403);
    expect(bad.headers.get("www-authenticate")).toContain('scope="y"');
  });

  it("required scopes hold for GET and DELETE", async () => {
    await start({ scopes: ["a"] });
    const session = await open(await token("a"));
    const narrow = await token("b");
    for (const method of ["GET", "DELETE"]) {
      expect((await send(narrow, undefined, session, method)).status).toBe(403);
    }
    expect((await send(await token("a"), undefined, session, "DELETE")).status).toBe(200);
  });

  it("required scopes hold for the GET that opens an SSE session", async () => {
    await start({ scopes: ["a"] }, "sse");
    const refused = await send(await token("b"), undefined, undefined, "GET");
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toContain('scope="a"');
    const opened = await send(await token("a"), undefined, undefined, "GET");
    expect(opened.status).toBe(200);
    await opened.body?.cancel();
  });

  requirement(
    "mcp-no-offline",
    "the metadata names the policy's scopes, and offline_access never",
    async () => {
      await start({ scopes: { required: ["a"], tools: { whoami: ["b"] } } });
      const response = await fetch(`${running!.origin}/.well-known/oauth-protected-resource`);
      expect(await response.json()).toMatchObject({ scopes_supported: ["a", "b", "notes:admin"] });
      for (const scopes of [["offline_access"], { required: ["offline_access"] }]) {
        await expect(start({ scopes })).rejects.toThrow(/offline_access/);
      }
    },
  );

  describe("on a server with a public part", () => {
    const scopes = { required: ["a"], anonymous: { tools: ["whoami"] } };

    it("anonymous clients can use it, see only it, and get a challenge elsewhere", async () => {
      await start({ scopes });
      const session = await open();
      expect(await names(await send(undefined, rpc("tools/list"), session))).toEqual(["whoami"]);
      expect((await send(undefined, callTool("whoami"), session)).status).toBe(200);
      const refused = await send(undefined, callTool("careful", { what: "x" }), session);
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).not.toContain("error=");
      const batch = await send(undefined, [callTool("whoami"), callTool("erase")], session);
      expect(batch.status).toBe(401);
      expect(erased).toBe(0);
    });

    it("an invalid credential gets 401 and is never treated as anonymous", async () => {
      await start({ scopes });
      const session = await open();
      for (const bearer of ["junk", await issuer.signWithWrongKey()]) {
        expect((await send(bearer, callTool("whoami"), session)).status).toBe(401);
      }
      const inQuery = await fetch(`${running!.url}?access_token=x`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(callTool("whoami")),
      });
      expect(inQuery.status).toBe(401);
    });

    it("an anonymous session belongs to the first user who signs in, and then refuses anonymous clients", async () => {
      await start({ scopes });
      const session = await open();
      const alice = await token("a", { sub: "alice" });
      expect((await send(alice, callTool("careful", { what: "a" }), session)).status).toBe(200);
      expect((await send(undefined, callTool("whoami"), session)).status).toBe(404);
      const bob = await token("a", { sub: "bob" });
      expect((await send(bob, callTool("whoami"), session)).status).toBe(404);
      expect((await send(alice, callTool("whoami"), session)).status).toBe(200);
    });

    it("a refused call answers in its result for hosts that look there", async () => {
      await start({ scopes, toolChallenges: "result" });
      const session = await open();
      const response = await send(undefined, callTool("careful", { what: "x" }), session);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        id: 1,
        result: {
          isError: true,
          _meta: {
            "mcp/www_authenticate": [expect.stringMatching(/^Bearer .*resource_metadata=/)],
          },
        },
      });
      // Only a single call: everything else is refused by HTTP as ever.
      expect((await send(undefined, [callTool("erase")], session)).status).toBe(200);
      expect((await send(undefined, rpc("resources/list"), session)).status).toBe(401);
      expect((await send("junk", callTool("erase"), session)).status).toBe(401);
      expect(erased).toBe(0);
    });
  });

  it.each(TRANSPORTS)(
    "no body ever takes a token without the scope to the tool, on %s",
    async (transport) => {
      await start({ scopes: { required: ["a"] } }, transport);
      const bearer = await token("a");
      const session = await RawSession.open(running!, bearer);
      // Mostly what the SDK takes, so that what one message hides reaches it.
      const mostly = (good: unknown, ...bad: unknown[]): fc.Arbitrary<unknown> =>
        fc.oneof({ weight: 4, arbitrary: fc.constant(good) }, fc.constantFrom(...bad));
      const lookAlike = fc.constantFrom("Erase", "erase ", "еrase", "ERASE", "er\u0000ase");
      const name = fc.oneof(fc.constantFrom("erase", "whoami"), lookAlike);
      const message = fc.record(
        {
          jsonrpc: mostly("2.0", "1.0", 2),
          id: fc.oneof({ weight: 4, arbitrary: fc.integer() }, fc.string(), fc.constant(null)),
          method: mostly("tools/call", ["tools/call"], "Tools/Call", 1, null),
          params: fc.record(
            {
              name: fc.oneof({ weight: 4, arbitrary: name }, fc.array(name, { maxLength: 2 })),
              arguments: fc.object({ maxDepth: 1 }),
              task: fc.object({ maxDepth: 1 }),
            },
            { requiredKeys: ["name"] },
          ),
        },
        { requiredKeys: ["jsonrpc", "method", "params"] },
      );
      const spellings = fc.constantFrom(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"tools/list","params":{"name":"whoami","name":"erase"}}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"erase"}}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","arguments":{},"__proto__":{"name":"erase"}}}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"erase"}}}',
        '[[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"erase"}}]]',
        '[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami"}},{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"erase"}}]',
        '{"jsonrpc":"2.0","id":1,"\\u006dethod":"tools/call","params":{"name":"\\u0065rase"}}',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"erase"}}'.padEnd(300),
      );
      // Members in any order and any number, as no JSON.stringify would write them.
      const member = fc.constantFrom(
        ...['"jsonrpc":"2.0"', '"id":7', '"method":"tools/call"', '"method":"tools/list"'],
        ...['"params":{"name":"erase"}', '"params":{"name":"whoami","name":"erase"}'],
        ...['"params":{"name":"erase","name":"whoami"}', '"params":[{"name":"erase"}]'],
      );
      const repeated = fc
        .array(member, { minLength: 3, maxLength: 8 })
        .map((members) => `{"jsonrpc":"2.0","id":1,${members.join(",")}}`);
      const nested = fc.array(fc.oneof(message, fc.array(message, { maxLength: 2 })), {
        maxLength: 3,
      });
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            spellings,
            repeated,
            repeated.map((one) => `[${one}]`),
            message.map((one) => JSON.stringify(one)),
            fc.oneof(fc.array(message, { maxLength: 3 }), nested).map((all) => JSON.stringify(all)),
          ),
          async (body) => {
            const response = await session.sendText(body, bearer);
            expect(response.status).toBeLessThan(500);
            await response.text();
            expect(erased).toBe(0);
          },
        ),
        { numRuns: 300 },
      );
      // On SSE calls are answered before they are made: what came first is through by now.
      await session.ask("ping", bearer);
      expect(erased).toBe(0);
      // The neighbouring acceptance: with the scope, the same call arrives.
      await session.ask("tools/call", await token("a notes:admin"), {
        name: "erase",
        arguments: {},
      });
      expect(erased).toBe(1);
      await session.hangUp();
    },
  );
});
