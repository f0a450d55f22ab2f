import { de } from "./de.js";
import { en } from "./en.js";

/** Every text of the pages. `{name}` is replaced. */
export type Messages = { readonly [Key in keyof typeof en]: string };

export type Language = "en" | "de";

export const MESSAGES: Readonly<Record<Language, Messages>> = { en, de };

/** The first language of `ui_locales` (OpenID Connect Core §3.1.2.1) or `Accept-Language` that the pages have. */
export function chooseLanguage(
  acceptLanguage: string | undefined,
  uiLocales: string | undefined,
): Language {
  const wanted = [
    ...(uiLocales ?? "").slice(0, 200).split(/\s+/),
    ...byQuality((acceptLanguage ?? "").slice(0, 500)),
  ];
  for (const tag of wanted) {
    const primary = tag.toLowerCase().split("-", 1)[0];
    if (primary === "en" || primary === "de") return primary;
  }
  return "en";
}

function byQuality(header: string): string[] {
  return header
    .split(",")
    .map((entry) => {
      const [tag = "", ...parameters] = entry.trim().split(/\s*;\s*/);
      const quality = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag);
}
