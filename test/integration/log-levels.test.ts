import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { MCPTool } from "mcp-framework";
import { z } from "zod";
import type { TransportName } from "../support/mcp-server.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { RawSession } from "../support/raw-session.js";

/* Which log messages reach which session. */

const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream", "sse"];

let server: ProtectedServer;
const opened: RawSession[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.hangUp()));
  await server.close();
});

/** What all sessions of a transport share; code may have kept it from before any call. */
const shared = () =>
  (server.server as unknown as { bindings: { sdkServer: Server }[] }).bindings[0]!.sdkServer;

/** Says the same in the ways that a tool can. */
class Say extends MCPTool {
  name = "say";
  description = "Logs";
  schema = z.object({ level: z.string().describe("How grave it is") });
  async execute({ level }: { level: string }): Promise<string> {
    await this.log(level as "info", `tool ${level}`);
    await server.server.sendLog(level as "info", "say", `server ${level}`);
    await shared().sendLoggingMessage({ level: level as "info", data: `shared ${level}` });
    return "said";
  }
}

async function start(transport: TransportName = "http-stream batch", beside: object[] = []) {
  server = await startProtected({
    transport,
    server: { tools: [Say], server: { logging: true }, beside },
  });
}

async function open(sub: string) {
  const bearer = await server.issuer.sign({ sub });
  const session = await RawSession.open(server, bearer);
  opened.push(session);
  return {
    session,
    setLevel: (level: string) => session.ask("logging/setLevel", bearer, { level }),
    say: (level: string) =>
      session.ask("tools/call", bearer, { name: "say", arguments: { level } }),
    /** What it has heard, once it has heard this. */
    heard: async (last: string): Promise<string[]> => {
      await session.hears(({ params }) => params?.data === last);
      return session.notifications.map(({ params }) => params.data);
    },
  };
}

const announce = (level: "debug" | "info" | "warning" | "error"): Promise<void> =>
  server.server.sendLog(level, "server", `all ${level}`);

describe.each(TRANSPORTS)("the log level on %s", (transport) => {
  it("of one session changes nothing for another", async () => {
    await start(transport);
    const [alice, bob, carol] = [await open("alice"), await open("bob"), await open("carol")];
    expect((await alice.setLevel("debug")).result).toEqual({});
    expect((await bob.setLevel("error")).result).toEqual({});
    for (const level of ["debug", "info", "warning", "error"] as const) await announce(level);
    expect(await alice.heard("all error")).toEqual([
      "all debug",
      "all info",
      "all warning",
      "all error",
    ]);
    expect(await bob.heard("all error")).toEqual(["all error"]);
    // mcp-framework's own threshold applies to sessions that set no level.
    expect(await carol.heard("all error")).toEqual(["all warning", "all error"]);
  });

  it("holds for what the session's own calls say, and only they are heard", async () => {
    await start(transport);
    const [alice, bob] = [await open("alice"), await open("bob")];
    await alice.setLevel("error");
    await bob.setLevel("debug");
    await Promise.all([alice.say("info"), alice.say("critical"), bob.say("debug")]);
    await announce("error");
    expect((await alice.heard("all error")).sort()).toEqual([
      "all error",
      "server critical",
      "shared critical",
      "tool critical",
    ]);
    expect((await bob.heard("all error")).sort()).toEqual([
      "all error",
      "server debug",
      "shared debug",
      "tool debug",
    ]);
  });
});

describe("beside the user of stdio", () => {
  it("a call's log stays in its session, and each has a level of its own", async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const real = { stdin: process.stdin, stdout: process.stdout };
    Object.defineProperty(process, "stdin", { value: input, configurable: true });
    Object.defineProperty(process, "stdout", { value: output, configurable: true });
    try {
      await start("http-stream batch", [{ type: "stdio" }]);
      const lines: any[] = [];
      let wake = (): void => undefined;
      output.on("data", (chunk: Buffer) => {
        for (const line of chunk.toString().split("\n").filter(Boolean)) {
          if (line.startsWith("{")) lines.push(JSON.parse(line));
        }
        wake();
      });
      const stdio = async (id: number, method: string, params: object): Promise<void> => {
        input.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
        while (!lines.some((line) => line.id === id)) {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      };
      const alice = await open("alice");
      await alice.say("error");
      await stdio(1, "logging/setLevel", { level: "info" });
      await announce("debug");
      await announce("info");
      await alice.setLevel("emergency");
      await announce("warning");
      await stdio(2, "ping", {});
      const said = lines.filter(({ method }) => method === "notifications/message");
      expect(said.map(({ params }) => params.data)).toEqual(["all info", "all warning"]);
      await server.server.sendLog("emergency", "server", "last");
      expect((await alice.heard("last")).sort()).toEqual([
        "last",
        "server error",
        "shared error",
        "tool error",
      ]);
    } finally {
      Object.defineProperty(process, "stdin", { value: real.stdin, configurable: true });
      Object.defineProperty(process, "stdout", { value: real.stdout, configurable: true });
    }
  });
});
