import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type TypeScript from "typescript";
import { CliError } from "../cli-error.js";
import { editServerFile } from "./edit-server-file.js";

/** A file before and after the change. */
export interface FileChange {
  readonly path: string;
  /** `undefined` for a new file. */
  readonly before: string | undefined;
  readonly after: string;
}

/**
 * The changes of `init` in a project; empty if there is nothing to do. Writes
 * nothing.
 *
 * @throws CliError if the project cannot be edited safely
 */
export function planInit(folder: string, serverFile: string, packageVersion: string): FileChange[] {
  const changes = [
    editFile(folder, "package.json", (text) => editPackageJson(text, packageVersion)),
    editFile(folder, serverFile, (text) =>
      editServerFile(loadTypeScript(folder), serverFile, text),
    ),
    ...toolFiles(folder).map((path) => editFile(folder, path, mendExampleTool)),
    addLines(folder, ".env.example", ENV_LINES),
    addLines(folder, ".gitignore", [[/^\/?\.env$/m, ".env"]]),
  ];
  return changes.filter(({ before, after }) => before !== after);
}

function editFile(folder: string, path: string, edit: (text: string) => string): FileChange {
  const full = join(folder, path);
  if (!existsSync(full)) {
    throw new CliError(
      `There is no ${path} here.`,
      path === "package.json"
        ? "Run this in the project's folder; for a new project: mcp-oauth create."
        : "Name the file that starts the server with --file.",
    );
  }
  const before = readFileSync(full, "utf8");
  return { path, before, after: edit(before) };
}

/** zod 3 is added because npm otherwise installs zod 4, with which no tool compiles. */
function editPackageJson(text: string, version: string): string {
  const { dependencies = {} } = parseJson(text) as { dependencies?: Record<string, string> };
  if (dependencies["mcp-framework"] === undefined) {
    throw new CliError(
      "This project does not depend on mcp-framework.",
      "Run this in the folder of a project made with it.",
    );
  }
  const wanted = { "mcp-framework-oauth": `^${version}`, zod: "^3.25.76" };
  const missing = Object.entries(wanted).filter(([name]) => !Object.hasOwn(dependencies, name));
  const indent = /\n([ \t]+)"mcp-framework"/.exec(text)?.[1] ?? "    ";
  const lines = missing.map(([name, range]) => `\n${indent}"${name}": "${range}",`).join("");
  // Inserts text instead of rewriting the file, to keep its layout.
  return text.replace(/("dependencies"\s*:\s*\{)/, (start) => start + lines);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CliError("package.json is not valid JSON.", "Fix it first.", 1, { cause });
  }
}

function loadTypeScript(folder: string): typeof TypeScript {
  try {
    return createRequire(join(folder, "package.json"))("typescript") as typeof TypeScript;
  } catch (cause) {
    throw new CliError(
      "TypeScript is not installed in this project, and without it the source cannot be read safely.",
      "Run npm install first.",
      1,
      { cause },
    );
  }
}

function toolFiles(folder: string): string[] {
  const tools = join(folder, "src/tools");
  if (!existsSync(tools)) return [];
  return readdirSync(tools, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/tools/${name.replaceAll("\\", "/")}`)
    .sort();
}

/** The output of `mcp create --oauth` and its repair: no second argument is ever passed. */
const GENERATED = `  async execute(input: MCPInput<this>, context?: any) {
    // Access authentication claims from OAuth token
    const claims = context?.auth?.data;
    const userId = claims?.sub || 'unknown';
    const scope = claims?.scope || 'N/A';
`;
const MENDED = `  async execute(input: MCPInput<this>) {
    // The access token of this request, as it was checked
    const token = getAccessToken();
    const userId = token?.subject ?? 'unknown';
    const scope = token === undefined ? 'N/A' : [...token.scopes].join(' ');
`;
const FRAMEWORK_IMPORT = /^import \{[^}]*\} from "mcp-framework";\n/m;

/** Repairs only the generated example, not the user's own tools. */
function mendExampleTool(text: string): string {
  if (!text.includes(GENERATED) || !FRAMEWORK_IMPORT.test(text)) return text;
  return text
    .replace(GENERATED, () => MENDED)
    .replace(
      FRAMEWORK_IMPORT,
      (line) => `${line}import { getAccessToken } from "mcp-framework-oauth";\n`,
    );
}

const ENV_LINES: readonly (readonly [RegExp, string])[] = [
  [
    /^#?\s*OAUTH_RESOURCE=/m,
    "# The address of this server, as clients write it. Tokens must be issued for it.\n" +
      "OAUTH_RESOURCE=http://localhost:8080/mcp",
  ],
  [
    /^#?\s*OAUTH_ISSUER=/m,
    "# The authorization server whose tokens are accepted, as its own metadata spells it.\n" +
      "OAUTH_ISSUER=https://auth.example.com",
  ],
];

/** Adds the lines that are not there yet; makes the file where there is none. */
function addLines(
  folder: string,
  path: string,
  lines: readonly (readonly [RegExp, string])[],
): FileChange {
  const full = join(folder, path);
  const before = existsSync(full) ? readFileSync(full, "utf8") : undefined;
  const missing = lines.filter(([known]) => !known.test(before ?? "")).map(([, line]) => line);
  if (missing.length === 0) return { path, before, after: before ?? "" };
  const start =
    before === undefined || before === "" || before.endsWith("\n") ? before : `${before}\n`;
  return { path, before, after: `${start ?? ""}${missing.join("\n")}\n` };
}
