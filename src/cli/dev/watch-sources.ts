import { existsSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

/** Editors write a file in several steps, and save several files at once. */
const QUIET_MS = 200;

/**
 * Calls back when something under `src`, `.env` or package.json changed and it
 * has been quiet for a moment. Returns what ends it.
 */
export function watchSources(folder: string, onChange: () => void): () => void {
  let quiet: NodeJS.Timeout | undefined;
  const changed = () => {
    clearTimeout(quiet);
    quiet = setTimeout(onChange, QUIET_MS);
  };
  const watchers: FSWatcher[] = [];
  const src = join(folder, "src");
  if (existsSync(src)) watchers.push(watch(src, { recursive: true }, changed));
  // The folder, not the files: most editors replace a file rather than write into it.
  watchers.push(
    watch(folder, (_, name) => {
      if (name === ".env" || name === "package.json") changed();
    }),
  );
  // A file that vanishes between being listed and watched is no reason to stop.
  for (const watcher of watchers) watcher.on("error", () => undefined);
  return () => {
    clearTimeout(quiet);
    for (const watcher of watchers) watcher.close();
  };
}
