import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";

interface Found {
  readonly name: string;
  readonly line: number;
  readonly found: string;
  readonly write: string;
}
interface Word {
  readonly pattern: string;
  readonly write: string;
}
interface Words {
  readonly words: readonly Word[];
  readonly exceptions: readonly { file: string; text: string; reason: string }[];
}

const root = new URL("../../../", import.meta.url);
const { findProse } = (await import(new URL("scripts/lint-prose.mjs", root).href)) as {
  findProse: (name: string, text: string, words: readonly Word[]) => Found[];
};
const list = JSON.parse(readFileSync(new URL("scripts/prose-words.json", root), "utf8")) as Words;

const words = [{ pattern: "odd word", write: "plain word" }];
const find = (name: string, text: string) =>
  findProse(name, text, words).map(({ line, found, write }) => `${line}: ${found}: ${write}`);

describe("the check of wording", () => {
  it("finds a phrase in comments and strings, and says what to write", () => {
    expect(find("a.ts", "// An odd word.\nconst a = 1;")).toEqual(["1: odd word: plain word"]);
    expect(find("a.ts", 'const a = 1;\nconst b = "an Odd word";')).toEqual([
      "2: odd word: plain word",
    ]);
    expect(find("a.mjs", "const a = `an odd word ${b}`;")).toHaveLength(1);
  });

  it("finds a phrase that continues on the next line", () => {
    expect(find("a.ts", "/**\n * An odd\n * word.\n */")).toEqual(["2: odd word: plain word"]);
    expect(find("a.md", "An odd\nword.")).toHaveLength(1);
    expect(find("a.yaml", "# An odd\n# word.")).toHaveLength(1);
  });

  it("does not read code, nor a phrase across two strings", () => {
    expect(find("a.ts", "const odd = word;")).toEqual([]);
    expect(find("a.ts", 'f("odd", "word");')).toEqual([]);
    expect(find("a.md", "An `odd word`.\n\n```ts\n// odd word\n```\n")).toEqual([]);
  });
});

describe("the list of words", () => {
  it.each(list.words)("has an expression that compiles, and a replacement: $pattern", (word) => {
    expect(() => new RegExp(word.pattern, "gi")).not.toThrow();
    expect(word.write).not.toBe("");
  });

  it("has at most twenty exceptions, each with a reason", () => {
    expect(list.exceptions.length).toBeLessThanOrEqual(20);
    for (const { reason } of list.exceptions) expect(reason).toMatch(/\w+ \w+/);
  });
});
