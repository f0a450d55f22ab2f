import { afterEach, describe, expect, it } from "@jest/globals";
import { MCPTool } from "mcp-framework";
import { z } from "zod";
import { startProtected, type ProtectedServer } from "../support/protected.js";

/* What operations require, and what a tool's own class decides. */

class DeleteFile extends MCPTool {
  name = "delete-file";
  description = "Deletes a file";
  scopes = ["files:write"];
  schema = z.object({});
  override execute(): Promise<string> {
    return Promise.resolve("gone");
  }
}

let server: ProtectedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
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
