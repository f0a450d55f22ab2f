/*
 * Reads the docs of the option rows from their JSDoc: a row is a member of a
 * constant `…Shape` in src/options.
 */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

const root = new URL("../", import.meta.url);

/** Where rows and types of options are declared. */
const FILES = [
  ...readdirSync(new URL("src/options", root))
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/options/${name}`),
  "src/options/environment/variables.ts",
  "src/policy/scope-options.ts",
  "src/policy/authentication-strength.ts",
  "src/validators/static-validator.ts",
  "src/validators/api-keys/api-key-validator.ts",
  "src/validators/callback-validator.ts",
].sort();

const sources = FILES.map((path) =>
  ts.createSourceFile(
    path,
    readFileSync(new URL(path, root), "utf8"),
    ts.ScriptTarget.ES2022,
    true,
  ),
);

/** @returns {Map<string, ts.Node>} declarations of all files by name */
function declared(read) {
  return new Map(sources.flatMap((source) => source.statements.flatMap(read)).filter(Boolean));
}

/** Shapes by name. */
export const SHAPES = declared((node) =>
  ts.isVariableStatement(node)
    ? node.declarationList.declarations
        .filter(({ initializer }) => initializer && ts.isObjectLiteralExpression(initializer))
        .map(({ name, initializer }) => [name.getText(), initializer])
    : [],
);

/** Interfaces and type aliases by name. */
export const TYPES = declared((node) =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
    ? [[node.name.text, node]]
    : [],
);

/** A comment's text in one line; of several paragraphs, all or the first. */
function textOf(comment, paragraphs = Infinity) {
  return (ts.getTextOfJSDocComment(comment) ?? "")
    .split(/\n\s*\n/)
    .slice(0, paragraphs)
    .join(" ")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

/** Docs of a row or an interface's member: text, first paragraph, default. */
export function docsOf(member) {
  const doc = member.jsDoc?.at(-1);
  const fallback = (doc?.tags ?? []).find(({ tagName }) => tagName.text === "default");
  return {
    text: textOf(doc?.comment),
    summary: textOf(doc?.comment, 1),
    default: fallback === undefined ? undefined : textOf(fallback.comment),
  };
}

/** Name and own members of the variable in `env("NAME", schema, { … })`. */
export function variableOf(member) {
  const call = member.initializer;
  if (!call || !ts.isCallExpression(call) || call.expression.getText() !== "env") return undefined;
  const [name, , options] = call.arguments;
  return { name: name.text, says: options.properties.map((property) => property.name.getText()) };
}
