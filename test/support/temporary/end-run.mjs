import { readdirSync, rmSync } from "node:fs";

/** Caches of tools that the tests start, which the tests need not remove. */
const CACHES = /^(jest_|node-compile-cache|v8-compile-cache|\.org\.chromium|playwright)/;

/** Fails the run if a test left files in the temporary folder. */
export default function endRun() {
  const folder = globalThis.temporaryFolderOfRun;
  if (globalThis.temporaryFolderBefore === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = globalThis.temporaryFolderBefore;
  const left = readdirSync(folder).filter((name) => !CACHES.test(name));
  rmSync(folder, { recursive: true, force: true });
  if (left.length === 0) return;
  throw new Error(
    `The tests left ${left.length} temporary files or folders: ${left.slice(0, 20).join(", ")}. ` +
      "Make them with temporaryFolder() of test/support/temporary/folder.ts.",
  );
}
