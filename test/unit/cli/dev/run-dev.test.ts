import { readdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { runDev } from "../../../../src/cli/dev/run-dev.js";
import { createIo } from "../../../../src/cli/terminal/io.js";
import { temporaryFolder } from "../../../support/temporary/folder.js";

describe("dev", () => {
  it("does not take a process that already listens on the port for the project's server", async () => {
    const folder = temporaryFolder();
    // A build that leaves a trace: it must not even come to that.
    const build = "node -e \"fs.writeFileSync('built', '')\"";
    const packageJson = JSON.stringify({ name: "demo", scripts: { build } });
    writeFileSync(join(folder, "package.json"), packageJson);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const stream = () => Object.assign(new PassThrough(), { isTTY: false });
    const io = createIo({
      stdin: stream(),
      stdout: stream(),
      stderr: stream(),
      env: process.env,
      cwd: folder,
    });
    try {
      // Stopped as soon as it runs: where the port goes unnoticed, this ends without an error.
      await expect(
        runDev({ port, issuerPort: 9000, watch: false }, io, AbortSignal.abort()),
      ).rejects.toMatchObject({
        message: `Port ${port} is already in use.`,
        cure: "Stop the process that listens on it, or choose another port: mcp-oauth dev --port 3000.",
      });
      expect(readdirSync(folder)).toEqual(["package.json"]);
    } finally {
      other.close();
    }
  });
});
