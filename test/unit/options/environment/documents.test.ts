import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import {
  renderEnvExample,
  renderEnvironmentPage,
  renderVariablesOf,
} from "../../../support/environment-documents.js";

/** `npm run docs:environment` writes what the other runs compare. */
const isWriting = process.env["WRITE_DOCS"] === "1";

describe("the table of variables is what is documented", () => {
  it.each([
    [".env.example", renderEnvExample],
    ["docs/reference/environment.md", renderEnvironmentPage],
    ["CLAUDE.md", () => renderVariablesOf(readFileSync("CLAUDE.md", "utf8"))],
  ])("in %s (if not: npm run docs:environment)", async (path, render) => {
    const text = await render();
    if (isWriting) writeFileSync(path, text);
    expect(readFileSync(path, "utf8")).toBe(text);
  });
});
