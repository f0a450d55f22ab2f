import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { format } from "prettier";
import { renderCliReference } from "../../support/cli-reference.js";

const page = new URL("../../../docs/reference/cli.md", import.meta.url);

describe("docs/reference/cli.md", () => {
  it("says what the commands themselves say (UPDATE_DOCS=1 writes it anew)", async () => {
    const expected = await format(await renderCliReference(), {
      parser: "markdown",
      printWidth: 100,
    });
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(page, expected);
    expect(readFileSync(page, "utf8")).toBe(expected);
  });
});
