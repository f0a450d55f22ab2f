import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const root = new URL("../../", import.meta.url);
const model = readFileSync(new URL("docs/explanation/threat-model.md", root), "utf8");
/** The rows below the head and its rule. */
const rows = model
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) => ({
    attack: line.split("|")[1]!.trim(),
    tests: [...line.matchAll(/`(test\/[^`]+\.test\.ts)`: "([^|]+?)"(?=; `| +\|)/g)].map(
      ([, file = "", title = ""]) => ({ file, title }),
    ),
    files: line.match(/`test\//g)?.length ?? 0,
  }));

describe("the threat model", () => {
  it("has the attacks of the issue", () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  it.each(rows)("names tests by their titles: $attack", ({ tests, files }) => {
    expect(tests.length).toBeGreaterThan(0);
    expect(tests).toHaveLength(files);
    for (const { file, title } of tests) {
      const path = new URL(file, root);
      expect([file, existsSync(path)]).toEqual([file, true]);
      // As a whole string: the title of a test or of a group, or the name of a row of a table.
      const source = readFileSync(path, "utf8");
      const isThere = ['"', "'", "`"].some((quote) => source.includes(quote + title + quote));
      expect([file, title, isThere]).toEqual([file, title, true]);
    }
  });
});
