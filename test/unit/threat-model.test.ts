import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

const root = new URL("../../", import.meta.url);
const model = readFileSync(new URL("docs/explanation/threat-model.md", root), "utf8");
const rows = model
  .split("\n")
  .filter((line) => line.includes("`test/"))
  .map((line) => ({
    file: /`(test\/[^`]+)`/.exec(line)?.[1] ?? "",
    title: /`test\/[^`]+`: "([^"]+)"/.exec(line)?.[1],
  }));

describe("the threat model", () => {
  it("names a test for every attack", () => {
    const attacks = model.split("\n").filter((line) => line.startsWith("| "));
    // All but the head and the rule below it.
    expect(rows).toHaveLength(attacks.length - 2);
  });

  it.each(rows)("names a test that exists: $file $title", ({ file, title }) => {
    const path = new URL(file, root);
    expect([file, existsSync(path)]).toEqual([file, true]);
    if (title !== undefined) expect(readFileSync(path, "utf8")).toContain(title);
  });
});
