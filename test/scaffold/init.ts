import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { freeUrl, startIssuer, startProject } from "./support/project.js";
import { connectWithOAuth, withoutPerson } from "./support/sdk-flow.js";
import { outcome, type Workshop } from "./support/workshop.js";

const SLOW = 120_000;

/** Projects as the framework's own command makes them, before and after `mcp-oauth init`. */
export function initTests(workshop: Workshop): void {
  async function frameworkProject(...flags: string[]): Promise<string> {
    const folder = workshop.folder();
    const mcp = join(workshop.home, "node_modules/mcp-framework/dist/cli/index.js");
    const args = [mcp, "create", "demo", ...flags, "--no-install"];
    expect(await outcome(process.execPath, args, folder)).toMatchObject({ status: 0 });
    const project = join(folder, "demo");
    workshop.equip(project);
    return project;
  }
  const compile = (project: string) =>
    outcome(process.execPath, ["node_modules/typescript/bin/tsc"], project);

  describe("mcp-oauth init", () => {
    it(
      "fixes the output of mcp create --oauth: it compiles, and goes from 401 to 200",
      async () => {
        const project = await frameworkProject("--http", "--oauth");
        const before = await compile(project);
        expect(before.status).not.toBe(0);
        expect(before.stdout).toContain("TS2353");

        const first = await workshop.run(["init", "--yes"], project);
        expect(first).toMatchObject({ status: 0, stderr: "" });
        expect(first.stdout).toContain("-          initialize: true,");
        expect(first.stdout).toContain('+import { OAuthAuthProvider } from "mcp-framework-oauth";');
        expect(await compile(project)).toMatchObject({ status: 0, stdout: "" });

        const again = await workshop.run(["init", "--yes"], project);
        expect(again).toMatchObject({ status: 0, stderr: "" });
        expect(again.stdout).toContain("Nothing to do");

        const url = await freeUrl();
        // The port is in the file that the framework writes.
        const index = join(project, "dist/index.js");
        writeFileSync(
          index,
          readFileSync(index, "utf8").replace("port: 8080", `port: ${url.port}`),
        );
        const issuer = await startIssuer({ resource: url.href });
        const server = await startProject(project, url, {
          OAUTH_AUTHORIZATION_SERVER: issuer.issuer,
          OAUTH_ISSUER: issuer.issuer,
          OAUTH_AUDIENCE: url.href,
          OAUTH_JWKS_URI: `${issuer.issuer}/jwks`,
        });
        try {
          const { statuses, client } = await connectWithOAuth(url.href, withoutPerson);
          expect(statuses[0]).toBe(401);
          expect(statuses).toContain(200);
          const { content } = await client.callTool({
            name: "example_tool",
            arguments: { message: "hello" },
          });
          expect(JSON.stringify(content)).toContain("Authenticated as: alice");
          await client.close();
        } finally {
          await server.stop();
          await issuer.close();
        }
      },
      SLOW,
    );

    it(
      "protects a project without authentication",
      async () => {
        const project = await frameworkProject("--http", "--port=8123");
        const source = join(project, "src/index.ts");
        const comment = "// Mine: keep this.\n";
        writeFileSync(source, readFileSync(source, "utf8") + comment);
        expect(await workshop.run(["init", "--yes"], project)).toMatchObject({ status: 0 });
        expect(await compile(project)).toMatchObject({ status: 0, stdout: "" });
        const text = readFileSync(source, "utf8");
        expect(text).toContain("port: 8123");
        expect(text.endsWith(comment)).toBe(true);
        expect((await workshop.run(["init", "--yes"], project)).stdout).toContain("Nothing to do");
      },
      SLOW,
    );

    it("shows the diff and writes nothing without a terminal", async () => {
      const project = await frameworkProject("--http");
      const source = join(project, "src/index.ts");
      copyFileSync(source, `${source}.before`);
      const result = await workshop.run(["init"], project);
      expect(result.status).toBe(2);
      expect(result.stdout).toContain("+++ b/src/index.ts");
      expect(result.stderr).toContain("--yes");
      expect(readFileSync(source, "utf8")).toBe(readFileSync(`${source}.before`, "utf8"));
    });

    it("refuses a server that speaks stdio, and says what to do", async () => {
      const project = await frameworkProject();
      const result = await workshop.run(["init", "--yes"], project);
      expect(result.status).toBe(1);
      expect(result.stderr).toMatch(/stdio.*http-stream/);
    });
  });
}
