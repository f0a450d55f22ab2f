import { afterEach, describe, expect } from "@jest/globals";
import { MCPApp } from "mcp-framework";
import { z } from "zod";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { requirement } from "../support/requirement.js";

class Board extends MCPApp {
  name = "board";
  ui = { resourceUri: "ui://board/view", resourceName: "board", resourceDescription: "A board" };
  tools = [
    {
      name: "erase-board",
      description: "Erases the board",
      schema: z.object({}),
      scopes: ["board:write"],
      execute: async () => "erased",
    },
  ];
  getContent() {
    return "<html></html>";
  }
}

let server: ProtectedServer | undefined;
afterEach(() => server?.close());

describe("the tool of an app", () => {
  requirement("mcp-403", "requires its scopes, which mcp-framework drops", async () => {
    server = await startProtected({ server: { apps: [new Board()] } });
    const use = async (scope: string): Promise<number> => {
      const token = await server!.issuer.sign({ scope });
      const opened = await server!.call(token);
      const session = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
      const params = { name: "erase-board", arguments: {} };
      const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
      return (await server!.call(token, { body, headers: session })).status;
    };
    expect(await use("board:read")).toBe(403);
    expect(await use("board:write")).toBe(200);
  });
});
