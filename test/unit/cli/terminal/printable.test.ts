import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { printable, printableJson } from "../../../../src/cli/terminal/printable.js";

describe("printable", () => {
  it("leaves ordinary text alone, in any script", () => {
    expect(printable("scope müde 日本 ✓")).toBe("scope müde 日本 ✓");
  });

  it.each([
    ["an escape sequence", "\x1b[2K✓", "\\u{1b}[2K✓"],
    ["a C1 control", "\x9b2K", "\\u{9b}2K"],
    ["a line break", "a\r\nb", "a\\u{d}\\u{a}b"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
    ["a change of direction", "a\u202eb", "a\\u{202e}b"],
  ])("spells out %s", (_name, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it("cuts what is too long", () => {
    expect(printable("x".repeat(301))).toBe(`${"x".repeat(300)}…`);
    expect(printable("x".repeat(300))).toBe("x".repeat(300));
  });

  it("never lets a control character through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      }),
    );
  });
});

describe("printable JSON", () => {
  it("leaves ordinary text alone, in any script", () => {
    const value = { a: ["scope müde 日本 ✓", 1, null] };
    expect(printableJson(value)).toBe(JSON.stringify(value, null, 2));
  });

  it("has the same value and no control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = printableJson({ text, [`key ${text}`]: "\x9b2K\u202e\u{e0041}\x7f" });
        expect(JSON.parse(json)).toEqual({
          text,
          [`key ${text}`]: "\x9b2K\u202e\u{e0041}\x7f",
        });
        expect(json.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
});
