/*
 * Writes docs/reference/options.md from the docstrings of the options, so that
 * the page cannot say anything else than the editor does. A test regenerates it
 * and compares. Run with: npm run docs:options
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import ts from "typescript";

const root = new URL("../", import.meta.url);

/** Where option types stand. */
const FILES = [
  ...readdirSync(new URL("src/options", root))
    .filter((name) => name.endsWith(".ts") && !name.includes("schema"))
    .map((name) => `src/options/${name}`),
  "src/policy/scope-options.ts",
  "src/policy/authentication-strength.ts",
  "src/validators/claims.ts",
  "src/validators/static-validator.ts",
  "src/validators/api-key-validator.ts",
  "src/validators/callback-validator.ts",
];

const INTRODUCTION = `# Options

<!-- Made by \`npm run docs:options\` from the docstrings; edit those. -->

Every option of \`new OAuthAuthProvider({ … })\`. Options are checked once, when the provider is
constructed: a wrong one is a \`ConfigurationError\` that names it and the cure. Times are in seconds.
`;

/** @returns {Map<string, ts.InterfaceDeclaration | ts.TypeAliasDeclaration>} */
function declarations() {
  const found = new Map();
  for (const path of FILES.sort()) {
    const text = readFileSync(new URL(path, root), "utf8");
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    source.forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
        found.set(node.name.text, node);
      }
    });
  }
  return found;
}

/** Members of an interface, those it extends first. */
export function membersOf(name, all = declarations()) {
  const node = all.get(name);
  if (node === undefined || !ts.isInterfaceDeclaration(node)) return [];
  const bases = (node.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap(({ expression }) => membersOf(expression.getText(), all)),
  );
  const own = node.members.filter(ts.isPropertySignature);
  const names = new Set(own.map((member) => member.name.getText()));
  return [...own, ...bases.filter((member) => !names.has(member.name.getText()))];
}

/** Names of option types that a type mentions, in order. */
function mentioned(node, all) {
  const names = [];
  const visit = (child) => {
    if (ts.isTypeReferenceNode(child) && all.has(child.typeName.getText())) {
      names.push(child.typeName.getText());
    }
    child.forEachChild(visit);
  };
  visit(node);
  return names;
}

function textOf(comment) {
  return (ts.getTextOfJSDocComment(comment) ?? "")
    .replace(/\{@link (\w+)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}

function describe(member) {
  const [doc] = member.jsDoc ?? [];
  const fallback = (doc?.tags ?? []).find(({ tagName }) => tagName.text === "default");
  const type = (member.type?.getText() ?? "unknown").replace(/\s+/g, " ").replace(/^\| /, "");
  const optional = member.questionToken === undefined ? ", required" : "";
  const text = textOf(doc?.comment);
  const given = fallback === undefined ? "" : ` Default: ${textOf(fallback.comment)}.`;
  const sentence = text === "" || /[.:!?]$/.test(text) ? text : `${text}.`;
  return `- \`${member.name.getText()}\` (\`${type}\`${optional})${sentence === "" && given === "" ? "" : `: ${sentence}${given}`}`
    .replace(": .", ":")
    .replace(/: {2}/, ": ");
}

/** The page as text. */
export function optionsReference() {
  const all = declarations();
  const queue = ["OAuthAuthProviderOptions"];
  const done = new Set();
  const sections = [];
  while (queue.length > 0) {
    const name = queue.shift();
    if (done.has(name)) continue;
    done.add(name);
    const node = all.get(name);
    if (ts.isTypeAliasDeclaration(node)) {
      queue.push(...mentioned(node.type, all));
      continue;
    }
    const members = membersOf(name, all);
    for (const member of members) {
      if (member.type !== undefined) queue.push(...mentioned(member.type, all));
    }
    const [doc] = node.jsDoc ?? [];
    const about = textOf(doc?.comment);
    sections.push(
      [`## ${name}`, ...(about === "" ? [] : [about]), members.map(describe).join("\n")].join(
        "\n\n",
      ),
    );
  }
  return `${[INTRODUCTION.trim(), ...sections].join("\n\n")}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(new URL("docs/reference/options.md", root), optionsReference());
}
