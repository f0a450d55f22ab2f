import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import ts from "typescript";

/* Every function and option group of an entry point shows how it is used. */

const SOURCE = fileURLToPath(new URL("../../../src", import.meta.url));
const ENTRY_POINTS = ["index.ts", "redis.ts", "testing/index.ts", "authorization-server/index.ts"];

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
}

/** Declarations that an entry point exports, by name. */
function exportsOf(entryPoint: string): Map<string, ts.Statement> {
  const path = join(SOURCE, entryPoint);
  const found = new Map<string, ts.Statement>();
  for (const statement of parse(path).statements) {
    if (!ts.isExportDeclaration(statement)) continue;
    if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause))
      continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, ".ts");
    const declarations = parse(join(dirname(path), from)).statements;
    for (const { name } of statement.exportClause.elements) {
      const declaration = declarations.find(
        (candidate) =>
          (ts.isFunctionDeclaration(candidate) || ts.isInterfaceDeclaration(candidate)) &&
          candidate.name?.text === name.text,
      );
      if (declaration !== undefined) found.set(name.text, declaration);
    }
  }
  return found;
}

/** Sections of the options reference are the option groups. */
const GROUPS = new Set(
  [
    ...readFileSync(join(SOURCE, "../docs/reference/options.md"), "utf8").matchAll(/^## (\w+)$/gm),
  ].map(([, name]) => name),
);

function hasExample(declaration: ts.Statement): boolean {
  return ts.getJSDocTags(declaration).some(({ tagName }) => tagName.text === "example");
}

describe.each(ENTRY_POINTS)("the entry point %s", (entryPoint) => {
  const exported = exportsOf(entryPoint);

  it("exports something", () => {
    expect(exported.size).toBeGreaterThan(0);
  });

  it("has an @example for each function and option group", () => {
    const without = [...exported]
      .filter(([name, node]) => ts.isFunctionDeclaration(node) || GROUPS.has(name))
      .filter(([, node]) => !hasExample(node))
      .map(([name]) => name);
    expect(without).toEqual([]);
  });
});
