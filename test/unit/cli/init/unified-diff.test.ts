import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { unifiedDiff } from "../../../../src/cli/init/unified-diff.js";

describe("a unified diff", () => {
  it("is empty for equal texts", () => {
    expect(unifiedDiff("a.txt", "same\n", "same\n")).toBe("");
  });

  it("shows three lines around a change", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
    expect(unifiedDiff("a.txt", before, before.replace("5", "five"))).toBe(
      "--- a/a.txt\n+++ b/a.txt\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8",
    );
  });

  it("gives changes that lie far apart hunks of their own", () => {
    const before = Array.from({ length: 30 }, (_, index) => `${index}\n`).join("");
    const after = before.replace("2\n", "two\n").replace("27\n", "");
    expect(unifiedDiff("a.txt", before, after).match(/^@@/gm)).toHaveLength(2);
  });

  it("names /dev/null for a new file", () => {
    expect(unifiedDiff("a.txt", undefined, "new\n")).toBe(
      "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1,1 @@\n+new",
    );
  });

  it("says that a last line has no end", () => {
    expect(unifiedDiff("a.txt", "x", "x\n")).toContain("\\ No newline at end of file");
  });

  it("leads from the old text to the new one, for any two texts", () => {
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d", ""), { maxLength: 25 });
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const [before, after] = [a, b].map((some) => some.map((line) => `${line}\n`).join(""));
        expect(applied(before!, unifiedDiff("f", before, after!))).toBe(after);
      }),
    );
  });
});

/** What `patch` does; it insists on the lines that the diff says are there. */
function applied(before: string, diff: string): string {
  if (diff === "") return before;
  const old = before.split("\n").slice(0, -1);
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split("\n").slice(2)) {
    const hunk = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === "0" ? 0 : 1);
      result.push(...old.slice(at, start));
      at = start;
    } else if (line.startsWith("+")) {
      result.push(line.slice(1));
    } else {
      expect(old[at]).toBe(line.slice(1));
      if (line.startsWith(" ")) result.push(line.slice(1));
      at += 1;
    }
  }
  return [...result, ...old.slice(at)].map((line) => `${line}\n`).join("");
}
