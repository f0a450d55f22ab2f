import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives the run a temporary folder of its own, for its processes as well. */
export default function beginRun() {
  const folder = mkdtempSync(join(tmpdir(), "mcp-framework-oauth-tests-"));
  globalThis.temporaryFolderBefore = process.env.TMPDIR;
  globalThis.temporaryFolderOfRun = folder;
  process.env.TMPDIR = folder;
}
