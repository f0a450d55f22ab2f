import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Creates a temporary folder for the run and its processes. */
export default function beginRun() {
  const folder = mkdtempSync(join(tmpdir(), "mcp-framework-oauth-tests-"));
  globalThis.temporaryFolderBefore = process.env.TMPDIR;
  globalThis.temporaryFolderOfRun = folder;
  process.env.TMPDIR = folder;
}
