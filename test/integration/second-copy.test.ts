import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { logger, type MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "../../src/index.js";
import { createTestIssuer } from "../../src/testing/index.js";
import { freePort } from "../support/free-port.js";
import { WhoAmI } from "../support/tools.js";
import { temporaryFolder } from "../support/temporary/folder.js";
import { INITIALIZE } from "../support/initialize.js";
import { bearer, post } from "../support/mcp-request.js";
import { eventually } from "../support/eventually.js";

/*
 * This package does not patch a second copy of mcp-framework in node_modules: no
 * guard, no isolation. It must refuse every request.
 */

const modules = join(import.meta.dirname, "../../node_modules");
const home = temporaryFolder();

async function secondFramework(): Promise<{ MCPServer: typeof MCPServer }> {
  const copy = join(home, "node_modules");
  mkdirSync(copy);
  for (const name of readdirSync(modules)) {
    if (name !== "mcp-framework") symlinkSync(join(modules, name), join(copy, name));
  }
  cpSync(join(modules, "mcp-framework"), join(copy, "mcp-framework"), { recursive: true });
  const entry = pathToFileURL(join(copy, "mcp-framework/dist/index.js")).href;
  return (await import(entry)) as { MCPServer: typeof MCPServer };
}

describe("a second copy of mcp-framework", () => {
  it("refuses every request to a transport with this provider, and logs the reason", async () => {
    const issuer = createTestIssuer({ resource: "http://127.0.0.1:8080/mcp" });
    const authority = await issuer.listen();
    const said: string[] = [];
    logger.error = (line) => said.push(line);
    const provider = new OAuthAuthProvider({
      resource: "http://127.0.0.1:8080/mcp",
      authorizationServers: [issuer.issuer],
      verifyAtStart: "off",
    });
    const { MCPServer: Second } = await secondFramework();
    const port = await freePort();
    const server = new Second({
      name: "second",
      version: "1",
      basePath: home,
      transport: { type: "http-stream", options: { port, auth: { provider } } },
    });
    server.addTool(WhoAmI as never);
    void server.start();
    const url = `http://127.0.0.1:${port}/mcp`;
    const call = async (): Promise<Response> => post(url, INITIALIZE, bearer(await issuer.sign()));
    const response = await eventually(call);
    expect(response.status).toBe(401);
    expect(said.join()).toContain("second copy of mcp-framework");
    // A bare call of authenticate() accepts the same token.
    const bare = await provider.authenticate({
      method: "POST",
      url: "/mcp",
      headers: { authorization: `Bearer ${await issuer.sign()}` },
      rawHeaders: [],
      socket: {},
    } as never);
    expect(bare).toMatchObject({ data: { sub: "user-1" } });
    await server.stop();
    await authority.close();
  });
});
