import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { createProject, freeUrl } from "./support/project.js";
import { asAlice, connectWithOAuth } from "./support/sdk-flow.js";
import { startProcess, type Workshop } from "./support/workshop.js";

const SLOW = 120_000;

export function devTests(workshop: Workshop): void {
  describe("mcp-oauth dev", () => {
    it(
      "serves the project beside an authorization server, starts again on a change, and ends both",
      async () => {
        const project = await createProject(workshop, "jwt");
        const url = await freeUrl();
        const issuer = await freeUrl("");
        const dev = startProcess(
          [workshop.bin, "dev", "--port", url.port, "--issuer-port", issuer.port],
          project,
        );
        try {
          await dev.says("Ready.");
          await dev.says(`serverUrl=${encodeURIComponent(url.href)}`);
          expect(dev.output()).toContain(url.href);
          const first = await connectWithOAuth(url.href, asAlice);
          expect(first.statuses[0]).toBe(401);
          const called = await first.client.callTool({
            name: "example_tool",
            arguments: { message: "hello" },
          });
          expect(JSON.stringify(called.content)).toContain("alice says: hello");
          await first.client.close();

          // A mistake is shown and waited out.
          const tool = join(project, "src/tools/ExampleTool.ts");
          const good = readFileSync(tool, "utf8");
          appendFileSync(tool, "\nconst wrong: number = 'text';\n");
          await dev.says("Waiting for a change.");
          // A new scope is offered at once.
          writeFileSync(tool, good.replaceAll("example:use", "example:speak"));
          await dev.says("example:speak");
          const second = await connectWithOAuth(url.href, asAlice);
          const { tools } = await second.client.listTools();
          expect(tools.map(({ name }) => name)).toEqual(["example_tool"]);
          await second.client.close();
        } finally {
          await dev.stop("SIGINT");
        }
        await expect(fetch(url)).rejects.toThrow();
        await expect(fetch(issuer)).rejects.toThrow();
      },
      SLOW,
    );

    it("says what is missing in a folder that is no project", async () => {
      const result = await workshop.run(["dev"], workshop.folder());
      expect(result.status).toBe(1);
      expect(result.stderr).toContain("no package.json");
    });
  });
}
