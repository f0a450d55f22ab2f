import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { runCli } from "../../../support/cli.js";
import { temporaryFolder } from "../../../support/temporary/folder.js";

const ID = "https://app.example.com/oauth-client.json";
const CREATE = [
  ...["cimd", "create", "--client-id", ID, "--name", "Notes app"],
  ...["--redirect-uri", "http://127.0.0.1/callback", "https://app.example.com/callback"],
];

const open: { close(): void }[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  open.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/client.json`;
}

describe("mcp-oauth cimd create", () => {
  it("prints a document that validate accepts", async () => {
    const { status, stdout, stderr } = await runCli(CREATE);
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual({
      client_id: ID,
      client_name: "Notes app",
      redirect_uris: ["http://127.0.0.1/callback", "https://app.example.com/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    });
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "client.json"), stdout);
    const validated = await runCli(["cimd", "validate", "client.json"], { cwd });
    expect([validated.status, validated.stdout]).toEqual([
      0,
      `✓ ${ID} can be used as a client id.\n`,
    ]);
  });

  it("names the keys of a client that authenticates", async () => {
    const { stdout } = await runCli([...CREATE, "--jwks-uri", "https://app.example.com/jwks"]);
    expect(JSON.parse(stdout)).toMatchObject({
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: "https://app.example.com/jwks",
    });
  });

  it("writes a new file, and overwrites one only with --force", async () => {
    const cwd = temporaryFolder();
    const file = join(cwd, "client.json");
    expect((await runCli([...CREATE, "--out", "client.json"], { cwd })).status).toBe(0);
    writeFileSync(file, "mine");
    const refused = await runCli([...CREATE, "--out", "client.json"], { cwd });
    expect([refused.status, readFileSync(file, "utf8")]).toEqual([1, "mine"]);
    expect(refused.stderr).toContain("--force");
    await runCli([...CREATE, "--out", "client.json", "--force"], { cwd });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ client_id: ID });
  });

  it.each<[string, string[], RegExp]>([
    ["nothing", ["cimd", "create"], /needs --client-id, --name and --redirect-uri/],
    [
      "a client id over plain http",
      CREATE.map((a) => (a === ID ? "http://a.example/c" : a)),
      /https/,
    ],
    [
      "a redirect to plain http",
      [...CREATE.slice(0, 7), "http://app.example.com/cb"],
      /plain http on another host/,
    ],
  ])("refuses %s", async (_name, args, message) => {
    const { status, stdout, stderr } = await runCli(args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});

describe("mcp-oauth cimd validate", () => {
  const good = {
    client_id: ID,
    client_name: "Notes",
    redirect_uris: ["https://app.example.com/cb"],
  };

  it("reports each finding of a file with its fix, and fails", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "c.json"), JSON.stringify({ ...good, client_secret: "hunter2" }));
    const { status, stdout } = await runCli(["cimd", "validate", "c.json"], { cwd });
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ secret: The document has client_secret\.\n {2}fix: Remove it/);
    expect(stdout).toMatch(/! auth-method-default:/);
    expect(stdout).not.toContain("hunter2");
  });

  it("prints JSON for scripts, without obeying what the document says", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "c.json"), JSON.stringify({ ...good, client_id: "\u001b[2J" }));
    const args = ["cimd", "validate", "c.json", "--client-id", ID, "--json"];
    const { status, stdout } = await runCli(args, { cwd });
    expect(status).toBe(1);
    expect(stdout).not.toContain("\u001b");
    const report = JSON.parse(stdout) as { valid: boolean; findings: { rule: string }[] };
    expect(report).toMatchObject({ valid: false, clientId: ID });
    expect(report.findings.map(({ rule }) => rule)).toEqual(["client_id", "auth-method-default"]);
  });

  it("says that a large document is one, and what is not JSON", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "c.json"), JSON.stringify({ ...good, x: "x".repeat(6_000) }));
    const large = await runCli(["cimd", "validate", "c.json"], { cwd });
    expect([large.status, large.stdout]).toEqual([0, expect.stringContaining("! size: ")]);
    writeFileSync(join(cwd, "c.json"), "{");
    const broken = await runCli(["cimd", "validate", "c.json", "--client-id", ID], { cwd });
    expect([broken.status, broken.stdout]).toEqual([1, expect.stringContaining("✗ json: ")]);
  });

  it.each<[string, RequestListener, string, RegExp]>([
    ["a redirect", (_, res) => res.writeHead(302, { Location: ID }).end(), "served", /redirect/],
    ["an error", (_, res) => res.writeHead(404).end("{}"), "served", /status 404/],
    [
      "another content type",
      (_, res) => res.writeHead(200, { "Content-Type": "text/html" }).end("{}"),
      "content-type",
      /text\/html/,
    ],
  ])("fetches a URL, and refuses %s", async (_name, listener, rule, detail) => {
    const url = await serve(listener);
    const { status, stdout } = await runCli(["cimd", "validate", url, "--json"]);
    expect(status).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; detail: string }[] };
    expect(findings.find((finding) => finding.rule === rule)?.detail).toMatch(detail);
  });

  it("compares the client id with the URL that it fetched", async () => {
    const url = await serve((_, res) =>
      res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(good)),
    );
    const { stdout } = await runCli(["cimd", "validate", url]);
    expect(stdout).toContain(`client_id is ${ID}, and the URL is ${url}.`);
  });

  it("calls no private address, as no authorization server would", async () => {
    const { status, stdout } = await runCli(["cimd", "validate", "https://10.0.0.1/client.json"]);
    expect([status, stdout]).toEqual([1, expect.stringContaining("10.0.0.1 is refused")]);
  });

  it.each<[string, string[], RegExp]>([
    ["no document", ["cimd", "validate"], /needs a URL or a file/],
    ["a missing file", ["cimd", "validate", "none.json"], /cannot be read/],
    ["another action", ["cimd", "delete"], /create, validate/],
  ])("refuses %s", async (_name, args, message) => {
    const { status, stderr } = await runCli(args, { cwd: temporaryFolder() });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });
});
