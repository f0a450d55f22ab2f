import { ConfigurationError } from "../../../core/errors.js";
import { parseAbsoluteUrl } from "../../../core/urls/parse-absolute-url.js";

/** Appearance of the built-in pages. */
export interface Theme {
  /** Shown at the top of each page. @default the issuer's host */
  readonly name?: string;
  /** An image: a `data:image/…` URL, or an https URL. Shown 40 pixels high. */
  readonly logo?: string;
  /** Colour of buttons and links on light pages, `#rrggbb`. Must have a contrast of 4.5:1 with white. */
  readonly accent?: string;
  /** The same on dark pages. Must have a contrast of 4.5:1 with `#161b22`. */
  readonly accentDark?: string;
  /** Links at the bottom of each page, for example to a privacy policy. */
  readonly links?: readonly { readonly label: string; readonly url: string }[];
}

/** Backgrounds of the pages' cards, on which links have the accent colour. */
const CARDS = { accent: "#ffffff", accentDark: "#161b22" } as const;
/** WCAG 2.2, success criterion 1.4.3. */
const LEAST_CONTRAST = 4.5;

/** @throws ConfigurationError for an invalid URL or a colour that is hard to read */
export function validateTheme(theme: Theme): void {
  for (const name of ["accent", "accentDark"] as const) {
    const colour = theme[name];
    if (colour === undefined) continue;
    if (!/^#[\da-f]{6}$/i.test(colour)) fail(`${name} must be a colour like #1d4ed8.`);
    const ratio = contrast(colour, CARDS[name]);
    if (ratio < LEAST_CONTRAST) {
      const direction = name === "accent" ? "darker" : "lighter";
      fail(
        `${name} has a contrast of ${ratio.toFixed(1)}:1 with ${CARDS[name]}; it needs ${LEAST_CONTRAST}:1 (WCAG 1.4.3). Use a ${direction} colour.`,
      );
    }
  }
  if (theme.logo !== undefined && !isImage(theme.logo)) {
    fail("logo must be a data:image/ URL or an https URL.");
  }
  for (const { url } of theme.links ?? []) {
    if (parseAbsoluteUrl(url)?.protocol !== "https:") fail("links must have https URLs.");
  }
}

/** Contrast ratio of two colours, 1–21 (WCAG 2.2). */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** Black or white: the text colour with more contrast to this background. */
export function inkOn(background: string): string {
  return contrast(background, "#ffffff") >= contrast(background, "#000000") ? "#ffffff" : "#000000";
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function isImage(logo: string): boolean {
  return (
    /^data:image\/[\w.+-]+[;,][^"'<>\s]*$/.test(logo) ||
    parseAbsoluteUrl(logo)?.protocol === "https:"
  );
}

function fail(message: string): never {
  throw new ConfigurationError("ERR_OAUTH_PAGES", `pages.theme.${message}`);
}
