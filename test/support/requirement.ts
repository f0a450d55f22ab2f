import { existsSync, readFileSync } from "node:fs";
import { it } from "@jest/globals";
import { REQUIREMENT_IDS } from "../conformance/requirement-ids.js";

const catalogue = new URL("../../../shared/requirements.md", import.meta.url);

/** The ids of the requirement catalogue, or `undefined` if it is not available. */
export function catalogueIds(): string[] | undefined {
  if (!existsSync(catalogue)) return undefined;
  const rows = readFileSync(catalogue, "utf8").matchAll(/^\| ([a-z0-9-]+) \|/gm);
  return [...rows].map(([, id]) => id ?? "").filter((id) => id !== "id");
}

const known: ReadonlySet<string> = new Set(catalogueIds() ?? REQUIREMENT_IDS);

/**
 * A test that proves a requirement. An id that is not in the catalogue fails the
 * test file.
 */
export function requirement(
  id: string | readonly string[],
  sentence: string,
  prove: () => void | Promise<void>,
): void {
  const ids = typeof id === "string" ? [id] : id;
  for (const name of ids) {
    if (!known.has(name)) throw new Error(`No requirement has the id "${name}".`);
  }
  it(`[${ids.join(", ")}] ${sentence}`, prove);
}
