import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConfigurationError } from "../../../src/core/errors.js";
import { ScopeGraph } from "../../../src/policy/scope-graph.js";

const graph = new ScopeGraph({ admin: ["write"], write: ["read"], audit: ["read"] });
const wild = new ScopeGraph({ "files:admin": ["audit"], root: ["files:*"] }, { wildcards: true });

describe("ScopeGraph", () => {
  it("follows implications to their end, downwards only (mcp-hierarchy)", () => {
    expect(graph.satisfies(["admin"], ["admin", "write", "read"])).toBe(true);
    expect(graph.satisfies(["write"], ["admin"])).toBe(false);
    expect(graph.satisfies(["read"], ["write"])).toBe(false);
    expect(graph.satisfies(["admin"], ["audit"])).toBe(false);
    expect([...graph.expandScopes(["admin"])].sort()).toEqual(["admin", "read", "write"]);
  });

  it("needs all that is required and nothing for nothing", () => {
    expect(graph.satisfies(["read"], ["read", "audit"])).toBe(false);
    expect(graph.satisfies([], [])).toBe(true);
  });

  it.each([
    [["files:*"], "files:read", true],
    [["files:*"], "files:a:b", true],
    [["files:*"], "files:", false],
    [["files:*"], "files", false],
    [["files:*"], "filesystem:read", false],
    [["files:*"], "audit", true],
    [["files*"], "files:read", false],
    [["*"], "files:read", false],
    [["a.b.*"], "a.b.c", true],
    [["a.b.*"], "axbxc", false],
    [["root"], "files:read", true],
    [["root"], "audit", true],
    [["files:read"], "files:*", false],
  ])("with wildcards, %j grants %s: %s", (granted, scope, expected) => {
    expect(wild.satisfies(granted, [scope])).toBe(expected);
  });

  it("takes an asterisk for a plain character without the option", () => {
    expect(graph.satisfies(["files:*"], ["files:read"])).toBe(false);
    expect(graph.satisfies(["files:*"], ["files:*"])).toBe(true);
    const plain = new ScopeGraph({ "files:admin": ["audit"] });
    expect(plain.satisfies(["files:*"], ["audit"])).toBe(false);
  });

  it("is not led astray by names that objects inherit", () => {
    expect(graph.satisfies(["constructor", "__proto__"], ["read"])).toBe(false);
  });

  it("takes a list that changed for what it is now", () => {
    const granted = ["read"];
    expect(graph.grant(granted).has("write")).toBe(false);
    granted.push("admin");
    expect(graph.grant(granted).has("write")).toBe(true);
    const fixed = Object.freeze(["read"]);
    expect(graph.grant(fixed)).toBe(graph.grant(fixed));
    expect(wild.grant(fixed)).not.toBe(graph.grant(fixed));
  });

  it("refuses a cycle and names it", () => {
    const cycle = { z: ["a"], a: ["b"], b: ["c"], c: ["a"] };
    expect(() => new ScopeGraph(cycle)).toThrow(ConfigurationError);
    expect(() => new ScopeGraph(cycle)).toThrow("a → b → c → a");
    expect(() => new ScopeGraph({ a: ["a"] })).toThrow("a → a");
    // Two ways to one scope are no cycle.
    expect(() => new ScopeGraph({ a: ["b", "c"], b: ["d"], c: ["d"] })).not.toThrow();
  });

  it.each([
    [{ "a b": ["c"] }, 'implies["a b"]'],
    [{ a: ["b", 'c"'] }, 'implies["a"][1]'],
    [{ a: ["offline_access"] }, 'implies["a"][0]'],
    [{ offline_access: ["a"] }, 'implies["offline_access"]'],
    [{ a: "b" as never }, 'implies["a"]'],
  ])("names the place of what is no scope: %j", (implies, place) => {
    expect(() => new ScopeGraph(implies)).toThrow(ConfigurationError);
    expect(() => new ScopeGraph(implies)).toThrow(place);
  });

  it("never takes a right away when a scope is added", () => {
    const scope = fc.constantFrom("a:x", "a:y", "a:*", "b", "b.*", "b.c", "c", "d");
    const order = ["a:x", "a:y", "a:*", "b", "b.*", "b.c", "c", "d"];
    const edges = fc.array(fc.tuple(scope, scope), { maxLength: 8 }).map((pairs) => {
      const implies: Record<string, string[]> = {};
      for (const [from, to] of pairs) {
        if (order.indexOf(from) < order.indexOf(to)) (implies[from] ??= []).push(to);
      }
      return implies;
    });
    fc.assert(
      fc.property(
        edges,
        fc.boolean(),
        fc.array(scope),
        scope,
        fc.array(scope),
        (implies, wildcards, granted, added, required) => {
          const any = new ScopeGraph(implies, { wildcards });
          if (!any.satisfies(granted, required)) return;
          expect(any.satisfies([...granted, added], required)).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
