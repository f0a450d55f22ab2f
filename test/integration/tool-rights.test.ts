import { afterEach, describe, expect, it } from "@jest/globals";
import { MCPPrompt, MCPTool } from "mcp-framework";
import { z } from "zod";
import { InsufficientScopeError, OAuthAuthProvider, type AccessToken } from "../../src/index.js";
import { startServer, type ServerSetup, type TransportName } from "../support/mcp-server.js";
import { RESOURCE, startProtected, type ProtectedServer } from "../support/protected.js";
import { RawSession } from "../support/raw-session.js";

/* Requirements of operations, and decisions of a tool's own class. */

class DeleteFile extends MCPTool {
  name = "delete-file";
  description = "Deletes a file";
  scopes = ["files:write"];
  schema = z.object({});
  override execute(): Promise<string> {
    return Promise.resolve("gone");
  }
}

const seen: unknown[] = [];
let ran = 0;

/** Allows users their own folder; the schema transforms the path. */
class ReadFile extends MCPTool {
  name = "read-file";
  description = "Reads a file";
  schema = z.object({
    path: z
      .string()
      .transform((path) => new URL(path, "file:///").pathname)
      .describe("Which file"),
  });
  canUse(token: AccessToken, args?: { path: string }): unknown {
    seen.push(args);
    if (token.claims["answers"] === "throws") throw new Error("broken");
    if (token.claims["answers"] === "truthy") return "yes";
    if (token.claims["answers"] === "scopes") return { scopes: ["files:admin"] };
    if (token.claims["answers"] === "refuses") throw new InsufficientScopeError("custom_no", []);
    return args === undefined || args.path.startsWith(`/home/${token.subject}/`);
  }
  override execute({ path }: { path: string }): Promise<string> {
    ran++;
    return Promise.resolve(path);
  }
}

let server: ProtectedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
  seen.length = 0;
  ran = 0;
});

describe("provider.requirements()", () => {
  it("names the tools of the running server, and what a scope opens", async () => {
    server = await startProtected({
      options: { scopes: { required: ["access"] } },
      server: { tools: [DeleteFile] },
    });
    const { provider } = server;
    const rows = provider.requirements();
    expect(rows.find(({ name }) => name === "delete-file")).toEqual({
      method: "tools/call",
      name: "delete-file",
      isPublic: false,
      scopes: ["access", "files:write"],
    });
    const opened = (scopes: string[]) =>
      provider.requirements(scopes).map(({ method, name }) => name ?? method);
    expect(opened(["access"])).toContain("tools/list");
    expect(opened(["access"])).not.toContain("delete-file");
    expect(opened(["access", "files:write"])).toContain("delete-file");
    expect(opened(["files:write"])).toEqual([]);
  });
});

const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream", "sse"];
const readFile = (path: unknown) => ({ name: "read-file", arguments: { path } });

describe.each(TRANSPORTS)("canUse of a tool, on %s", (transport) => {
  const start = async (scopes = {}) => {
    server = await startProtected({
      transport,
      options: { scopes },
      server: { tools: [ReadFile] },
    });
    return server;
  };
  const open = async (claims: object = {}) => {
    const { issuer } = server ?? (await start());
    const token = await issuer.sign({ sub: "alice", ...claims });
    const session = await RawSession.open(server!, token);
    return {
      session,
      status: (path: unknown) => session.status("tools/call", token, readFile(path)),
      listed: async () => {
        const { result } = await session.ask("tools/list", token);
        return result.tools.map(({ name }: { name: string }) => name);
      },
      call: (path: unknown) => session.ask("tools/call", token, readFile(path)),
      batch: (...paths: unknown[]) =>
        session
          .send(
            paths.map((path, id) => ({
              jsonrpc: "2.0",
              id: id + 1,
              method: "tools/call",
              params: readFile(path),
            })),
            token,
          )
          .then(async (response) => {
            await response.body?.cancel();
            return response.status;
          }),
    };
  };
  const accepted = transport === "sse" ? 202 : 200;

  it("lets the handler run for what it allows, and refuses the rest before the handler", async () => {
    const { status, call } = await open();
    expect((await call("/home/alice/a")).result.isError).toBeUndefined();
    expect(await status("/home/bob/a")).toBe(403);
    expect(ran).toBe(1);
  });

  it("gets the arguments that the handler gets, not the raw ones", async () => {
    const { status } = await open();
    expect(await status("/home/alice/../bob/a")).toBe(403);
    expect(seen).toEqual([{ path: "/home/bob/a" }]);
    expect(ran).toBe(0);
    expect(await status("/home/alice/b/../a")).toBe(accepted);
  });

  it("is not bypassed with arguments that the schema refuses", async () => {
    const { status } = await open();
    expect(await status(7)).toBe(400);
    expect([seen, ran]).toEqual([[], 0]);
  });

  it("refuses a batch in which one call is refused", async () => {
    const { batch } = await open();
    expect(await batch("/home/alice/a", "/home/bob/a")).toBe(403);
    expect(ran).toBe(0);
    // SSE takes no batches.
    const good = transport === "sse" ? 400 : 200;
    expect(await batch("/home/alice/a", "/home/alice/b")).toBe(good);
  });

  it("refuses every result except true, and hides the tool from lists", async () => {
    const statuses = [];
    for (const answers of ["truthy", "scopes", "refuses", "throws"]) {
      const { status, listed } = await open({ answers });
      statuses.push([answers, await status("/home/alice/a"), await listed()]);
    }
    expect(statuses).toEqual([
      ["truthy", 403, []],
      ["scopes", 403, []],
      ["refuses", 403, []],
      ["throws", 503, []],
    ]);
    expect(ran).toBe(0);
    expect(await (await open()).listed()).toEqual(["read-file"]);
  });

  it("allows with scopes that the token has", async () => {
    const { status, listed } = await open({ answers: "scopes", scope: "files:admin" });
    expect([await status("/x"), await listed()]).toEqual([accepted, ["read-file"]]);
  });

  it("makes the tool non-public", async () => {
    await start({ anonymous: { tools: ["read-file", "other"] } });
    const anonymous = await RawSession.open(server!);
    expect(await anonymous.status("tools/call", undefined, readFile("/home/alice/a"))).toBe(401);
    const { result } = await anonymous.ask("tools/list");
    expect([result.tools, ran]).toEqual([[], 0]);
    const { status } = await open();
    expect(await status("/home/alice/a")).toBe(accepted);
  });
});

describe("canUse in the wrong place", () => {
  it("is a start-up error instead of being ignored", async () => {
    class Wrong extends ReadFile {
      override canUse = "yes" as never;
    }
    class Prompt extends MCPPrompt {
      name = "greet";
      description = "Greets";
      schema = {};
      canUse = () => true;
      override generateMessages = () => Promise.resolve([]) as never;
    }
    const start = (what: Pick<ServerSetup, "tools" | "prompts">) =>
      startServer({
        transport: "http-stream batch",
        provider: new OAuthAuthProvider({
          resource: RESOURCE,
          authorizationServers: ["https://auth.example.com"],
          verifyAtStart: "off",
        }),
        ...what,
      });
    await expect(start({ tools: [Wrong] })).rejects.toThrow(/canUse of tool read-file is not a/);
    await expect(start({ tools: [DeleteFile], prompts: [Prompt] })).rejects.toThrow(
      /canUse of prompt greet is never called/,
    );
  });
});
