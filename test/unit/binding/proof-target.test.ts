import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { normalizeTarget } from "../../../src/binding/proof-target.js";

describe("normalizeTarget", () => {
  it.each([
    ["HTTPS://Example.COM/a", "https://example.com/a"],
    ["https://example.com:443/a", "https://example.com/a"],
    ["http://example.com:80/a", "http://example.com/a"],
    ["https://example.com", "https://example.com/"],
    ["https://example.com/a?b=c", "https://example.com/a"],
    ["https://example.com/a#b", "https://example.com/a"],
    ["https://example.com?b", "https://example.com/"],
    ["https://example.com/%7ea%2d", "https://example.com/~a-"],
    ["https://example.com/%c3%a4", "https://example.com/%C3%A4"],
    ["https://example.com/ä", "https://example.com/%C3%A4"],
    ["https://example.com/a/./b/../c", "https://example.com/a/c"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ["https://[::1]:443/a", "https://[::1]/a"],
  ])("takes %s for %s", (a, b) => {
    expect(normalizeTarget(a)).toBe(normalizeTarget(b));
    expect(normalizeTarget(a)).toBe(b);
  });

  it.each([
    ["https://example.com/a", "https://example.com/A"],
    ["https://example.com/a", "https://example.com/a/"],
    ["https://example.com/a", "http://example.com/a"],
    ["https://example.com/a", "https://example.com:8443/a"],
    ["https://example.com/a%2Fb", "https://example.com/a/b"],
    ["https://example.com/a%3Fb", "https://example.com/a?b"],
    ["https://example.com/a", "https://example.com//a"],
    ["https://example.com/a", "https://example.com.evil/a"],
  ])("keeps %s and %s apart", (a, b) => {
    expect(normalizeTarget(a)).toBeDefined();
    expect(normalizeTarget(b)).toBeDefined();
    expect(normalizeTarget(a)).not.toBe(normalizeTarget(b));
  });

  it.each([
    "",
    "example.com/a",
    "//example.com/a",
    "/a",
    "ftp://example.com/a",
    "https:example.com/a",
    "https:/example.com/a",
    "https:///example.com/a",
    "https:\\\\example.com\\a",
    "https://example.com\\a",
    " https://example.com/a",
    "https://example.com/a ",
    "https://exa\tmple.com/a",
    "https://example.com/\na",
    "https://user@example.com/a",
    "https://user:password@example.com/a",
    "https://example.com:99999/a",
    "https://exa mple.com/a",
    "https://%zz/a",
  ])("takes %j for no target", (url) => {
    expect(normalizeTarget(url)).toBeUndefined();
  });

  it("never throws, and is settled after one round", () => {
    const url = fc.oneof(
      fc.string(),
      fc.webUrl({ withFragments: true, withQueryParameters: true }),
      fc.string().map((s) => `https://example.com/${s}`),
      fc.string({ unit: "binary" }).map((s) => `https://${s}`),
    );
    fc.assert(
      fc.property(url, (text) => {
        const once = normalizeTarget(text);
        if (once !== undefined) expect(normalizeTarget(once)).toBe(once);
      }),
    );
  });
});
