import { describe, expect, it } from "@jest/globals";
import {
  contrast,
  inkOn,
  validateTheme,
} from "../../../../../src/authorization-server/people/pages/theme.js";

describe("a theme", () => {
  it.each([
    ["nothing", {}],
    ["a dark accent", { accent: "#1d4ed8" }],
    ["a light accent for dark pages", { accentDark: "#8ab4ff" }],
    ["a logo in the page", { logo: "data:image/png;base64,iVBORw0KGgo=" }],
    ["a logo elsewhere", { logo: "https://cdn.example.com/logo.svg" }],
    ["a link", { links: [{ label: "Privacy", url: "https://example.com/privacy" }] }],
  ])("with %s is valid", (_, theme) => {
    expect(() => validateTheme(theme)).not.toThrow();
  });

  it.each([
    ["an accent that is too light to read", { accent: "#8ab4ff" }, /2\.\d:1.*darker/],
    ["an accent that is too dark on dark pages", { accentDark: "#1d4ed8" }, /lighter/],
    ["a colour that could end the style", { accent: "red;}</style>" }, /colour like/],
    ["a logo with a script", { logo: "javascript:alert(1)" }, /logo must be/],
    ["a logo that leaves its attribute", { logo: 'data:image/png,"onerror="x' }, /logo must be/],
    ["a link over http", { links: [{ label: "x", url: "http://example.com" }] }, /https/],
    ["a link with a script", { links: [{ label: "x", url: "javascript:alert(1)" }] }, /https/],
  ])("with %s is refused", (_, theme, message) => {
    expect(() => validateTheme(theme)).toThrow(message);
    expect(() => validateTheme(theme)).toThrow(
      expect.objectContaining({ code: "ERR_OAUTH_PAGES" }),
    );
  });
});

describe("colours", () => {
  it("have the contrast of WCAG", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
    expect(contrast("#ffffff", "#ffffff")).toBe(1);
  });

  it("get text with a contrast of at least 4.5:1", () => {
    for (let grey = 0; grey < 256; grey += 1) {
      const hex = grey.toString(16).padStart(2, "0");
      for (const colour of [`#${hex}${hex}${hex}`, `#${hex}00ff`, `#00${hex}80`]) {
        expect(contrast(inkOn(colour), colour)).toBeGreaterThan(4.5);
      }
    }
  });
});
