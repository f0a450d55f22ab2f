/*
 * Writes what is said about options from their rows and the JSDoc of these:
 * docs/reference/options.md, and the texts of environment variables that the
 * package needs at run time. A test regenerates both and compares.
 * Run with: npm run docs:options
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import prettier from "prettier";
import ts from "typescript";
import { docsOf, SHAPES, TYPES, variableOf } from "./option-docs.mjs";

const root = new URL("../", import.meta.url);

const INTRODUCTION = `# Options

<!-- Made by \`npm run docs:options\` from the rows in src/options; edit those. -->

Every option of \`new OAuthAuthProvider({ … })\`. Options are checked once, when the provider is
constructed: a wrong one is a \`ConfigurationError\` that names it and the cure. Times are in seconds.
`;

/** Rows of an interface, and members of one that has no rows, in order of declaration. */
export function membersOf(name) {
  const node = TYPES.get(name);
  if (node === undefined || !ts.isInterfaceDeclaration(node)) return [];
  const bases = (node.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap(({ expression, typeArguments }) =>
      expression.getText() === "Input"
        ? (SHAPES.get(typeArguments[0].exprName.getText())?.properties ?? [])
        : membersOf(expression.getText()),
    ),
  );
  return [...bases, ...node.members.filter(ts.isPropertySignature)];
}

/** The checker of this project, which knows the types of rows. */
function createChecker() {
  const config = ts.readConfigFile("tsconfig.build.json", ts.sys.readFile).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const program = ts.createProgram(["src/index.ts"], { ...options, noEmit: true });
  const file = program.getSourceFile("src/index.ts");
  const checker = program.getTypeChecker();
  const exported = new Map(
    checker
      .getExportsOfModule(checker.getSymbolAtLocation(file))
      .map((symbol) => [
        symbol.name,
        symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
      ]),
  );
  return { checker, exported };
}

/** The page as text. */
export function optionsReference() {
  const { checker, exported } = createChecker();
  const queue = ["OAuthAuthProviderOptions"];
  const done = new Set();
  const sections = [];
  while (queue.length > 0) {
    const name = queue.shift();
    const symbol = exported.get(name);
    if (done.has(name) || symbol === undefined) continue;
    done.add(name);
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const members = membersOf(name);
    const typeOf = (member) => {
      const property = type.getProperty(member.name.getText());
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const own = checker.getTypeOfSymbol(property);
      const text = checker
        .typeToString(checker.getNonNullableType(own), undefined, ts.TypeFormatFlags.NoTruncation)
        .replace("false | true", "boolean")
        // The compiler orders a union by what it saw first, anywhere.
        .replace(/[\w"+*-]+(?: \| [\w"+*-]+)+/g, (union) => union.split(" | ").sort().join(" | "));
      return { text, isOptional };
    };
    if (members.length > 0) {
      const about = docsOf(TYPES.get(name)).text;
      sections.push(
        [
          `## ${name}`,
          ...(about === "" ? [] : [about]),
          members.map((member) => describe(member, typeOf(member))).join("\n"),
        ].join("\n\n"),
      );
      for (const member of members) queue.push(...mentioned(typeOf(member).text));
    } else {
      queue.push(...mentioned(TYPES.get(name)?.type?.getText() ?? ""));
    }
  }
  return `${[INTRODUCTION.trim(), ...sections].join("\n\n")}\n`;
}

/** Names of option types that a type mentions, in order. */
function mentioned(type) {
  return [...type.matchAll(/\b[A-Z]\w+/g)].map(([name]) => name).filter((name) => TYPES.has(name));
}

function describe(member, { text: type, isOptional }) {
  const { text, default: fallback } = docsOf(member);
  const sentence = text === "" || /[.:!?;]$/.test(text) ? text : `${text}.`;
  const variable = variableOf(member);
  const said = [
    ...(sentence === "" ? [] : [sentence]),
    ...(fallback === undefined ? [] : [`Default: ${fallback}.`]),
    ...(variable === undefined ? [] : [`Variable: \`${variable.name}\`.`]),
  ].join(" ");
  const needed = isOptional ? "" : ", required";
  return `- \`${member.name.getText()}\` (\`${type}\`${needed})${said === "" ? "" : `: ${said}`}`;
}

/** The module with the texts of variables, for messages and the environment reference. */
export async function variableDocs() {
  const rows = [...SHAPES.values()]
    .flatMap(({ properties }) => properties)
    .flatMap((member) => {
      const variable = variableOf(member);
      if (variable === undefined) return [];
      const { summary, default: fallback } = docsOf(member);
      const own = (name) => variable.says.includes(name);
      const said = {
        ...(!own("text") && { text: summary }),
        ...(!own("default") && { default: fallback?.replace(/^"([^"]*)"$/, "$1") }),
      };
      return [[variable.name, said]];
    });
  const json = JSON.stringify(Object.fromEntries(rows));
  return prettier.format(
    `// Made by \`npm run docs:options\` from the JSDoc of the rows; edit those.
/** First paragraph and default of rows, where their variable does not say it in other words. */
export const DOCS: Readonly<
  Record<string, { readonly text?: string; readonly default?: string }>
> = ${json};
`,
    { parser: "typescript", printWidth: 100 },
  );
}

export const VARIABLE_DOCS = "src/options/environment/docs.generated.ts";

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(new URL(VARIABLE_DOCS, root), await variableDocs());
  writeFileSync(new URL("docs/reference/options.md", root), optionsReference());
}
