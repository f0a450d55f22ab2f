import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A block of TypeScript on a page. */
export interface Snippet {
  /** `docs/guides/tokens.md:29`, where it begins. */
  readonly place: string;
  readonly code: string;
}

/** Every block that a page marks as `ts`. */
export function snippetsOf(page: string, text: string): Snippet[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ 1: code = "", index }) => ({
    place: `${page}:${text.slice(0, index).split("\n").length}`,
    code,
  }));
}

export function readSnippets(): Snippet[] {
  const docs = readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  const pages = ["README.md", ...docs.map((name) => `docs/${name}`).sort()].filter((name) =>
    name.endsWith(".md"),
  );
  return pages.flatMap((page) => snippetsOf(page, readFileSync(join(ROOT, page), "utf8")));
}

/** Every block in an `@example` of src/. */
export function readExamples(): Snippet[] {
  const files = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(join(ROOT, "src", name), "utf8");
      const comments = text.matchAll(/^ \* @example\n((?: \*(?! @| ?\/).*\n)+)/gm);
      return [...comments].flatMap(({ 1: body = "", index }) => {
        const line = text.slice(0, index).split("\n").length;
        const code = body.replace(/^ \* ?/gm, "");
        return snippetsOf(`src/${name}`, code).map((snippet) => ({
          ...snippet,
          place: `src/${name}:${line}`,
        }));
      });
    });
}

/** What pages take as given: names they have imported or explained further up, and the reader's own code. */
const GIVEN = `
import type * as https from "node:https";
import type * as framework from "mcp-framework";
import type * as ours from "mcp-framework-oauth";
import type * as own from "mcp-framework-oauth/authorization-server";

declare global {
  const OAuthAuthProvider: typeof ours.OAuthAuthProvider;
  const provider: ours.OAuthAuthProvider;
  const hashedKeys: typeof ours.hashedKeys;
  const bcrypt: { compare(key: string, hash: string): Promise<boolean> };
  const authorizationServer: own.AuthorizationServer;
  const APIKeyAuthProvider: typeof framework.APIKeyAuthProvider;
  const MCPTool: typeof framework.MCPTool;
  const server: framework.MCPServer;
  const createServer: typeof https.createServer;
  const key: string, cert: string, ca: string, clientSecret: string;
  const keys: readonly { sha256: string; clientId: string; scopes: readonly string[] }[];
  const stillOnKeys: Set<string | undefined>;
  function readSecret(name: string): Promise<string>;
  function sha256(text: string): string;
  function hideDrafts(): void;
  interface Row { userId: string; clientId: string; scopes: string[]; expiresAt: Date }
  const db: {
    tokens: { findByHash(hash: string): Promise<Row | undefined> };
    keys: { find(hash: string): Promise<{ active: true; subject: string } | undefined> };
    tenants: { findByIssuer(issuer: string): Promise<{ audience: string } | undefined> };
    organisationOf(subject: string | undefined): Promise<string>;
  };
}
`;

/** A block may show a module, some options of the provider, or some members of a tool. */
function moduleOf(code: string): string {
  if (/^\w+: /.test(code)) {
    return `import type { OAuthAuthProviderOptions } from "mcp-framework-oauth";
export default { resource: "", authorizationServers: [],
${code}} satisfies OAuthAuthProviderOptions;`;
  }
  if (/^\w+ = /.test(code)) return `export abstract class Tool extends MCPTool {\n${code}}`;
  return `${code}\nexport {};`;
}

/** What the compiler says of each, as strictly as it reads our sources; empty where all is well. */
export function compileSnippets(snippets: readonly Snippet[]): string[][] {
  const names = snippets.map((_, index) => join(ROOT, `snippet-${index}.ts`));
  const given = join(ROOT, "snippets-given.d.ts");
  const files = new Map([
    [given, GIVEN],
    ...snippets.map(({ code }, index) => [names[index]!, moduleOf(code)] as const),
  ]);
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  options.paths = {
    "mcp-framework-oauth": [join(ROOT, "src/index.ts")],
    "mcp-framework-oauth/authorization-server": [join(ROOT, "src/authorization-server/index.ts")],
    "mcp-framework-oauth/*": [join(ROOT, "src/*.ts"), join(ROOT, "src/*/index.ts")],
  };
  const host = ts.createCompilerHost(options);
  host.fileExists = (name) => files.has(name) || ts.sys.fileExists(name);
  host.readFile = (name) => files.get(name) ?? ts.sys.readFile(name);
  const program = ts.createProgram([given, ...names], options, host);
  return names.map((name) => {
    const source = program.getSourceFile(name);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    return found.map(({ messageText, start }) => {
      const line = source?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
      const shown = source?.text.split("\n")[line]?.trim() ?? "";
      return `${shown} — ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
    });
  });
}
