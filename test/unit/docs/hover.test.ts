import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import ts from "typescript";

/* What an editor shows over an option, read from the declarations as they are packed. */

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
// Below the project, so that the declarations find zod.
const OUT = join(ROOT, "node_modules/.cache/packed-declarations");
const USER = join(OUT, "user.ts");

/** Option types, as the reference lists them. */
const TYPES = [
  ...readFileSync(join(ROOT, "docs/reference/options.md"), "utf8").matchAll(/^## (\w+)$/gm),
].map(([, name = ""]) => name);

let options: ts.CompilerOptions;
let hovers: Map<string, string>;

beforeAll(() => {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), (file) => ts.sys.readFile(file));
  ({ options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT));
  const build = ts.createProgram([join(ROOT, "src/index.ts")], {
    ...options,
    ...{ noEmit: false, declaration: true, emitDeclarationOnly: true },
    ...{ rootDir: join(ROOT, "src"), outDir: OUT, noEmitOnError: false },
  });
  build.emit();
  hovers = hoverTexts(TYPES);
});
afterAll(() => rmSync(OUT, { recursive: true, force: true }));

/** `DPoPOptions.mode` → the documentation that the language service shows for it in a literal. */
function hoverTexts(types: readonly string[]): Map<string, string> {
  const probe = languageService(`export type { ${types.join(", ")} } from "./index.js";`);
  const program = probe.getProgram();
  const checker = program?.getTypeChecker();
  const module = checker?.getSymbolAtLocation(program?.getSourceFile(USER) as ts.Node);
  if (checker === undefined || module === undefined) throw new Error("no program");
  const names = checker.getExportsOfModule(module).flatMap((alias) => {
    const type = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(alias));
    return type.getProperties().map(({ name }) => [alias.name, name] as const);
  });
  const lines = types.map((type) => {
    const members = names.filter(([of]) => of === type).map(([, name]) => `${name}: 0 as never`);
    return `export const a${type}: ${type} = { ${members.join(", ")} };`;
  });
  const text = `import type { ${types.join(", ")} } from "./index.js";\n${lines.join("\n")}\n`;
  const service = languageService(text);
  return new Map(
    names.map(([type, name]) => {
      const line = text.indexOf(`export const a${type}: `);
      const position = text.indexOf(` ${name}: 0`, line) + 1;
      const info = service.getQuickInfoAtPosition(USER, position);
      return [`${type}.${name}`, ts.displayPartsToString(info?.documentation)];
    }),
  );
}

function languageService(text: string): ts.LanguageService {
  return ts.createLanguageService({
    getCompilationSettings: () => ({ ...options, noEmit: true }),
    getScriptFileNames: () => [USER],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const found = file === USER ? text : ts.sys.readFile(file);
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found);
    },
    getCurrentDirectory: () => ROOT,
    getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
    fileExists: (file) => file === USER || ts.sys.fileExists(file),
    readFile: (file) => (file === USER ? text : ts.sys.readFile(file)),
    directoryExists: (path) => ts.sys.directoryExists(path),
    realpath: (path) => ts.sys.realpath?.(path) ?? path,
  });
}

describe("an editor that hovers over an option", () => {
  it("shows its docs, for each of them", () => {
    expect(TYPES).toEqual(expect.arrayContaining(["OAuthAuthProviderOptions", "DPoPOptions"]));
    expect(hovers.size).toBeGreaterThan(120);
    expect([...hovers].filter(([, text]) => text === "").map(([name]) => name)).toEqual([]);
  });

  it("shows the docs of the row", () => {
    expect(hovers.get("JwtValidationOptions.clockToleranceSeconds")).toMatch(
      /^Clock skew tolerance/,
    );
    expect(hovers.get("DPoPOptions.proofMaxAgeSeconds")).toMatch(/^How far a proof's `iat`/);
  });
});
