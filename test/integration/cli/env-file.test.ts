import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { asVariables } from "../../../src/cli/explain/as-variables.js";
import { createTestIssuer, type TestIssuerServer } from "../../../src/testing/index.js";
import { runCli } from "../../support/cli.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const RESOURCE = "http://localhost:8080/mcp";
const issuer = createTestIssuer({ resource: RESOURCE });

let folder: string;
let server: TestIssuerServer;
beforeEach(async () => {
  folder = temporaryFolder();
  server = await issuer.listen();
});
afterEach(async () => {
  await server.close();
});

const write = (more: Record<string, string> = {}): void => {
  const variables = {
    OAUTH_RESOURCE: RESOURCE,
    OAUTH_AUTHORIZATION_SERVER: server.url,
    ...more,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  writeFileSync(join(folder, ".env"), `# the server's\n${lines.join("\n")}\n`);
};
const run = (...args: string[]) => runCli([...args, "--env", ".env"], { cwd: folder });

describe("explain --env", () => {
  it("gives the verdict of the server that runs on this file", async () => {
    write();
    expect((await run("explain", await issuer.sign())).stdout).toMatch(/^✓ This server accepts/);
    expect((await run("explain", await issuer.sign({ aud: "x" }))).stdout).toMatch(
      /^✗ This server refuses the token: audience_mismatch/,
    );
  });

  it("says what helps in variables, and in options to those who use options", async () => {
    write();
    const token = await issuer.sign({}, { typ: "JWT" });
    const byVariables = await run("explain", token);
    expect(byVariables.stdout).toContain("or set OAUTH_ALLOW_JWT_TYP for it.");
    const args = ["explain", token, "--issuer", server.url, "--resource", RESOURCE];
    const byOptions = await runCli(args);
    expect(byOptions.stdout).toContain("or set validation.allowJwtTyp for it.");
    // Not every option has a variable.
    expect(asVariables("See validation.algorithms and validation.validate.")).toBe(
      "See OAUTH_ALGORITHMS and validation.validate.",
    );
  });

  it("names the variable that is wrong", async () => {
    write({ OAUTH_RESOURCE: "http://mcp.example.com/mcp" });
    const { status, stderr } = await run("explain", await issuer.sign());
    expect(status).toBe(1);
    expect(stderr).toMatch(/https.*OAUTH_RESOURCE|OAUTH_RESOURCE.*https/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("does not take --issuer besides", async () => {
    write();
    expect((await run("explain", "x", "--issuer", server.url)).status).toBe(2);
  });
});

describe("doctor --env", () => {
  it("checks the configuration and what it will ask later", async () => {
    write();
    const { status, stdout } = await run("doctor");
    expect(status).toBe(0);
    expect(stdout).toMatch(/✓ The configuration is complete and consistent/);
    expect(stdout).toMatch(/✓ It publishes a key set/);
    expect(stdout).not.toMatch(/✗/);
  });

  it.each([
    [{ OAUTH_RESOURCE: "" }, /OAUTH_RESOURCE/],
    [
      { OAUTH_AUTHORIZATION_SERVER: "https://your-tenant.auth0.com/" },
      /OAUTH_AUTHORIZATION_SERVER/,
    ],
    [{ OAUTH_SCOPES: "notes:use" }, /OAUTH_SCOPES/],
  ])("says ✗ to %j, and which variable it is", async (more, name) => {
    write(more);
    const { status, stdout } = await run("doctor");
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ The configuration is complete and consistent/);
    expect(stdout).toMatch(name);
  });

  it("lists the scopes that operations require, and what each scope opens", async () => {
    write({ OAUTH_REQUIRED_SCOPES: "notes:read,notes:use" });
    const { stdout } = await run("doctor");
    expect(stdout).toMatch(/notes:read and notes:use +initialize, ping, .*tools\/call/);
    expect(stdout).toMatch(/notes:use +everything/);
    const report = JSON.parse((await run("doctor", "--json")).stdout);
    expect(report.requirements.operations).toContainEqual({
      method: "tools/list",
      isPublic: false,
      scopes: ["notes:read", "notes:use"],
    });
  });

  it("says ✗ when the issuer is away", async () => {
    write();
    server.down();
    const { status, stdout } = await run("doctor");
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ Its metadata is found/);
  });

  it.each([
    [["doctor"], /nothing to check/],
    [["doctor", "--url", "http://localhost:1/mcp", "--env", ".env"], /two different checks/],
    [["doctor", "--env", ".env", "--client", "claude"], /--client needs --url/],
    [["doctor", "--env", "missing"], /missing cannot be read/],
    [["doctor", "--url", "mcp.example.com"], /not an absolute URL/],
    [["doctor", "--url", "https://user:secret@h/mcp"], /contains credentials/],
  ])("answers %j with status 2", async (args, message) => {
    write();
    const { status, stderr } = await runCli(args, { cwd: folder });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("secret");
  });
});
