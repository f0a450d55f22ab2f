import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { DOCUMENTS, OPEN_DEMANDS } from "./documents.js";
import { renderPage } from "./page.js";

/** `npm run docs:documents` writes what the other runs compare. */
const isWriting = process.env["WRITE_DOCS"] === "1";
const root = new URL("../../../", import.meta.url);
const demands = DOCUMENTS.flatMap((document) =>
  document.demands.map((demand) => ({ document: document.title, ...demand })),
);

describe("the demands of the documents", () => {
  it("are many, and none is listed twice", () => {
    expect(demands.length).toBeGreaterThan(300);
    const names = demands.map(({ document, section, demand }) =>
      [document, section, demand].join(),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(demands)("are met as they say: $document, $section: $demand", (row) => {
    expect(row.how).toMatch(/\.$/);
    if (row.status !== "met") {
      expect([row.test, row.page]).toEqual([undefined, undefined]);
    } else if (row.page !== undefined) {
      expect([row.page, existsSync(new URL(row.page, root))]).toEqual([row.page, true]);
    } else {
      const { file, title } = row.test ?? { file: "", title: "" };
      const path = new URL(file, root);
      expect([file, existsSync(path)]).toEqual([file, true]);
      // As a whole string: the title of a test or of a group, or the name of a row of a table.
      const source = readFileSync(path, "utf8");
      const texts = [title, title.replace(/^(\[[a-z0-9, -]+\] )+/, "")];
      const isThere = ['"', "'", "`"].some((quote) =>
        texts.some((text) => source.includes(quote + text + quote)),
      );
      expect([file, title, isThere]).toEqual([file, title, true]);
    }
  });

  it("that are open become fewer: lower OPEN_DEMANDS with each, never raise it", () => {
    const open = demands.filter(({ status }) => status === "open");
    expect(open.length).toBe(OPEN_DEMANDS);
  });

  it("are on the page (if not: npm run docs:documents)", async () => {
    const page = new URL("docs/explanation/five-documents.md", root);
    const expected = await renderPage(DOCUMENTS);
    if (isWriting) writeFileSync(page, expected);
    expect(readFileSync(page, "utf8")).toBe(expected);
  });
});
