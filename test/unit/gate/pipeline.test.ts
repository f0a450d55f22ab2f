import { readFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { AuthRequest } from "../../../src/core/auth-request.js";
import { guardedListener } from "../../../src/framework/adapters/guard.js";
import { protectionOf } from "../../../src/framework/registry.js";
import { handleServerless } from "../../../src/framework/adapters/serverless.js";
import { GuardedRequest, type Host } from "../../../src/gate/guarded-request.js";
import { CREDENTIAL_STEPS, guard, STEPS, type Step } from "../../../src/gate/pipeline.js";
import { bareServer } from "../../support/bare-server.js";
import { fakeProvider } from "../../support/fake-protection.js";
import { SessionRegistry } from "../../support/resolved.js";

const { provider, events } = fakeProvider(
  { alice: {}, admin: { scopes: ["mcp:admin"] } },
  { tools: { wipe: ["mcp:admin"] } },
);
const protection = protectionOf(provider)!;

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

const BAD_HOST = { Host: "rebound.example" };
const BAD_ORIGIN = { Origin: "https://evil.example" };
const BAD_SESSION = { "Mcp-Session-Id": "unknown" };
const ALICE = { Authorization: "Bearer alice" };
const CALL = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "wipe" },
});

let port = 0;
const node = createServer(
  guardedListener(
    protection,
    {
      kind: "http-stream",
      endpoints: new Map([["/mcp", "mcp"]]),
      sessions: new SessionRegistry(),
      maxBodyBytes: 1000,
      streaming: false,
    },
    (_, res) => res.end("framework"),
  ),
);
beforeAll(async () => {
  await new Promise<void>((resolve) => node.listen(0, "127.0.0.1", resolve));
  ({ port } = node.address() as AddressInfo);
});
afterAll(() => {
  node.close();
});

async function overNode({ method = "POST", path = "/mcp", headers, body }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", method, path, headers };
    httpRequest(options, (res) => resolve(res.resume().statusCode ?? 0))
      .on("error", reject)
      .end(body);
  });
}

async function overWeb({ method = "POST", path = "/mcp", headers, body }: Sent): Promise<number> {
  const url = `http://127.0.0.1:8080${path}`;
  const request = new Request(url, { method, headers: headers ?? {}, body: body ?? null });
  const framework = () => Promise.resolve(new Response("framework"));
  return (await handleServerless(protection, bareServer, request, undefined, framework)).status;
}

/** Later steps would refuse these requests as well: the earlier one decides. */
const ROWS: readonly (readonly [string, Sent, number, ...told: string[]])[] = [
  [
    "a public document, also if everything else is invalid",
    {
      method: "GET",
      path: "/.well-known/oauth-protected-resource",
      headers: { ...BAD_HOST, ...BAD_ORIGIN },
    },
    200,
  ],
  ["Host before Origin", { headers: { ...BAD_HOST, ...BAD_ORIGIN } }, 403, "host_not_loopback"],
  ["Host before a preflight", { method: "OPTIONS", headers: BAD_HOST }, 403, "host_not_loopback"],
  [
    "Host before the health page",
    { method: "GET", path: "/health/oauth", headers: BAD_HOST },
    403,
    "host_not_loopback",
  ],
  [
    "Origin before the health page",
    { method: "GET", path: "/health/oauth", headers: BAD_ORIGIN },
    403,
    "origin_not_allowed",
  ],
  ["Origin before the credential", { headers: BAD_ORIGIN }, 403, "origin_not_allowed"],
  ["a preflight before the credential", { method: "OPTIONS" }, 204],
  ["the health page before the credential", { method: "GET", path: "/health/oauth" }, 200],
  [
    "the credential before the body and the session",
    { headers: BAD_SESSION, body: "{" },
    401,
    "credential_missing",
  ],
  ["the body before the scopes", { headers: ALICE, body: "{" }, 400, "body_not_json"],
  ["the scopes last", { headers: ALICE, body: CALL }, 403, "scope_insufficient"],
  [
    "everything in order",
    { headers: { Authorization: "Bearer admin" }, body: CALL },
    200,
    "allowed",
  ],
];

describe.each([
  ["Node", overNode],
  ["Web", overWeb],
])("the steps of a request over %s decide", (_, send) => {
  it.each(ROWS)("%s", async (_title, sent, status, ...told) => {
    events.length = 0;
    expect(await send(sent)).toBe(status);
    expect(events.map((event) => event.reason ?? event.outcome)).toEqual(told);
  });
});

describe("the steps that only Node has", () => {
  it.each([
    ["the endpoint before the credential", { path: "/other" }, 404, undefined],
    [
      "the body before the session",
      { headers: { ...ALICE, ...BAD_SESSION }, body: "{" },
      400,
      "body_not_json",
    ],
    [
      "the session before the scopes",
      { headers: { ...ALICE, ...BAD_SESSION }, body: CALL },
      404,
      "session_not_found",
    ],
  ])("decide %s", async (_, sent, status, reason) => {
    events.length = 0;
    expect(await overNode(sent)).toBe(status);
    expect(events.map((event) => event.reason)).toEqual(reason === undefined ? [] : [reason]);
  });
});

/** What a bare request comes to. */
function bare(host: Host, headers: AuthRequest["headers"], from = protection): unknown {
  const request: AuthRequest = {
    ...{ method: "POST", url: "/other", headers, rawHeaders: [] },
    transport: "bare",
  };
  const outcome = { answered: ({ status }: { status: number }) => status, passed: () => "passed" };
  return guard<unknown>(new GuardedRequest(from, host, request), outcome, CREDENTIAL_STEPS);
}

describe("the steps of a bare call", () => {
  const open = protectionOf(fakeProvider({}, { anonymous: { tools: ["echo"] } }).provider)!;

  it("are those of the credential, told like any other request", async () => {
    events.length = 0;
    expect(await bare({ kind: "bare" }, { authorization: "Bearer alice" })).toBe("passed");
    expect(await bare({ kind: "bare" }, { authorization: "Bearer mallory" })).toBe(401);
    expect(events.map(({ outcome }) => outcome)).toEqual(["allowed", "refused"]);
  });

  it("need no promise where nothing is waited for", () => {
    expect(bare({ kind: "bare" }, {}, open)).toBe("passed");
  });

  it("refuse an anonymous call where the host requires a credential", async () => {
    expect(await bare({ kind: "bare", credentialRequired: true }, {}, open)).toBe(401);
  });
});

describe("a revocation in the moment between the last check and the claim", () => {
  // The step that claims is the last but one; the revocation comes right before it.
  const stepsWith = (revoke: Step): Step[] =>
    STEPS.flatMap((step) => (step.name === "claimSession" ? [revoke, step] : [step]));

  async function useSession(subject: string, revoke: Step): Promise<[unknown, string | undefined]> {
    const { provider: own } = fakeProvider({ alice: {} });
    const sessions = new SessionRegistry();
    const transport = { send: () => Promise.resolve(), close: () => Promise.resolve() };
    sessions.add({ id: "shared", principal: undefined, transport, claimed: () => undefined });
    const request: AuthRequest = {
      ...{ method: "GET", url: "/mcp", rawHeaders: [], transport: "http-stream" },
      headers: {
        host: "127.0.0.1:8080",
        authorization: `Bearer ${subject}`,
        "mcp-session-id": "shared",
      },
    };
    const guarded = new GuardedRequest(
      protectionOf(own)!,
      { kind: "http-stream", sessions },
      request,
    );
    const outcome = {
      answered: ({ status }: { status: number }) => status,
      passed: () => "passed",
    };
    const result = await guard<unknown>(guarded, outcome, stepsWith(revoke));
    return [result, sessions.get("shared")?.principal];
  }

  const revokes =
    (subject: string): Step =>
    async ({ protection: from }) => {
      await from.revoke({ subject, until: from.clock() + 60 });
      return undefined;
    };

  it("keeps an anonymous session from the revoked principal", async () => {
    expect(await useSession("alice", revokes("alice"))).toEqual([401, undefined]);
  });

  it("of another principal changes nothing", async () => {
    const [result, owner] = await useSession("alice", revokes("bob"));
    expect([result, owner]).toEqual(["passed", expect.stringContaining("alice")]);
  });
});

describe("the picture of a request", () => {
  it("shows the steps in the order in which they are taken", () => {
    const page = new URL("../../../docs/explanation/architecture.md", import.meta.url);
    const picture = /```\nsrc\/gate\/pipeline\.ts\n([\s\S]*?)```/.exec(
      readFileSync(page, "utf8"),
    )?.[1];
    const drawn = [...(picture ?? "").matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(drawn).toEqual(STEPS.map(({ name }) => name));
  });
});
