import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../src/index.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { requirement } from "../support/requirement.js";
import { blocksOf, runSnippet } from "../support/run-snippet.js";
import { WhoAmI } from "../support/tools.js";

const PAGE = "docs/reference/metadata.md";
const page = readFileSync(new URL(`../../${PAGE}`, import.meta.url), "utf8");
const [snippet = ""] = blocksOf(PAGE, "ts");
const document = JSON.parse(blocksOf(PAGE, "json")[0] ?? "") as Record<string, unknown>;

let running: RunningServer | undefined;
afterEach(() => running?.close());

/** Publishes the metadata of the page's options, as changed. */
async function serve(changes: Partial<OAuthAuthProviderOptions> = {}): Promise<string> {
  class Provider extends OAuthAuthProvider {
    constructor(options: OAuthAuthProviderOptions) {
      super({ ...options, verifyAtStart: "off", audit: () => undefined, ...changes });
    }
  }
  const code = `const provider = ${snippet}`;
  const provider = (await runSnippet(code, { OAuthAuthProvider: Provider }, "provider")) as object;
  running = await startServer({ transport: "http-stream batch", provider, tools: [WhoAmI] });
  return running.origin;
}

async function read(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as Record<string, unknown>;
}

/** The first column of the table below a heading. */
const column = (heading: string) =>
  [...(page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "").matchAll(/^\| `([^`]+)` /gm)].map(
    ([, name]) => name ?? "",
  );

describe(PAGE, () => {
  requirement("prm-members", "shows the document that the server publishes", async () => {
    const origin = await serve();
    const published = await read(`${origin}/.well-known/oauth-protected-resource/mcp`);
    expect(published).toEqual(document);
  });

  it("explains every member that a server can publish, and no other", async () => {
    const origin = await serve({ dpop: "required", mtls: {} });
    const published = await read(`${origin}/.well-known/oauth-protected-resource/mcp`);
    expect(column("Members").sort()).toEqual(Object.keys(published).sort());
  });

  it("lists the paths at which the document is served", async () => {
    const origin = await serve();
    const paths = [...column("Where it is served").slice(0, 2), "/.well-known/resource-server"];
    for (const path of paths) {
      expect(path).toMatch(/^\/\.well-known\//);
      expect(await read(origin + path)).toEqual(document);
      expect((await fetch(`${origin}${path}?a=b`, { method: "DELETE" })).status).toBe(405);
    }
    const response = await fetch(origin + (paths[0] ?? ""));
    expect(response.headers.get("cache-control")).toBe("public, max-age=3600");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("serves the document at the path that OAUTH_METADATA_ALIASES names", async () => {
    const alias = "/.well-known/resource-server";
    const origins = [{}, { OAUTH_METADATA_ALIASES: alias }].map(async (variables) => {
      const provider = OAuthAuthProvider.fromEnv({
        OAUTH_RESOURCE: "https://mcp.example.com/mcp",
        OAUTH_AUTHORIZATION_SERVER: "https://auth.example.com",
        OAUTH_VERIFY_AT_START: "off",
        ...variables,
      });
      return startServer({ transport: "http-stream batch", provider, tools: [WhoAmI] });
    });
    const [without, withAlias] = await Promise.all(origins);
    running = withAlias;
    expect((await fetch(`${without?.origin}${alias}`)).status).toBe(404);
    await without?.close();
    expect(await read(`${withAlias?.origin}${alias}`)).toMatchObject({
      resource: "https://mcp.example.com/mcp",
      authorization_servers: ["https://auth.example.com"],
    });
  });

  it("shows the challenge that the server sends", async () => {
    const origin = await serve({ dpop: "off" });
    const response = await fetch(`${origin}/mcp`, { method: "POST" });
    const [shown] = blocksOf(PAGE, "text");
    expect(`WWW-Authenticate: ${response.headers.get("www-authenticate")}\n`).toBe(shown);
  });
});
