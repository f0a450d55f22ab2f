import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConfigurationError } from "../../../src/core/errors.js";
import { compileNamePattern, compileUriPattern } from "../../../src/policy/rules/pattern.js";
import { RuleSet } from "../../../src/policy/rules/rule-set.js";

const name = (source: string) => compileNamePattern(source, "scopes.tools");
const uri = (source: string) => compileUriPattern(source, "scopes.resources");

describe("compileNamePattern", () => {
  it.each([
    ["delete", "delete", true],
    ["delete", "delete-all", false],
    ["delete", "Delete", false],
    ["delete-*", "delete-", true],
    ["delete-*", "delete-all/now", true],
    ["delete-*", "undelete-all", false],
    ["*-admin", "user-admin", true],
    ["*-admin", "user-admin-", false],
    ["*", "", true],
    ["**", "anything at all", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a*a", "a", false],
    ["{id}", "{id}", true],
    ["{id}", "7", false],
    ["a.c", "abc", false],
    ["delete-*", "d\u0435lete-all", false],
  ])("%s on %s: %s", (pattern, text, expected) => {
    expect(name(pattern).matches(text)).toBe(expected);
  });

  it("agrees with a regular expression", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "\n", "."), maxLength: 12 });
    const pattern = fc.string({
      unit: fc.constantFrom("a", "b", "*", "/", "."),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(pattern, text, (source, value) => {
        const escaped = source.replace(/[.*/]/g, (c) => (c === "*" ? ".*" : `\\${c}`));
        expect(name(source).matches(value)).toBe(new RegExp(`^${escaped}$`, "s").test(value));
      }),
      { numRuns: 5000 },
    );
  });

  it("knows literals and the pattern for everything", () => {
    expect(name("a").isLiteral).toBe(true);
    expect(name("a*").isLiteral).toBe(false);
    expect([name("*"), name("**")].every(({ isCatchAll }) => isCatchAll)).toBe(true);
    expect([name("a*"), name("*a"), name("a")].some(({ isCatchAll }) => isCatchAll)).toBe(false);
  });

  it("refuses an empty, an over-long and an over-wild pattern", () => {
    for (const source of ["", "a".repeat(1025), "a*".repeat(33)]) {
      expect(() => name(source)).toThrow(ConfigurationError);
    }
    expect(() => name("a".repeat(1024))).not.toThrow();
    expect(() => name("a*".repeat(32))).not.toThrow();
  });
});

describe("compileUriPattern", () => {
  it.each([
    ["file://a", "file://a", true],
    ["file://*", "file://a/b", true],
    ["file://**", "file://a/b", true],
    ["file://{name}", "file://a", true],
    ["file://{name}", "file://", true],
    ["file://{name}", "file://a/b", false],
    ["file://{name}/x", "file://a/x", true],
    ["file://{name}/x", "file://a/b/x", false],
    ["file://{+path}", "file://a/b", true],
    ["file://a{?page,size}", "file://a?page=1", true],
    ["file://a{?page,size}", "file://a", true],
    ["{a}-{b}", "x-y-z", true],
    ["{a}-{b}", "x-y/z", false],
    ["{a}/{b}", "x/y", true],
    ["{a}/{b}", "x/y/z", false],
    ["{a}*", "x/y/z", true],
    ["a{b}{c}d", "axd", true],
    ["users://{id}", "users://{userId}", true],
    ["users://{id}", "users://{id}", true],
    ["file://*", "FILE://a", false],
  ])("%s on %s: %s", (pattern, text, expected) => {
    expect(uri(pattern).matches(text)).toBe(expected);
  });

  it("agrees with a regular expression", () => {
    const wildcards = new Map([
      ["*", ".*"],
      ["{x}", "[^/]*"],
      ["{+x}", ".*"],
    ]);
    const part = fc.constantFrom("a", "b", "/", "ab", "a/b", "*", "{x}", "{+x}");
    const text = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 7 }), text, (parts, value) => {
        const expression = parts.map((piece) => wildcards.get(piece) ?? piece).join("");
        const expected = new RegExp(`^${expression}$`, "s").test(value);
        expect(uri(parts.join("")).matches(value)).toBe(expected);
      }),
      { numRuns: 10_000 },
    );
  });

  it("does not go back over a text that nearly matches", () => {
    // Backtracking would try some 4096^20 ways and never come to an end.
    const text = "a".repeat(4096);
    expect(uri(`${"*a".repeat(20)}b`).matches(text)).toBe(false);
    expect(uri(`${"{x}a".repeat(20)}b`).matches(text)).toBe(false);
    expect(uri(`${"{x}a*a".repeat(10)}b`).matches(text)).toBe(false);
  });

  it.each(["file://{", "file://}", "file://{}", "file://{a b}", "file://{a}}", "file://{a/b}"])(
    "refuses %s",
    (source) => {
      expect(() => uri(source)).toThrow(ConfigurationError);
    },
  );
});

describe("RuleSet", () => {
  const rules = (...sources: string[]) =>
    new RuleSet(sources.map((source) => ({ pattern: name(source), value: source })));
  const values = (set: RuleSet<string>, text: string) => set.match(text).map(({ value }) => value);

  it("returns every rule that matches, as written, again and again", () => {
    const set = rules("a*", "ab", "*b", "c");
    expect(values(set, "ab")).toEqual(["a*", "ab", "*b"]);
    expect(values(set, "ab")).toEqual(["a*", "ab", "*b"]);
    expect(values(set, "c")).toEqual(["c"]);
    expect(values(set, "d")).toEqual([]);
  });

  it("does not take inherited names for rules", () => {
    expect(values(rules("a"), "constructor")).toEqual([]);
    expect(values(rules("a"), "__proto__")).toEqual([]);
  });

  it("matches long names, which it does not remember", () => {
    expect(values(rules("a*"), "a".repeat(4000))).toEqual(["a*"]);
  });
});
