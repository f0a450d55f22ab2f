import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConfigurationError } from "../../../src/core/errors.js";
import {
  checkAuthenticationRequirement,
  isStrongEnough,
  strictest,
} from "../../../src/policy/authentication-strength.js";

const NOW = 1_800_000_000;

describe("isStrongEnough (stepup-auth)", () => {
  it.each([
    [{}, {}, true],
    [{ acr: "gold" }, { acr: ["gold"] }, true],
    [{ acr: "gold" }, { acr: ["silver", "gold"] }, true],
    [{ acr: "bronze" }, { acr: ["silver", "gold"] }, false],
    [{}, { acr: ["gold"] }, false],
    [{ acr: "gold" }, { acr: [] }, false],
    [{ authTime: NOW - 300 }, { maxAge: 300 }, true],
    [{ authTime: NOW - 301 }, { maxAge: 300 }, false],
    [{}, { maxAge: 300 }, false],
    [{ authTime: NOW + 60 }, { maxAge: 300 }, true],
    [{ authTime: NOW + 61 }, { maxAge: 300 }, false],
    [{ authTime: NaN }, { maxAge: 300 }, false],
    [{ acr: "gold", authTime: NOW - 301 }, { acr: ["gold"], maxAge: 300 }, false],
    [{ acr: "bronze", authTime: NOW }, { acr: ["gold"], maxAge: 300 }, false],
  ])("%j for %j: %s", (token, requirement, expected) => {
    expect(isStrongEnough(token, requirement, NOW)).toBe(expected);
  });
});

describe("strictest", () => {
  const requirement = fc.record(
    {
      acr: fc.subarray(["a", "b", "c"], { minLength: 1 }),
      maxAge: fc.integer({ min: 1, max: 9 }),
    },
    { requiredKeys: [] },
  );

  it("is fulfilled exactly by what fulfils both", () => {
    const token = fc.record({
      acr: fc.constantFrom("a", "b", "c", "d"),
      authTime: fc.integer({ min: NOW - 10, max: NOW }),
    });
    fc.assert(
      fc.property(requirement, requirement, token, (a, b, holder) => {
        expect(isStrongEnough(holder, strictest(a, b), NOW)).toBe(
          isStrongEnough(holder, a, NOW) && isStrongEnough(holder, b, NOW),
        );
      }),
    );
  });
});

describe("checkAuthenticationRequirement", () => {
  it.each([
    { acr: [] },
    { acr: ["a b"] },
    { acr: ['a"'] },
    { acr: "gold" as never },
    { maxAge: -1 },
    { maxAge: 0 },
    { maxAge: 1.5 },
    { maxAge: "60" as never },
  ])("refuses %j", (requirement) => {
    expect(() => checkAuthenticationRequirement(requirement, "x")).toThrow(ConfigurationError);
  });

  it("takes urn values and whole seconds", () => {
    const requirement = { acr: ["urn:mace:incommon:iap:silver"], maxAge: 60 };
    expect(checkAuthenticationRequirement(requirement, "x")).toBe(requirement);
  });
});
