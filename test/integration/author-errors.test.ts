import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import type { OAuthAuthProviderOptions, OnError } from "../../src/index.js";
import { createTestIssuer, type TestIssuer } from "../../src/testing/index.js";
import { protect, type GuardedServer } from "../support/protected.js";

/*
 * What functions of the application throw, over real HTTP: clients see 503, and
 * operators the cause, without the token.
 */

type Options = Omit<OAuthAuthProviderOptions, "resource">;

const OPAQUE = "an-opaque-token-0123456789-abcdef";
let issuer: TestIssuer;
let close: () => Promise<void>;
let running: GuardedServer | undefined;
let lines: string[];

beforeEach(async () => {
  issuer = createTestIssuer({});
  const server = await issuer.listen();
  close = () => server.close();
  lines = [];
  jest.spyOn(logger, "error").mockImplementation((line: string) => void lines.push(line));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await running?.close();
  running = undefined;
  await close();
});

/** Has a name that the stack shows. */
function brokenByTheAuthor(...seen: readonly unknown[]): never {
  throw new TypeError(`cannot read row of ${JSON.stringify(seen)}`);
}

const custom: Options = {
  authorizationServers: ["https://as.example.com"],
  validation: { type: "custom", validate: () => ({ active: true, subject: "u" }) },
};

const CASES: [string, string, (token: string) => Options][] = [
  [
    "validate",
    "callback_failed",
    () => ({
      ...custom,
      validation: { type: "custom", validate: async (token) => brokenByTheAuthor(token) },
    }),
  ],
  ["enrich", "enrich_failed", () => ({ ...custom, enrich: (token) => brokenByTheAuthor(token) })],
  [
    "authorize",
    "authorize_failed",
    () => ({
      ...custom,
      exposeToken: true,
      scopes: { authorize: (token) => brokenByTheAuthor(token) },
    }),
  ],
  [
    "issuers",
    "issuer_lookup_failed",
    () => ({
      authorizationServers: ["https://as.example.com"],
      issuers: async (iss) => brokenByTheAuthor(iss),
    }),
  ],
  [
    "secret",
    "secret_unavailable",
    (token) => ({
      authorizationServers: [issuer.issuer],
      validation: {
        type: "jwt",
        algorithms: ["HS256"],
        allowJwtTyp: true,
        secret: async () => brokenByTheAuthor(token, "hunter2-the-secret"),
      },
    }),
  ],
];

const hs256 = (): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: issuer.issuer,
    aud: "https://mcp.example.com/mcp",
    exp: Math.floor(Date.now() / 1000) + 300,
  };
  return `${part({ alg: "HS256", typ: "at+jwt" })}.${part(claims)}.${"A".repeat(43)}`;
};

describe("what a function of the author throws", () => {
  it.each(CASES)(
    "in %s is one line in the log, reaches onError and the audit, and holds no token",
    async (source, reason, optionsFor) => {
      const token =
        source === "secret" ? hs256() : source === "issuers" ? await issuer.sign() : OPAQUE;
      const onError = jest.fn<OnError>();
      running = await protect({ ...optionsFor(token), onError });
      const event = await running.present(token);
      await running.present(token);

      expect(event).toMatchObject({ status: 503, outcome: "unavailable", reason });
      expect(event.cause).toMatch(
        source === "secret" ? /^TypeError \(message/ : /^TypeError: cannot read row/,
      );
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(new RegExp(`^mcp-framework-oauth: ${source} failed: TypeError`));
      expect(lines[0]).toContain("at brokenByTheAuthor (");
      expect(onError).toHaveBeenCalled();
      expect(onError.mock.calls[0]?.[1]).toEqual({ source });

      const [error] = onError.mock.calls[0] ?? [];
      const told = [...lines, JSON.stringify(running.events), error?.message, error?.stack].join();
      expect(told).not.toContain(token);
      expect(told).not.toContain("hunter2");
    },
  );

  it("is nothing where all goes well", async () => {
    const onError = jest.fn<OnError>();
    running = await protect({ ...custom, onError });
    const event = await running.present(OPAQUE);
    expect(event).toMatchObject({ outcome: "allowed" });
    expect(event).not.toHaveProperty("cause");
    expect([...lines, ...onError.mock.calls]).toEqual([]);
  });

  it("is reported when the former secret is still in use", async () => {
    const time = { offset: 0 };
    const answers = [async () => "x".repeat(32), async () => brokenByTheAuthor()];
    const source = () => (answers.length > 1 ? answers.shift()! : answers[0]!)();
    running = await protect({
      authorizationServers: [issuer.issuer],
      clock: () => Date.now() / 1000 + time.offset,
      validation: { type: "jwt", algorithms: ["HS256"], secret: source, secretOverlapSeconds: 9 },
    });
    await running.present(hs256());
    expect(lines).toEqual([]);
    time.offset = 10;
    await running.present(hs256());
    expect(lines).toEqual([expect.stringContaining("secret failed")]);
  });
});

describe("debug lines", () => {
  const before = process.env["MCP_DEBUG_CONSOLE"];
  let debug: string[];
  beforeEach(() => {
    process.env["MCP_DEBUG_CONSOLE"] = "true";
    debug = [];
    jest.spyOn(logger, "debug").mockImplementation((line: string) => void debug.push(line));
  });
  afterEach(() => {
    if (before === undefined) delete process.env["MCP_DEBUG_CONSOLE"];
    else process.env["MCP_DEBUG_CONSOLE"] = before;
  });
  const ours = () => debug.filter((line) => line.startsWith("mcp-framework-oauth: "));

  it("tell of extraction, validation and scopes", async () => {
    running = await protect({ authorizationServers: [issuer.issuer], scopes: ["mcp:admin"] });
    await running.present(await issuer.sign({ scope: "mcp:read" }));
    await running.present(await issuer.sign({ exp: 1 }));
    await running.initialize({});
    expect(ours().map((line) => line.replace(/^mcp-framework-oauth: /, ""))).toEqual([
      expect.stringMatching(/^credential: Bearer, fingerprint \S{16}$/),
      expect.stringMatching(
        /^validation: accepted, issuer http.*subject user-1, .*scopes mcp:read$/,
      ),
      "scopes: refused, scope_insufficient",
      expect.stringMatching(/^credential: Bearer/),
      "validation: refused, expired",
      "credential: none that can be read",
      "validation: refused, credential_missing",
    ]);
  });

  it("hold no token, wherever the client puts it", async () => {
    running = await protect({ authorizationServers: [issuer.issuer] });
    const token = await issuer.sign();
    for (const name of [token, encodeURIComponent(token), `x ${token.slice(40, 90)} y`]) {
      const response = await fetch(running.url, {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } }),
      });
      await response.body?.cancel();
    }
    const [, payload = "", signature = ""] = token.split(".");
    expect(ours().length).toBeGreaterThan(0);
    for (const line of ours()) {
      for (const part of [payload, signature]) {
        for (let at = 0; at + 12 < part.length; at += 4) {
          expect(line).not.toContain(part.slice(at, at + 12));
        }
      }
    }
  });

  it("are not created without a sink", async () => {
    delete process.env["MCP_DEBUG_CONSOLE"];
    running = await protect({ authorizationServers: [issuer.issuer] });
    await running.present(await issuer.sign());
    expect(ours()).toEqual([]);
  });
});
