import { afterEach, describe, expect, it } from "@jest/globals";
import { fakeProvider } from "../support/fake-protection.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { RawSession } from "../support/raw-session.js";
import { requirement } from "../support/requirement.js";
import { Gate, WhoAmI } from "../support/tools.js";
import type { AccessToken } from "../../src/core/access-token.js";
import type { SessionLimits } from "../../src/sessions/session.js";
import type { ScopeOptions } from "../../src/options/scopes.js";
import { protectionOf } from "../../src/framework/registry.js";

/* How an anonymous session gets its owner. */

const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream"];
let running: RunningServer | undefined;
let provider: object;
const opened: RawSession[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.hangUp()));
  await running?.close();
  running = undefined;
});

async function start(
  transport: TransportName,
  tokens: Record<string, Partial<AccessToken>>,
  scopes: ScopeOptions = {},
  sessions: Partial<SessionLimits> = {},
): Promise<RawSession> {
  const rules = {
    anonymous: { methods: ["ping"] },
    operations: { "tools/list": ["read"] },
    ...scopes,
  };
  ({ provider } = fakeProvider(tokens, rules, { sessions }));
  running = await startServer({ transport, provider, tools: [WhoAmI] });
  const session = await RawSession.open(running);
  opened.push(session);
  return session;
}

describe.each(TRANSPORTS)("an anonymous session on %s", (transport) => {
  requirement("mcp-session-bind", "is not claimed by a request that is refused", async () => {
    const session = await start(transport, { alice: { scopes: ["read"] }, mallory: {} });
    expect(await session.status("tools/list", "mallory")).toBe(403);
    expect(await session.status("ping")).toBe(200);
    expect(await session.status("tools/list", "alice")).toBe(200);
    expect(await session.status("ping")).toBe(404);
    expect(await session.status("ping", "mallory")).toBe(404);
  });

  it("is not claimed by a principal who uses as many sessions as allowed", async () => {
    const session = await start(transport, { alice: { scopes: ["read"] } }, {}, { maxPerUser: 1 });
    const own = await RawSession.open(running!, "alice");
    opened.push(own);
    expect(await session.status("tools/list", "alice")).toBe(429);
    expect(await session.status("ping")).toBe(200);
    expect(await own.status("tools/list", "alice")).toBe(200);
  });

  requirement("mcp-session-bind", "goes to one of two who claim it at once", async () => {
    const gate = new Gate(2);
    const session = await start(
      transport,
      { alice: { scopes: ["read"] }, bob: { scopes: ["read"] } },
      { authorize: () => gate.pass().then(() => true) },
    );
    const statuses = await Promise.all(
      ["alice", "bob"].map((name) => session.status("tools/list", name)),
    );
    expect(statuses.sort()).toEqual([200, 404]);
  });
});

describe("an anonymous SSE session", () => {
  requirement(
    "mcp-session-bind",
    "does not exist for a principal, whose answers would reach the anonymous client",
    async () => {
      const session = await start("sse", { alice: { scopes: ["read"] } });
      expect(await session.status("tools/list", "alice")).toBe(404);
      const unknown = `${running!.origin}/messages?sessionId=00000000-0000-4000-8000-000000000000`;
      const foreign = await session.send({ jsonrpc: "2.0", id: 7, method: "ping" }, "alice");
      const never = await fetch(unknown, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: "Bearer alice" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 7, method: "ping" }),
      });
      expect([foreign.status, await foreign.text()]).toEqual([never.status, await never.text()]);
      // It goes on for the anonymous client, which has heard nothing of this.
      expect((await session.ask("ping")).result).toEqual({});
      expect(session.heard).toHaveLength(1);
    },
  );

  it("goes on when the token of a refused request is revoked", async () => {
    const session = await start("sse", { mallory: { tokenId: "one" } });
    expect(await session.status("tools/list", "mallory")).toBe(404);
    await protectionOf(provider)!.revoke({ jti: "one", until: Date.now() / 1000 + 60 });
    expect((await session.ask("ping")).result).toEqual({});
  });
});
