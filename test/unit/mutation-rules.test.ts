import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

interface Rule {
  readonly rule: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

const root = new URL("../../", import.meta.url);
const { RULES } = (await import(new URL("test/mutation/rules.mjs", root).href)) as {
  RULES: readonly Rule[];
};

describe("the rules that `npm run mutate` breaks", () => {
  it("are there", () => {
    expect(RULES.length).toBeGreaterThan(0);
  });

  it.each(RULES)("apply to one place of the source, and name tests: $rule", (entry) => {
    const source = readFileSync(new URL(entry.file, root), "utf8");
    expect(source.split(entry.from)).toHaveLength(2);
    expect(entry.to).not.toBe(entry.from);
    expect(entry.tests.length).toBeGreaterThan(0);
    for (const test of entry.tests)
      expect([test, existsSync(new URL(test, root))]).toEqual([test, true]);
  });
});
