import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { catalogueIds, requirement } from "../support/requirement.js";
import { REQUIREMENT_IDS, UNPROVEN_IDS } from "./requirement-ids.js";

const tests = new URL("../", import.meta.url);

/** The ids that `requirement(…)` calls of the test files name. */
function idsInTests(): Set<string> {
  const files = readdirSync(tests, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const calls = files.flatMap((name) => [
    ...readFileSync(new URL(name, tests), "utf8").matchAll(
      /\brequirement\(\s*(\[[^\]]*\]|"[^"]*")/g,
    ),
  ]);
  return new Set(
    calls.flatMap(([, ids = ""]) => [...ids.matchAll(/"([^"]+)"/g)].map(([, id = ""]) => id)),
  );
}

describe("the list of requirement ids", () => {
  const ids = catalogueIds();
  const withCatalogue = ids === undefined ? it.skip : it;

  withCatalogue("equals the catalogue (skipped where the catalogue is absent)", () => {
    expect([...REQUIREMENT_IDS].sort()).toEqual([...(ids ?? [])].sort());
  });

  it("has no duplicate", () => {
    expect(new Set(REQUIREMENT_IDS).size).toBe(REQUIREMENT_IDS.length);
  });

  it("has a test for every id but the unproven ones", () => {
    const proven = idsInTests();
    expect(REQUIREMENT_IDS.filter((id) => !proven.has(id))).toEqual([...UNPROVEN_IDS]);
  });

  it("rejects an unknown id in a test", () => {
    expect(() => requirement("jwt-tiem", "has a typo", () => undefined)).toThrow(
      'No requirement has the id "jwt-tiem".',
    );
  });
});
