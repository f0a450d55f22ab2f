/*
 * Checks comments, strings and docs for wording that readers of this field do not expect.
 * `prose-words.json` lists the patterns, what to write instead, and the few exceptions,
 * each with its reason. Run with: npm run lint:prose
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import ts from "typescript";

const root = new URL("../", import.meta.url);
const MAX_EXCEPTIONS = 20;

/** Takes the place of everything that is not prose, so that no phrase spans it. */
const NOT_PROSE = "\u0000";

const mask = (text) => text.replace(/\S/g, NOT_PROSE);

/** The source with everything but comments and string contents masked; positions are kept. */
function proseOfCode(text) {
  const source = ts.createSourceFile("file.ts", text, ts.ScriptTarget.ES2022, true);
  const ranges = new Map();
  const visit = (node) => {
    const comments = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of comments) ranges.set(pos, end);
    const isString = ts.isStringLiteralLike(node) || ts.isTemplateHead(node);
    if (isString || ts.isTemplateMiddleOrTemplateTail(node)) {
      ranges.set(node.getStart() + 1, node.getEnd() - 1);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  visit(source.endOfFileToken);

  let masked = "";
  let position = 0;
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    if (start < position) continue;
    masked += mask(text.slice(position, start)) + text.slice(start, end);
    position = end;
  }
  masked += mask(text.slice(position));
  return masked.replace(/^([ \t]*)(\/\/|\/\*\*?|\*(?!\/))/gm, (sign) => " ".repeat(sign.length));
}

/** Markdown with code masked. */
function proseOfMarkdown(text) {
  return text.replace(/^(\s*)```[\s\S]*?^\s*```|`[^`\n]*`/gm, mask);
}

/** YAML, Dockerfiles and environment files: everything, without the comment signs. */
function proseOfText(text) {
  return text.replace(/^(\s*)#/gm, "$1 ");
}

function proseOf(name, text) {
  if (name.endsWith(".md")) return proseOfMarkdown(text);
  return /\.(?:ts|mjs|js)$/.test(name) ? proseOfCode(text) : proseOfText(text);
}

/**
 * Every place where a pattern occurs. A space in a pattern matches a line break as well.
 *
 * @param {string} name The file's name, which decides what of the text is prose.
 * @param {string} text
 * @param {{ pattern: string, write: string }[]} words
 */
export function findProse(name, text, words) {
  const prose = proseOf(name, text);
  return words.flatMap(({ pattern, write }) =>
    [...prose.matchAll(new RegExp(pattern.replaceAll(" ", "\\s+"), "gi"))].map((match) => ({
      name,
      line: prose.slice(0, match.index).split("\n").length,
      found: match[0].replace(/\s+/g, " ").toLowerCase(),
      write,
    })),
  );
}

function main() {
  const { words, exceptions, swept } = JSON.parse(
    readFileSync(new URL("scripts/prose-words.json", root), "utf8"),
  );
  const all = process.argv.slice(2);
  const files = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((name) => /(?:\.(?:ts|mjs|js|md|ya?ml|example)|Dockerfile)$/.test(name))
    .filter((name) => (all.length > 0 ? all : swept).some((start) => name.startsWith(start)));

  const unused = new Set(exceptions);
  const isException = ({ name, found }) => {
    const exception = exceptions.find(({ file, text }) => file === name && text === found);
    unused.delete(exception);
    return exception !== undefined;
  };
  const problems = files
    .flatMap((name) => findProse(name, readFileSync(new URL(name, root), "utf8"), words))
    .filter((place) => !isException(place))
    .map(({ name, line, found, write }) => `${name}:${line}: "${found}": write ${write}`);
  if (all.length === 0) {
    for (const { file, text } of unused) problems.push(`Exception not needed: ${file}: "${text}"`);
  }
  if (exceptions.length > MAX_EXCEPTIONS) {
    problems.push(`${exceptions.length} exceptions; at most ${MAX_EXCEPTIONS} are allowed.`);
  }
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
