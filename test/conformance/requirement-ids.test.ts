import { describe, expect, it } from "@jest/globals";
import { catalogueIds, requirement } from "../support/requirement.js";
import { REQUIREMENT_IDS } from "./requirement-ids.js";

describe("the list of requirement ids", () => {
  const ids = catalogueIds();
  const whereAtHand = ids === undefined ? it.skip : it;

  whereAtHand("is that of ../shared/requirements.md (skipped where that file is absent)", () => {
    expect([...REQUIREMENT_IDS].sort()).toEqual([...(ids ?? [])].sort());
  });

  it("has no id twice", () => {
    expect(new Set(REQUIREMENT_IDS).size).toBe(REQUIREMENT_IDS.length);
  });

  it("keeps a test from naming an unknown id", () => {
    expect(() => requirement("jwt-tiem", "is a slip of the pen", () => undefined)).toThrow(
      'No requirement has the id "jwt-tiem".',
    );
  });
});
