import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../src/index.js";
import { createTestIssuer } from "../../src/testing/index.js";
import { protect, type GuardedServer } from "../support/protected.js";
import { requirement } from "../support/requirement.js";

/*
 * Whether a private address is called shows at a proxy, which every call that
 * is allowed asks for a tunnel, and which opens none.
 */

const ISSUER = "https://10.1.2.3";
const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"];

type Case = readonly [string, Partial<OAuthAuthProviderOptions>, string];
const client = { clientId: "mcp-server", endpoint: `${ISSUER}/introspect` };

describe("an authorization server in a private network", () => {
  const before = new Map(PROXY_VARIABLES.map((name) => [name, process.env[name]]));
  let proxy: Server;
  let asked: string[];
  let running: GuardedServer | undefined;

  beforeAll(async () => {
    proxy = createServer().on("connect", (request, socket) => {
      asked.push(request.url ?? "");
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    for (const name of PROXY_VARIABLES) delete process.env[name];
    process.env["HTTPS_PROXY"] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    proxy.close();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  beforeEach(() => {
    asked = [];
  });
  afterEach(() => running?.close());

  const cases: readonly Case[] = [
    ["key sets", { validation: { type: "jwt", jwksUri: `${ISSUER}/keys` } }, "jwks"],
    ["discovery", {}, "discovery"],
    [
      "introspection",
      { validation: { type: "introspection", introspection: { ...client, clientSecret: "s" } } },
      "introspection",
    ],
    [
      "introspection with TLS of its own",
      {
        validation: {
          type: "introspection",
          introspection: { ...client, clientSecret: "s", tls: {} },
        },
      },
      "introspection",
    ],
  ];

  const present = async (options: Partial<OAuthAuthProviderOptions>) => {
    const issuer = createTestIssuer({ issuer: ISSUER, resource: "https://mcp.example.com/mcp" });
    running = await protect({ authorizationServers: [ISSUER], ...options });
    return running.present(await issuer.sign());
  };

  it.each(cases)("is not called for %s", async (_name, options, prefix) => {
    expect(await present(options)).toMatchObject({
      status: 503,
      reason: `${prefix}_address_refused`,
    });
    expect(asked).toEqual([]);
  });

  it.each(cases)("is called for %s when it is allowed", async (_name, options, prefix) => {
    const event = await present({ ...options, allowPrivateAddresses: ["10.1.0.0/16"] });
    expect(event).toMatchObject({ status: 503 });
    expect(event.reason).toMatch(new RegExp(`^${prefix}_(?!address)`));
    expect(new Set(asked)).toEqual(new Set(["10.1.2.3:443"]));
  });

  requirement("outage", "is not called when another network is allowed", async () => {
    const event = await present({ allowPrivateAddresses: ["192.168.0.0/16"] });
    expect(event).toMatchObject({ status: 503, reason: "discovery_address_refused" });
    expect(asked).toEqual([]);
  });

  it("must be spelt as a range or a name, and is not for one's own fetch", () => {
    const start = (options: Partial<OAuthAuthProviderOptions>) => () =>
      new OAuthAuthProvider({
        ...{ resource: "https://mcp.example.com/mcp", authorizationServers: [ISSUER] },
        ...options,
      });
    expect(start({ allowPrivateAddresses: ["10.0.0.0/40"] })).toThrow(
      /allowPrivateAddresses has "10\.0\.0\.0\/40"; write a CIDR range/,
    );
    expect(start({ allowPrivateAddresses: true, fetch: async () => new Response() })).toThrow(
      /allowPrivateAddresses has no effect with your own fetch/,
    );
  });
});
