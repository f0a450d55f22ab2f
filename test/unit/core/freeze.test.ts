import { describe, expect, it } from "@jest/globals";
import { freezeDeep } from "../../../src/core/freeze.js";

describe("freezeDeep", () => {
  it("keeps every level from being changed", () => {
    const value = freezeDeep({ list: [{ role: "reader" }], map: { inner: { n: 1 } } });
    expect(() => value.list.push({ role: "admin" })).toThrow(TypeError);
    expect(() => ((value.list[0] as { role: string }).role = "admin")).toThrow(TypeError);
    expect(() => (value.map.inner.n = 2)).toThrow(TypeError);
  });

  it("looks inside of what is frozen already", () => {
    const value = freezeDeep(Object.freeze({ inner: { n: 1 } }));
    expect(Object.isFrozen(value.inner)).toBe(true);
  });

  it("comes to an end with cycles, typed arrays and deep nesting", () => {
    const cycle: Record<string, unknown> = { bytes: new Uint8Array(2) };
    cycle["self"] = cycle;
    expect(Object.isFrozen(freezeDeep(cycle))).toBe(true);
    const nested: unknown = JSON.parse(`${"[".repeat(8000)}${"]".repeat(8000)}`);
    expect(Object.isFrozen(freezeDeep(nested))).toBe(true);
  });

  it("leaves what is no object as it is", () => {
    expect(freezeDeep(null)).toBeNull();
    expect(freezeDeep("text")).toBe("text");
  });
});

it("freezes through hundreds of objects, and ends where they go round in a circle", () => {
  const nodes = Array.from({ length: 300 }, (): { next?: unknown; other?: unknown } => ({}));
  nodes.forEach((node, index) => {
    node.next = nodes[(index + 1) % nodes.length];
    node.other = nodes[(index + 7) % nodes.length];
  });
  freezeDeep(nodes[0]);
  expect(nodes.every((node) => Object.isFrozen(node))).toBe(true);
});
