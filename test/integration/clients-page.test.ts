import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import type { AuthorizationServer } from "../../src/authorization-server/index.js";
import { OAuthAuthProvider } from "../../src/index.js";
import { authorizeWithoutBrowser } from "../../src/testing/index.js";
import { describeWith } from "../support/describe-with.js";
import { freePort } from "../support/free-port.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { blocksOf, runSnippet } from "../support/run-snippet.js";
import { WhoAmI } from "../support/tools.js";
import { start } from "./authorization-server/helpers.js";
import { temporaryFolder } from "../support/temporary/folder.js";

const PAGE = "docs/guides/clients.md";

let authority: AuthorizationServer;
let server: RunningServer;
/** Seconds by which the server's clock is ahead; tokens are expired for it until it has said so once. */
let ahead = 0;

beforeAll(async () => {
  const port = await freePort();
  const resource = `http://127.0.0.1:${port}/mcp`;
  authority = await start({
    resources: [{ resource, scopes: { "notes:read": "Read your notes" } }],
    defaultResource: resource,
  });
  const provider = new OAuthAuthProvider({
    resource,
    authorizationServers: [authority.issuer],
    scopes: ["notes:read"],
    verifyAtStart: "off",
    clock: () => Math.floor(Date.now() / 1000) + ahead,
    audit: ({ reason }) => {
      if (reason === "expired") ahead = 0;
    },
  });
  server = await startServer({ transport: "http-stream batch", provider, tools: [WhoAmI], port });
});

afterAll(async () => {
  await server.close();
  await authority.close();
});

/** The code of the page, for the servers of this test. */
const here = (code: string) =>
  code
    .replaceAll("https://mcp.example.com", server.origin)
    .replaceAll("https://auth.example.com", authority.issuer);

describe(`TypeScript of ${PAGE}`, () => {
  it("goes from 401 to a list of tools, and refreshes when the token expires", async () => {
    const [flow = ""] = blocksOf(PAGE, "ts");
    const given = {
      randomUUID,
      once,
      createServer,
      UnauthorizedError,
      Client,
      StreamableHTTPClientTransport,
      console: {
        log: (line: string) =>
          void authorizeWithoutBrowser(line.replace(/^Open /, ""))
            .then((target) => fetch(target))
            .then((page) => page.text()),
      },
    };
    const { client, tools, saved } = (await runSnippet(
      here(flow),
      given,
      "{ client, tools, saved: () => tokens }",
    )) as { client: Client; tools: { name: string }[]; saved: () => OAuthTokens };
    expect(tools.map(({ name }) => name)).toEqual(["whoami"]);

    const before = saved();
    ahead = (before.expires_in ?? 0) + 61;
    const { content } = await client.callTool({ name: "whoami", arguments: {} });
    expect(JSON.stringify(content)).toContain("alice");
    expect(saved().access_token).not.toBe(before.access_token);
    expect(saved().refresh_token).not.toBe(before.refresh_token);
    await client.close();
  });

  it("says what to do about the errors of the transport", async () => {
    const snippet = blocksOf(PAGE, "ts").at(-1) ?? "";
    const code = snippet.replace("export function", "function");
    const whatToDo = (await runSnippet(code, { StreamableHTTPError }, "whatToDo")) as (
      error: unknown,
    ) => string;
    const advice = [403, 404, 429, 503, 400].map((status) =>
      whatToDo(new StreamableHTTPError(status, "refused")),
    );
    expect(advice).toEqual(["ask for more scopes", "new session", "wait", "wait", "give up"]);
    expect(whatToDo(new Error("other"))).toBe("give up");
  });
});

describeWith({ command: "jq" }, `curl of ${PAGE}`, () => {
  it("goes from 401 to a list of tools, and refreshes", async () => {
    const folder = temporaryFolder();
    const script = [
      "set -euo pipefail",
      ...blocksOf(PAGE, "bash").map(here),
      // Once more, with the token that the refresh gave.
      'mcp -H "Mcp-Session-Id: $session" -d \'{ "jsonrpc": "2.0", "id": 3, "method": "ping" }\'',
    ].join("\n");
    const shell = spawn("bash", ["-c", script], { cwd: folder });
    let output = "";
    let errors = "";
    shell.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    shell.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const [, url] = /^Open (\S+)\n/m.exec(text) ?? [];
      if (url === undefined) return;
      void authorizeWithoutBrowser(url).then((target) => {
        shell.stdin.end(`${target.searchParams.get("code")}\n`);
      });
    });
    try {
      const [status] = (await once(shell, "close")) as [number];
      expect({ status, errors }).toEqual({ status: 0, errors: "" });
      expect(output).toMatch(/^WWW-Authenticate: Bearer scope="notes:read", resource_metadata=/im);
      expect(output).toContain(`"resource":"${server.url}"`);
      expect(output).toContain('"name":"whoami"');
      expect(output).toContain('{"result":{},"jsonrpc":"2.0","id":3}');
      expect(readFileSync(join(folder, "headers.txt"), "utf8")).toMatch(/^mcp-session-id: /im);
    } finally {
      shell.kill();
    }
  });
});
