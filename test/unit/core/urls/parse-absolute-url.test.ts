import { describe, expect, it } from "@jest/globals";
import { parseAbsoluteUrl } from "../../../../src/core/urls/parse-absolute-url.js";

describe("parseAbsoluteUrl", () => {
  it.each([
    ["https://example.com/a", undefined, "https://example.com/a"],
    ["/b?c", "https://example.com/a", "https://example.com/b?c"],
    ["https://other.example", "https://example.com/a", "https://other.example/"],
    ["https://example.com/ä", undefined, "https://example.com/%C3%A4"],
  ])("reads %s (against %s)", (text, base, href) => {
    expect(parseAbsoluteUrl(text, base === undefined ? base : new URL(base))?.href).toBe(href);
  });

  it.each(["", "/a", "example.com/a", "https://", "https://[::1", "http://a b/"])(
    "has nothing for %j",
    (text) => {
      expect(parseAbsoluteUrl(text)).toBeUndefined();
    },
  );

  it("goes on reading Latin-1 characters once it is optimised", () => {
    const urls = Array.from({ length: 50_000 }, () => parseAbsoluteUrl("https://bücher.example/"));
    expect(urls.filter((url) => url === undefined)).toHaveLength(0);
  });
});
