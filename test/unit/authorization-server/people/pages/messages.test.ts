import { describe, expect, it } from "@jest/globals";
import {
  chooseLanguage,
  MESSAGES,
  type Messages,
} from "../../../../../src/authorization-server/people/pages/messages/messages.js";

const names = Object.keys(MESSAGES.en) as (keyof Messages)[];
const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe("the messages", () => {
  it.each(names)("have the same placeholders in both languages: %s", (name) => {
    expect(placeholders(MESSAGES.de[name])).toEqual(placeholders(MESSAGES.en[name]));
  });
});

describe("the language", () => {
  it.each([
    [undefined, undefined, "en"],
    ["de", undefined, "de"],
    ["fr, de;q=0.5, en;q=0.9", undefined, "en"],
    ["de-CH,de;q=0.9,en;q=0.8", undefined, "de"],
    ["de;q=0, fr", undefined, "en"],
    ["en", "de-AT", "de"],
    ["de", "fr", "de"],
    ["nonsense;;q=x,,", "", "en"],
  ])("for Accept-Language %j and ui_locales %j is %s", (header, locales, expected) => {
    expect(chooseLanguage(header, locales)).toBe(expected);
  });
});
