import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { z } from "zod";
import * as apiKeys from "../../../src/options/api-keys.js";
import * as introspection from "../../../src/options/introspection.js";
import * as limits from "../../../src/options/limits.js";
import * as options from "../../../src/options/options.js";
import * as scopes from "../../../src/options/scopes.js";
import * as sender from "../../../src/options/sender.js";
import * as server from "../../../src/options/server.js";
import * as validation from "../../../src/options/validation.js";
import { variableOf } from "../../../src/options/row.js";
import { VARIABLES } from "../../../src/options/environment/variables.js";

const root = new URL("../../../", import.meta.url);
const { optionsReference, variableDocs, VARIABLE_DOCS } = (await import(
  new URL("scripts/options-reference.mjs", root).href
)) as {
  optionsReference: () => string;
  variableDocs: () => Promise<string>;
  VARIABLE_DOCS: string;
};
const { docsOf, SHAPES } = (await import(new URL("scripts/option-docs.mjs", root).href)) as {
  docsOf: (row: object) => { text: string; default?: string };
  SHAPES: Map<string, { properties: { name: { getText(): string } }[] }>;
};

const modules = { apiKeys, introspection, limits, options, scopes, sender, server, validation };
/** Every row with its docs: `dpopShape.mode`. */
const rows = Object.values(modules).flatMap((module) =>
  Object.entries(module)
    .filter(([name]) => name.endsWith("Shape"))
    .flatMap(([shape, members]) =>
      Object.entries(members as z.ZodRawShape).map(([member, row]) => ({
        name: `${shape}.${member}`,
        row,
        docs: docsOf(
          SHAPES.get(shape)?.properties.find(({ name }) => name.getText() === member) ?? {},
        ),
      })),
    ),
);

describe("what is said about options", () => {
  it("in docs/reference/options.md is what the rows say (if not: npm run docs:options)", () => {
    const page = readFileSync(new URL("docs/reference/options.md", root), "utf8");
    expect(page).toBe(optionsReference());
  });

  it("at run time is what the rows say (if not: npm run docs:options)", async () => {
    expect(readFileSync(new URL(VARIABLE_DOCS, root), "utf8")).toBe(await variableDocs());
  });

  it("is a sentence about every row", () => {
    expect(rows.length).toBeGreaterThan(90);
    const silent = rows.filter(({ docs }) => docs.text === "");
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it.each(
    rows.flatMap(({ name, row, docs }) =>
      row instanceof z.ZodDefault
        ? [[name, row._def.defaultValue() as unknown, docs] as const]
        : [],
    ),
  )("names the default of %s", (_name, value, docs) => {
    const isPlain = ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value);
    // Other defaults are objects of rows, functions, or depend on the environment.
    if (!isPlain) return;
    const said = docs.default ?? "";
    if (/^(?:every|true when)/.test(said)) return;
    expect(said).toBe(JSON.stringify(value).replaceAll(",", ", "));
  });

  it("is known of every variable: no row is missing in the table", () => {
    const named = rows.flatMap(({ row }) => variableOf(row)?.name ?? []);
    expect(VARIABLES.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
    expect(VARIABLES.filter(({ text }) => text === "")).toEqual([]);
  });
});
