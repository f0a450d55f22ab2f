import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

interface Rule {
  readonly rule: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly tests: readonly string[];
}

type Mutant = readonly [file: string, from: string, to: string, tests?: readonly string[]];

const root = new URL("../../", import.meta.url);
const { RULES } = (await import(new URL("test/mutation/rules.mjs", root).href)) as {
  RULES: readonly Rule[];
};
const { MUTANTS, OPERATIONS, TESTS_OF } = (await import(
  new URL("test/mutation/mutants.mjs", root).href
)) as {
  MUTANTS: readonly Mutant[];
  OPERATIONS: readonly Mutant[];
  TESTS_OF: Readonly<Record<string, readonly string[]>>;
};

const sourceOf = (file: string): string => readFileSync(new URL(file, root), "utf8");

describe("the rules that `npm run mutate:rules` breaks", () => {
  it("are there", () => {
    expect(RULES.length).toBeGreaterThan(0);
  });

  it.each(RULES)("apply to one place of the source, and name tests: $rule", (entry) => {
    expect(sourceOf(entry.file).split(entry.from)).toHaveLength(2);
    expect(entry.to).not.toBe(entry.from);
    expect(entry.tests.length).toBeGreaterThan(0);
    for (const test of entry.tests)
      expect([test, existsSync(new URL(test, root))]).toEqual([test, true]);
  });
});

describe("the mutants that `npm run mutate:rules` makes", () => {
  const mutants = [...MUTANTS, ...OPERATIONS];

  it("match exactly one place each", () => {
    expect(MUTANTS.length).toBeGreaterThan(0);
    expect(OPERATIONS.length).toBeGreaterThan(0);
    expect(new Set(mutants.map((mutant) => JSON.stringify(mutant))).size).toBe(mutants.length);
  });

  it.each(mutants)("change one place of the source: %s: %j → %j", (file, from, to) => {
    expect(sourceOf(file).split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  });

  it("name existing tests", () => {
    expect(OPERATIONS.filter(([file, , , tests]) => !(tests ?? TESTS_OF[file]))).toEqual([]);
  });
});
