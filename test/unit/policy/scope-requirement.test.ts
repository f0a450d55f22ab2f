import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConfigurationError } from "../../../src/core/errors.js";
import {
  compileRequirement,
  isDemanding,
  isFulfilled,
  missingScopes,
  namedScopes,
  neededScopes,
  type ScopeRequirement,
  type ScopeTerm,
} from "../../../src/policy/scope-requirement.js";

const compiled = (requirement: ScopeRequirement) => compileRequirement(requirement, "required");
const holding = (...scopes: string[]) => new Set(scopes);

describe("scope requirements", () => {
  const nested: ScopeRequirement = ["a", { anyOf: ["b", { allOf: ["c", "d"] }] }];

  it.each([
    [nested, ["a", "b"], []],
    [nested, ["a", "c", "d"], []],
    [nested, ["a", "c"], ["b"]],
    [nested, ["b"], ["a"]],
    [nested, [], ["a", "b"]],
    [[], [], []],
    [{ allOf: [] }, [], []],
    [{ anyOf: ["a", "b"] }, ["b"], []],
    [{ anyOf: [{ allOf: ["a", "b"] }, "c"] }, ["b"], ["a"]],
    [["a", "a", { allOf: ["a"] }], [], ["a"]],
  ] as [ScopeRequirement, string[], string[]][])(
    "%j with %j lacks %j",
    (requirement, held, missing) => {
      expect(missingScopes(compiled(requirement), holding(...held))).toEqual(missing);
      expect(isFulfilled(compiled(requirement), holding(...held))).toBe(missing.length === 0);
    },
  );

  it("names the way the token is on, else the first", () => {
    expect(neededScopes(compiled(nested), holding("c", "d"))).toEqual(["a", "c", "d"]);
    expect(neededScopes(compiled(nested), holding())).toEqual(["a", "b"]);
    expect(namedScopes(compiled(nested))).toEqual(["a", "b", "c", "d"]);
  });

  it("tells what asks for something from what does not", () => {
    expect([[], { allOf: [] }].some((requirement) => isDemanding(compiled(requirement)))).toBe(
      false,
    );
    expect(isDemanding(compiled({ anyOf: ["a"] }))).toBe(true);
  });

  it.each([
    ["a", "required"],
    [null, "required"],
    [{}, "required"],
    [{ anyOf: [] }, "required"],
    [{ anyOf: "a" }, "required"],
    [{ anyOf: ["a"], allOf: ["b"] }, "required"],
    [{ oneOf: ["a"] }, "required"],
    [["a", ["b"]], "required[1]"],
    [["a", { anyOf: [] }], "required[1]"],
    [["a", { allOf: ["b", "c d"] }], "required[1].allOf[1]"],
    [["a", ""], "required[1]"],
    [["a\\"], "required[0]"],
    [["\u00e9"], "required[0]"],
    [[7], "required[0]"],
    [["offline_access"], "required[0]"],
  ])("refuses %j at %s", (requirement, place) => {
    expect(() => compileRequirement(requirement, "required")).toThrow(ConfigurationError);
    expect(() => compileRequirement(requirement, "required")).toThrow(`${place} must`);
  });

  const scope = fc.constantFrom("a", "b", "c", "d");
  const { term } = fc.letrec<{ term: ScopeTerm }>((tie) => ({
    term: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      scope,
      fc.record({ anyOf: fc.array(tie("term"), { minLength: 1, maxLength: 3 }) }),
      fc.record({ allOf: fc.array(tie("term"), { maxLength: 3 }) }),
    ),
  }));
  const held = fc.array(scope);

  it("is fulfilled by what it says is missing, and by what it says is needed", () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 3 }), held, (terms, scopes) => {
        const requirement = compiled(terms);
        const grant = holding(...scopes);
        const missing = missingScopes(requirement, grant);
        expect(isFulfilled(requirement, holding(...scopes, ...missing))).toBe(true);
        expect(isFulfilled(requirement, holding(...neededScopes(requirement, grant)))).toBe(true);
        expect(missing.length === 0).toBe(isFulfilled(requirement, grant));
        expect(missing.every((one) => !grant.has(one))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("never takes a right away when a scope is added", () => {
    fc.assert(
      fc.property(fc.array(term, { maxLength: 3 }), held, scope, (terms, scopes, added) => {
        const requirement = compiled(terms);
        if (!isFulfilled(requirement, holding(...scopes))) return;
        expect(isFulfilled(requirement, holding(...scopes, added))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
