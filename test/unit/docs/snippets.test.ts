import { beforeAll, describe, expect, it } from "@jest/globals";
import {
  compileSnippets,
  readExamples,
  readSnippets,
  snippetsOf,
} from "../../support/compile-snippets.js";

/* Every block marked `ts` in README.md, docs/ and an `@example` of src/ fits the sources as they are. */

const SPOILT = snippetsOf(
  "a page",
  ['dpop: "sometimes",', "import { nothing } from 'mcp-framework-oauth';", "name = 1;", "new ("]
    .map((code) => `\`\`\`ts\n${code}\n\`\`\`\n`)
    .join("\n"),
);
const examples = readExamples();
const snippets = [...readSnippets(), ...examples];
let complaints: string[][];

beforeAll(() => {
  complaints = compileSnippets([...snippets, ...SPOILT]);
});

describe("a snippet", () => {
  it("is found on many pages", () => {
    expect(new Set(snippets.map(({ place }) => place.split(":")[0])).size).toBeGreaterThan(20);
  });

  it("is found in many declarations", () => {
    expect(examples.length).toBeGreaterThan(50);
  });

  it.each(snippets.map(({ place }, index) => [place, index] as const))(
    "compiles: %s",
    (_place, index) => {
      expect(complaints[index]).toEqual([]);
    },
  );

  it("that does not fit is noticed", () => {
    expect(SPOILT).toHaveLength(4);
    for (const found of complaints.slice(snippets.length)) expect(found).not.toEqual([]);
  });
});
