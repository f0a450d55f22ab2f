import { existsSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

/** Editors write a file in several steps and save several files together, so changes are debounced. */
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
  // Watches the folder, because most editors replace a file instead of writing into it.
  watchers.push(
    watch(folder, (_, name) => {
      if (name === ".env" || name === "package.json") changed();
    }),
  );
  // A file may vanish between being listed and watched.
  for (const watcher of watchers) watcher.on("error", () => undefined);
  return () => {
    clearTimeout(quiet);
    for (const watcher of watchers) watcher.close();
  };
}
