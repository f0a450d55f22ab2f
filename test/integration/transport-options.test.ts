import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../src/index.js";
import { startHostileServer, type HostileServer } from "../support/hostile-server.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { mcpRequest } from "../support/mcp-request.js";
import { requirement } from "../support/requirement.js";
import { WhoAmI } from "../support/tools.js";

/* Options of mcp-framework's transports, and what they mean together with the provider's. */

const PAGE = "https://app.example.com";
const OTHER = "https://other.example.com";

let running: RunningServer | undefined;
let hostile: HostileServer | undefined;
const warn = jest.spyOn(logger, "warn").mockImplementation(() => undefined);
afterEach(async () => {
  await running?.close();
  await hostile?.close();
  running = hostile = undefined;
  warn.mockClear();
});

async function start(
  options: Record<string, unknown>,
  provider: Partial<OAuthAuthProviderOptions> = {},
  transport: TransportName = "http-stream batch",
): Promise<void> {
  running = await startServer({
    transport,
    tools: [WhoAmI],
    options,
    provider: new OAuthAuthProvider({
      resource: "https://mcp.example.com/mcp",
      authorizationServers: ["https://auth.example.com"],
      verifyAtStart: "off",
      audit: () => undefined,
      ...provider,
    }),
  });
}

/** How a page of this origin is answered, on a socket and without one. */
async function answers(origin: string): Promise<unknown[]> {
  const init = { method: "POST", headers: { Origin: origin }, body: "{}" };
  const responses = [
    await fetch(running!.url, init),
    await running!.server.handleRequest(new Request("https://mcp.example.com/mcp", init)),
  ];
  return responses.map((response) => [
    response.status,
    response.headers.get("access-control-allow-origin"),
  ]);
}

const LET_IN = (origin: string) => [
  [401, origin],
  [401, origin],
];
const KEPT_OUT = [
  [403, null],
  [403, null],
];

describe("the cors option of a transport", () => {
  it.each<[string, object]>([
    ["allowOrigin", { allowOrigin: PAGE }],
    ["allowedOrigins", { allowedOrigins: [PAGE] }],
    ["allowedOrigins, beside a star", { allowOrigin: "*", allowedOrigins: [PAGE] }],
  ])("lets in the page that it names, and no other: %s", async (_, cors) => {
    await start({ cors });
    expect(await answers(PAGE)).toEqual(LET_IN(PAGE));
    expect(await answers(OTHER)).toEqual(KEPT_OUT);
  });

  it("lets in every page with a star that the author wrote", async () => {
    await start({ cors: { allowOrigin: "*" } });
    expect(await answers(OTHER)).toEqual(LET_IN(OTHER));
  });

  requirement("mcp-origin", "is not the framework's default *", async () => {
    await start({ cors: { maxAge: "60" } });
    expect(await answers(PAGE)).toEqual(KEPT_OUT);
    await running!.close();
    await start({});
    expect(await answers(PAGE)).toEqual(KEPT_OUT);
  });

  it("holds beside the same allowedOrigins, however they are written", async () => {
    const allowedOrigins = [OTHER, `${PAGE}/`];
    await start({ cors: { allowedOrigins: [PAGE, OTHER] } }, { allowedOrigins });
    expect(await answers(PAGE)).toEqual(LET_IN(PAGE));
  });

  it.each<[object, readonly string[] | "*"]>([
    [{ allowOrigin: "*" }, [PAGE]],
    [{ allowOrigin: PAGE }, [OTHER]],
    [{ allowedOrigins: [PAGE, OTHER] }, [PAGE]],
    [{ allowOrigin: PAGE }, "*"],
  ])("does not start where %j contradicts allowedOrigins %j", async (cors, allowedOrigins) => {
    await expect(start({ cors }, { allowedOrigins })).rejects.toThrow(
      /allowedOrigins is .*cors option allows .*ERR_OAUTH_CONTRADICTION/,
    );
  });
});

describe("a server without CORS headers", () => {
  const corsHeaders = (response: Response) =>
    [...response.headers.keys()].filter((name) => /^access-control-|^vary$/.test(name));

  it.each<TransportName>(["http-stream batch", "http-stream stream", "sse"])(
    "sends none to pages, in preflights or with metadata, and checks their origin: %s",
    async (transport) => {
      await start({}, { cors: false, allowedOrigins: [PAGE] }, transport);
      const requests: [string, RequestInit, number][] = [
        [running!.url, { headers: { Origin: PAGE } }, 401],
        [running!.url, { headers: { Origin: OTHER } }, 403],
        [running!.url, { method: "OPTIONS", headers: { Origin: PAGE } }, 204],
        [`${running!.origin}/.well-known/oauth-protected-resource`, {}, 200],
        [`${running!.origin}/.well-known/oauth-protected-resource`, { method: "OPTIONS" }, 204],
      ];
      for (const [url, init, status] of requests) {
        const response = await fetch(url, init);
        expect([response.status, corsHeaders(response)]).toEqual([status, []]);
        await response.body?.cancel();
      }
    },
  );

  it("sends none on serverless, where the framework adds its own", async () => {
    await start({}, { cors: false, scopes: { anonymous: { methods: ["tools/list"] } } });
    const request = mcpRequest(
      { jsonrpc: "2.0", id: 1, method: "tools/list" },
      { Origin: "https://mcp.example.com" },
    );
    const url = "https://mcp.example.com/mcp";
    const response = await running!.server.handleRequest(new Request(url, request));
    expect([response.status, corsHeaders(response)]).toEqual([200, []]);
    await running!.close();
    await start({}, { scopes: { anonymous: { methods: ["tools/list"] } } });
    const other = await running!.server.handleRequest(new Request(url, request));
    expect(other.headers.get("access-control-allow-origin")).toBe("https://mcp.example.com");
  });
});

describe("the path of resource", () => {
  const warnings = () => warn.mock.calls.map(([line]) => line).filter((l) => /serves/.test(l));

  it.each<[string, TransportName, Record<string, unknown>, string]>([
    ["https://h.example/api", "http-stream batch", {}, "/mcp"],
    ["https://h.example/mcp/", "http-stream batch", {}, "/mcp"],
    ["https://h.example/mc", "http-stream batch", {}, "/mcp"],
    ["https://h.example/mcp", "sse", {}, "/sse"],
    ["https://h.example/mcp", "http-stream batch", { endpoint: "/other" }, "/other"],
  ])(
    "is warned of where clients refuse it: %s on %s",
    async (resource, transport, options, path) => {
      await start(options, { resource }, transport);
      expect(warnings()).toEqual([expect.stringContaining(`resource is ${resource}`)]);
      expect(warnings()[0]).toContain(`the transport serves ${path}.`);
    },
  );

  it.each<[string, TransportName, Record<string, unknown>]>([
    ["https://h.example/mcp", "http-stream batch", {}],
    ["https://h.example", "http-stream batch", {}],
    ["https://h.example/", "sse", {}],
    ["https://h.example/a", "http-stream batch", { endpoint: "/a/mcp" }],
  ])("is not where they take it: %s on %s", async (resource, transport, options) => {
    await start(options, { resource }, transport);
    expect(warnings()).toEqual([]);
  });
});

describe("an authorization server with opaque tokens", () => {
  const hints = async (
    changes: Record<string, unknown>,
    more: Partial<OAuthAuthProviderOptions> = {},
  ): Promise<string[]> => {
    hostile = await startHostileServer();
    const { origin } = hostile;
    const document = {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      introspection_endpoint: `${origin}/introspect`,
      registration_endpoint: `${origin}/register`,
      code_challenge_methods_supported: ["S256"],
      ...changes,
    };
    hostile.behave({ kind: "json", body: document });
    await start({}, { authorizationServers: [origin], verifyAtStart: "fail", ...more });
    return warn.mock.calls.map(([line]) => line).filter((line) => /opaque/.test(line));
  };

  it("is hinted at with the simplest configuration", async () => {
    expect(await hints({})).toEqual([expect.stringContaining('type: "introspection"')]);
  });

  it("is not assumed where keys are published, or where the author has chosen", async () => {
    expect(await hints({ jwks_uri: "http://127.0.0.1:1/jwks" })).toEqual([]);
    await running!.close();
    await hostile!.close();
    const validation = { type: "custom", validate: () => undefined } as never;
    expect(await hints({}, { validation })).toEqual([]);
  });
});
