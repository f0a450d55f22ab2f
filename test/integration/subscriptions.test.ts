import { AsyncResource } from "node:async_hooks";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { MCPResource, MCPServer, MCPTool } from "mcp-framework";
import { z } from "zod";
import { getAccessToken, type OAuthAuthProviderOptions } from "../../src/index.js";
import { freePort } from "../support/free-port.js";
import { type TransportName } from "../support/mcp-server.js";
import { RESOURCE, startProtected, type ProtectedServer } from "../support/protected.js";
import { RawSession } from "../support/raw-session.js";
import { requirement } from "../support/requirement.js";
import { fakeProvider } from "../support/fake-protection.js";
import { bearer, mcpRequest } from "../support/mcp-request.js";

/* Who hears of what: resource updates, and what the server announces. */

const NOTES = "notes://all";
const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream", "sse"];

/** What the resource was told, and by whom. */
let told: string[] = [];
let refuseSubscription = false;
/** Runs as a watcher that `subscribe()` has started would. */
let asWatcher: ((work: () => unknown) => unknown) | undefined;

class Notes extends MCPResource {
  override uri = NOTES;
  override name = "notes";
  override async read() {
    return [{ uri: NOTES, text: "secret" }];
  }
  override async subscribe(): Promise<void> {
    told.push(`subscribe ${getAccessToken()?.subject}`);
    if (refuseSubscription) throw new Error("not you");
    asWatcher ??= AsyncResource.bind((work: () => unknown) => work());
  }
  override async unsubscribe(): Promise<void> {
    told.push(`unsubscribe ${getAccessToken()?.subject}`);
  }
}

class Write extends MCPTool {
  name = "write";
  description = "Changes the notes";
  schema = z.object({});
  async execute(): Promise<string> {
    await updated(0);
    return "written";
  }
}

let server: ProtectedServer;
const opened: RawSession[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.hangUp()));
  await server.close();
  told = [];
  refuseSubscription = false;
  asWatcher = undefined;
});

async function start(
  transport: TransportName = "http-stream batch",
  options: Partial<OAuthAuthProviderOptions> = {},
  beside: object[] = [],
): Promise<void> {
  server = await startProtected({
    transport,
    options: { scopes: { operations: { "resources/read": ["notes:read"] } }, ...options },
    server: { tools: [Write], resources: [Notes], server: { logging: true }, beside },
  });
}

const token = (sub: string, claims: object = {}): Promise<string> =>
  server.issuer.sign({ sub, scope: "notes:read", ...claims });

async function open(bearer?: string, at: Pick<ProtectedServer, "url" | "origin"> = server) {
  const session = await RawSession.open(at as ProtectedServer, bearer);
  opened.push(session);
  return session;
}

/** The server's author says that the notes have changed, for the `n`th time. */
const updated = (n: number): Promise<void> =>
  author().sendResourceUpdated({ uri: NOTES, _meta: { n } });

/** The SDK's server, as mcp-framework's server has it here and now. */
const author = (): Server => (server.server as unknown as { server: Server }).server;

/** Which of those changes the session has heard of, once it has heard of the last. */
async function heardUntil(session: RawSession, last: number): Promise<number[]> {
  await session.hears(({ params }) => params?._meta?.n === last);
  return updatesOf(session);
}
const updatesOf = (session: RawSession): number[] =>
  session.notifications
    .filter(({ method }) => method === "notifications/resources/updated")
    .map(({ params }) => params._meta.n);

/** Waits until everything that was said to these sessions has arrived. */
async function settled(...sessions: RawSession[]): Promise<void> {
  const marks = (session: RawSession): number =>
    session.notifications.filter(({ method }) => method === "notifications/tools/list_changed")
      .length;
  const before = sessions.map(marks);
  await author().sendToolListChanged();
  await Promise.all(
    sessions.map((session, index) => session.hears(() => marks(session) > before[index]!)),
  );
}

const WATCH = ["resources/subscribe", { uri: NOTES }] as const;
const subscribe = async (session: RawSession, bearer?: string) =>
  session.ask(WATCH[0], bearer, WATCH[1]);
const unsubscribe = async (session: RawSession, bearer?: string) =>
  session.ask("resources/unsubscribe", bearer, WATCH[1]);

describe.each(TRANSPORTS)("a resource update on %s", (transport) => {
  requirement("mcp-handles", "goes to the sessions that subscribed, and to no other", async () => {
    await start(transport);
    const [alice, bob] = [await token("alice"), await token("bob")];
    const [hers, herOther, his] = [await open(alice), await open(alice), await open(bob)];
    expect((await subscribe(hers, alice)).result).toEqual({});
    await updated(1);
    expect(await heardUntil(hers, 1)).toEqual([1]);
    await settled(hers, herOther, his);
    expect([updatesOf(herOther), updatesOf(his)]).toEqual([[], []]);
  });

  it("caused by another client's call goes to subscribers, and not to the caller", async () => {
    await start(transport);
    const [alice, bob] = [await token("alice"), await token("bob")];
    const [hers, his] = [await open(alice), await open(bob)];
    await subscribe(hers, alice);
    const called = await his.ask("tools/call", bob, { name: "write", arguments: {} });
    expect(JSON.stringify(called.result)).toContain("written");
    expect(await heardUntil(hers, 0)).toEqual([0]);
    await settled(hers, his);
    expect(updatesOf(his)).toEqual([]);
  });

  it("is not heard by a session whose token may not read the resource any more", async () => {
    await start(transport);
    const [wide, narrow] = [await token("alice"), await token("alice", { scope: "other" })];
    const session = await open(wide);
    await subscribe(session, wide);
    await session.ask("ping", narrow);
    await updated(1);
    await session.ask("ping", wide);
    await updated(2);
    expect(await heardUntil(session, 2)).toEqual([2]);
  });

  it("is not heard with a token that has expired", async () => {
    await start(transport);
    const session = await open(await token("alice"));
    await subscribe(session, await token("alice"));
    server.clock.advance(100_000);
    await updated(1);
    await session.ask("ping", await token("alice"));
    await updated(2);
    expect(await heardUntil(session, 2)).toEqual([2]);
  });

  it("is not heard with a token that was revoked; an HTTP Stream session goes on", async () => {
    await start(transport);
    const [one, two] = [await token("alice", { jti: "one" }), await token("alice", { jti: "two" })];
    const session = await open(one);
    await subscribe(session, two);
    await server.provider.revoke({ jti: "two", until: server.clock() + 3_600 });
    await updated(1);
    await session.ended;
    expect(session.notifications).toEqual([]);
    expect(await session.status("ping", one)).toBe(transport === "sse" ? 404 : 200);
  });

  it("is heard no more after unsubscribing", async () => {
    await start(transport);
    const alice = await token("alice");
    const session = await open(alice);
    await subscribe(session, alice);
    await unsubscribe(session, alice);
    await updated(1);
    await settled(session);
    expect(updatesOf(session)).toEqual([]);
  });
});

describe("a subscription", () => {
  it("is decided for its own principal, with the rule for subscribing", async () => {
    const asked: unknown[] = [];
    await start("http-stream batch", {
      scopes: {
        authorize: ({ subject }, operation) => {
          const { isListing, method, target } = operation;
          if (isListing) asked.push([subject, method, target?.name, getAccessToken()?.subject]);
          return subject !== "carol" || isListing !== true;
        },
      },
    });
    const [alice, bob, carol] = [await token("alice"), await token("bob"), await token("carol")];
    const [hers, his, carols] = [await open(alice), await open(bob), await open(carol)];
    await subscribe(hers, alice);
    await subscribe(carols, carol);
    await his.ask("tools/call", bob, { name: "write", arguments: {} });
    expect(await heardUntil(hers, 0)).toEqual([0]);
    expect(asked).toEqual([
      ["alice", "resources/subscribe", NOTES, undefined],
      ["carol", "resources/subscribe", NOTES, undefined],
    ]);
    expect((await carols.ask("ping", carol)).result).toEqual({});
    expect(updatesOf(carols)).toEqual([]);
  });

  requirement("mcp-handles", "needs what reading the resource needs", async () => {
    await start();
    const mallory = await token("mallory", { scope: "other" });
    const session = await open(mallory);
    expect(await session.status(WATCH[0], mallory, WATCH[1])).toBe(403);
    expect(told).toEqual([]);
  });

  requirement("mcp-handles", "cannot be ended by another client", async () => {
    await start();
    const [alice, bob] = [await token("alice"), await token("bob")];
    const [hers, his] = [await open(alice), await open(bob)];
    await subscribe(hers, alice);
    // Another session, without and with its own subscription.
    expect((await unsubscribe(his, bob)).result).toEqual({});
    await subscribe(his, bob);
    await unsubscribe(his, bob);
    expect(told).toEqual(["subscribe alice", "subscribe bob"]);
    await updated(1);
    expect(await heardUntil(hers, 1)).toEqual([1]);
    await unsubscribe(hers, alice);
    expect(told.at(-1)).toBe("unsubscribe undefined");
  });

  it("that the resource refuses does not exist", async () => {
    await start();
    const alice = await token("alice");
    const session = await open(alice);
    refuseSubscription = true;
    expect((await subscribe(session, alice)).error?.message).toMatch(/not you/);
    await updated(1);
    await settled(session);
    expect([updatesOf(session), told]).toEqual([[], ["subscribe alice"]]);
  });

  it("ends with the session, and the last one tells the resource", async () => {
    await start();
    const [alice, bob] = [await token("alice"), await token("bob")];
    const [hers, his] = [await open(alice), await open(bob)];
    await subscribe(hers, alice);
    await subscribe(his, bob);
    await hers.end(alice);
    await updated(1);
    expect(await heardUntil(his, 1)).toEqual([1]);
    expect(told).not.toContain("unsubscribe undefined");
    await his.end(bob);
    // Not in Bob's name: others had subscribed as well.
    expect(told.at(-1)).toBe("unsubscribe undefined");
  });

  it("outlives the session that the resource's watcher was started in", async () => {
    await start();
    const [alice, bob] = [await token("alice"), await token("bob")];
    const [hers, his] = [await open(alice), await open(bob)];
    await subscribe(hers, alice);
    await subscribe(his, bob);
    await hers.end(alice);
    await asWatcher!(() => updated(1));
    expect(await heardUntil(his, 1)).toEqual([1]);
  });

  it("hears what happens in calls on another transport of the server", async () => {
    const port = await freePort();
    const { provider } = fakeProvider({ carol: {} });
    await start("http-stream batch", {}, [
      { type: "sse", options: { port, host: "127.0.0.1", auth: { provider } } },
    ]);
    const origin = `http://127.0.0.1:${port}`;
    const alice = await token("alice");
    const hers = await open(alice);
    const carol = await open("carol", { origin, url: `${origin}/sse` });
    await subscribe(hers, alice);
    await subscribe(carol, "carol");
    await hers.ask("tools/call", alice, { name: "write", arguments: {} });
    expect([await heardUntil(hers, 0), await heardUntil(carol, 0)]).toEqual([[0], [0]]);
  });

  it("needs a session: serverless says so and leaves the resource alone", async () => {
    await start();
    const instance = new MCPServer({
      name: "t",
      version: "1",
      basePath: "/nonexistent",
      auth: { provider: server.provider },
    });
    instance.addResource(Notes as never);
    // mcp-framework cannot make a session's server without a tool.
    instance.addTool(Write as never);
    const response = await instance.handleRequest(
      new Request(
        RESOURCE,
        mcpRequest(
          { jsonrpc: "2.0", id: 1, method: WATCH[0], params: WATCH[1] },
          bearer(await token("alice")),
        ),
      ),
    );
    const text = await response.text();
    expect(JSON.parse(text).error.message).toMatch(/needs a session/);
    expect(told).toEqual([]);
  });
});

describe("on a server with a public part", () => {
  const scopes = {
    required: ["notes:read"],
    anonymous: { methods: ["resources/subscribe"], resources: [NOTES] },
  };

  it("anonymous clients are notified of public resources, and of no others", async () => {
    await start("sse", { scopes });
    const alice = await token("alice");
    const [stranger, hers] = [await open(), await open(alice)];
    expect((await subscribe(stranger)).result).toEqual({});
    await server.server.sendLog("error", "server", "the database says: secret");
    await hers.hears(({ method }) => method === "notifications/message");
    await updated(1);
    expect(await heardUntil(stranger, 1)).toEqual([1]);
    expect(stranger.notifications.map(({ method }) => method)).toEqual([
      "notifications/resources/updated",
    ]);
  });
});
