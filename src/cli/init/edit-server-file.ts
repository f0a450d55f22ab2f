import type TypeScript from "typescript";
import { CliError } from "../cli-error.js";
import { applyEdits, indentAt, type TextEdit } from "./text-edits.js";

type Ts = typeof TypeScript;

const FRAMEWORK = "mcp-framework";
const OURS = "mcp-framework-oauth";
const PROVIDER = "OAuthAuthProvider";

/**
 * Adds the provider to the file that starts the server. Everything else in
 * the file stays as it is, to the character; a file that has it already is
 * returned unchanged.
 *
 * @param ts the project's own TypeScript, whose syntax the file is written in
 * @throws CliError if the file cannot be edited safely
 */
export function editServerFile(ts: Ts, path: string, text: string): string {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports = readImports(ts, source);
  const server = findServer(ts, source, path);
  const edits: TextEdit[] = [];
  const hasOurs = imports.some(({ from, names }) => from === OURS && names.includes(PROVIDER));
  const builtIn = imports.find(({ from, names }) => from === FRAMEWORK && names.includes(PROVIDER));
  if (!hasOurs && builtIn !== undefined) edits.push(...moveImport(ts, builtIn, text));

  let needsProvider = false;
  for (const transport of httpTransports(ts, server, path)) {
    const options = objectAt(ts, transport, "options");
    const auth = property(ts, transport, "auth") ?? (options && property(ts, options, "auth"));
    if (auth === undefined) {
      edits.push(addAuth(ts, transport, options, text));
      needsProvider = true;
    } else if (!hasOurs && builtIn === undefined) {
      throw new CliError(
        `${path} already has an authentication (line ${lineOf(source, auth)}).`,
        "Remove it, or use API keys with OAuth: see the guide on migrating from API keys.",
      );
    } else {
      edits.push(...mendEndpoints(ts, auth, text));
    }
  }
  if (needsProvider && !hasOurs && builtIn === undefined) {
    edits.push(addPreamble(imports, text));
  }
  return applyEdits(text, edits);
}

interface Import {
  readonly node: TypeScript.ImportDeclaration;
  readonly from: string;
  readonly names: readonly string[];
}

function readImports(ts: Ts, source: TypeScript.SourceFile): Import[] {
  return source.statements.filter(ts.isImportDeclaration).map((node) => {
    const bindings = node.importClause?.namedBindings;
    return {
      node,
      from: ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : "",
      names:
        bindings !== undefined && ts.isNamedImports(bindings)
          ? bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
          : [],
    };
  });
}

/** Replaces the import of the built-in provider by this package's, under the same name. */
function moveImport(ts: Ts, { node, names }: Import, text: string): TextEdit[] {
  const bindings = node.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return [];
  const ours = bindings.elements.find(
    ({ name, propertyName }) => (propertyName ?? name).text === PROVIDER,
  );
  if (ours === undefined) return [];
  const line = `import { ${ours.getText()} } from "${OURS}";`;
  if (names.length === 1 && node.importClause?.name === undefined) {
    return [{ start: node.getStart(), end: node.getEnd(), text: line }];
  }
  const index = bindings.elements.indexOf(ours);
  const next = bindings.elements[index + 1];
  const previous = bindings.elements[index - 1];
  return [
    next === undefined
      ? { start: previous?.getEnd() ?? ours.getStart(), end: ours.getEnd(), text: "" }
      : { start: ours.getStart(), end: next.getStart(), text: "" },
    { start: node.getEnd(), end: node.getEnd(), text: `${newlineOf(text)}${line}` },
  ];
}

function findServer(ts: Ts, source: TypeScript.SourceFile, path: string): TypeScript.NewExpression {
  const found: TypeScript.NewExpression[] = [];
  const look = (node: TypeScript.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === "MCPServer") found.push(node);
    ts.forEachChild(node, look);
  };
  look(source);
  const [server] = found;
  if (server === undefined || found.length > 1) {
    throw new CliError(
      server === undefined
        ? `There is no "new MCPServer(…)" in ${path}.`
        : `There is more than one "new MCPServer(…)" in ${path}.`,
      "Name the file that has the server with --file, or add the provider by hand.",
    );
  }
  return server;
}

/** The transports that speak HTTP, as object literals. */
function httpTransports(
  ts: Ts,
  server: TypeScript.NewExpression,
  path: string,
): TypeScript.ObjectLiteralExpression[] {
  const notUnderstood = new CliError(
    `The transport in ${path} is not written out as an object, so it cannot be changed safely.`,
    "Add auth: { provider: new OAuthAuthProvider({ … }) } to its options by hand.",
  );
  const stdio = new CliError(
    `The server in ${path} uses stdio, where OAuth does not apply.`,
    'Add a transport first: transport: { type: "http-stream", options: { port: 8080 } }.',
  );
  const [options] = server.arguments ?? [];
  if (options === undefined) throw stdio;
  if (!ts.isObjectLiteralExpression(options)) throw notUnderstood;
  const one = property(ts, options, "transport")?.initializer;
  const many = property(ts, options, "transports")?.initializer;
  const hasSpread = options.properties.some((member) => !ts.isPropertyAssignment(member));
  if (one === undefined && many === undefined) throw hasSpread ? notUnderstood : stdio;
  const candidates = [
    ...(one === undefined ? [] : [one]),
    ...(many !== undefined && ts.isArrayLiteralExpression(many) ? many.elements : []),
  ];
  const transports = candidates.map((candidate) => {
    if (!ts.isObjectLiteralExpression(candidate)) throw notUnderstood;
    const type = property(ts, candidate, "type")?.initializer;
    if (type === undefined || !ts.isStringLiteralLike(type)) throw notUnderstood;
    if (candidate.properties.some((member) => !ts.isPropertyAssignment(member))) {
      throw notUnderstood;
    }
    const inner = property(ts, candidate, "options")?.initializer;
    if (inner !== undefined && !ts.isObjectLiteralExpression(inner)) throw notUnderstood;
    // A spread may contain an `auth` that is not visible here.
    if (inner?.properties.some((member) => ts.isSpreadAssignment(member))) throw notUnderstood;
    return { node: candidate, type: type.text };
  });
  if (transports.length === 0) throw notUnderstood;
  const http = transports.filter(({ type }) => type === "sse" || type === "http-stream");
  if (http.length === 0) throw stdio;
  return http.map(({ node }) => node);
}

function property(
  ts: Ts,
  object: TypeScript.ObjectLiteralExpression,
  name: string,
): TypeScript.PropertyAssignment | undefined {
  return object.properties
    .filter(ts.isPropertyAssignment)
    .find((member) => member.name.getText().replace(/^["']|["']$/g, "") === name);
}

function objectAt(
  ts: Ts,
  object: TypeScript.ObjectLiteralExpression,
  name: string,
): TypeScript.ObjectLiteralExpression | undefined {
  const value = property(ts, object, name)?.initializer;
  return value !== undefined && ts.isObjectLiteralExpression(value) ? value : undefined;
}

function addAuth(
  ts: Ts,
  transport: TypeScript.ObjectLiteralExpression,
  options: TypeScript.ObjectLiteralExpression | undefined,
  text: string,
): TextEdit {
  if (options !== undefined) return addMember(options, AUTH, text);
  return addMember(transport, ["options: {", ...AUTH.map((line) => `  ${line}`), "},"], text);
}

const AUTH = [
  "auth: {",
  "  provider: new OAuthAuthProvider({",
  '    resource: process.env.OAUTH_RESOURCE ?? "http://localhost:8080/mcp",',
  '    authorizationServers: [process.env.OAUTH_ISSUER ?? ""],',
  "  }),",
  "},",
];

/** Adds a member at the end of an object literal, indented as its neighbours are. */
function addMember(
  object: TypeScript.ObjectLiteralExpression,
  lines: readonly string[],
  text: string,
): TextEdit {
  const newline = newlineOf(text);
  const last = object.properties.at(-1);
  const outer = indentAt(text, object.getStart());
  const isOneLine = !object.getText().includes("\n");
  const inner = last === undefined || isOneLine ? `${outer}  ` : indentAt(text, last.getStart());
  const put = lines.map((line) => inner + line).join(newline);
  if (last === undefined) {
    const start = object.getStart() + 1;
    return { start, end: object.getEnd() - 1, text: newline + put + newline + outer };
  }
  const comma = object.properties.hasTrailingComma ? "" : ",";
  const after = object.properties.hasTrailingComma
    ? text.indexOf(",", last.getEnd()) + 1
    : last.getEnd();
  // A comment behind the last member stays with it.
  const rest = /^[ \t]*\/\/[^\r\n]*/.exec(text.slice(after))?.[0] ?? "";
  return {
    start: after,
    end: after + rest.length,
    text: comma + rest + newline + put + (isOneLine ? newline + outer : ""),
  };
}

/**
 * `mcp create --oauth` writes `endpoints.initialize`, which the framework's
 * types do not know. The guard protects every endpoint without it.
 */
function mendEndpoints(
  ts: Ts,
  auth: TypeScript.PropertyAssignment,
  text: string,
): readonly TextEdit[] {
  if (!ts.isObjectLiteralExpression(auth.initializer)) return [];
  const endpoints = objectAt(ts, auth.initializer, "endpoints");
  const unknown = endpoints && property(ts, endpoints, "initialize");
  if (unknown === undefined) return [];
  const start = text.lastIndexOf("\n", unknown.getStart()) + 1;
  const rest = /^[ \t]*,?[ \t]*(\/\/[^\r\n]*)?(\r?\n)?/.exec(text.slice(unknown.getEnd()));
  const isAlone = /^[ \t]*$/.test(text.slice(start, unknown.getStart())) && rest?.[2] !== undefined;
  const comma = /^\s*,[ \t]*/.exec(text.slice(unknown.getEnd()))?.[0] ?? "";
  return [
    isAlone
      ? { start, end: unknown.getEnd() + (rest?.[0].length ?? 0), text: "" }
      : { start: unknown.getStart(), end: unknown.getEnd() + comma.length, text: "" },
  ];
}

/** Imports behind the last import, and the settings read before they are needed. */
function addPreamble(imports: readonly Import[], text: string): TextEdit {
  const newline = newlineOf(text);
  const readsEnv = /loadEnvFile|dotenv/.test(text);
  const lines = [
    ...(readsEnv || /\bexistsSync\b/.test(text) ? [] : ['import { existsSync } from "node:fs";']),
    `import { ${PROVIDER} } from "${OURS}";`,
    ...(readsEnv
      ? []
      : [
          "",
          "// Variables that are set already win over the file.",
          'if (existsSync(".env")) process.loadEnvFile(".env");',
        ]),
  ];
  const position = imports.at(-1)?.node.getEnd() ?? 0;
  return { start: position, end: position, text: newline + lines.join(newline) };
}

function newlineOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}

function lineOf(source: TypeScript.SourceFile, node: TypeScript.Node): number {
  return source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
}
