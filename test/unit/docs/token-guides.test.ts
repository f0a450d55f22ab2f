import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { APIKeyAuthProvider } from "mcp-framework";
import ts from "typescript";
import { hashedKeys, OAuthAuthProvider } from "../../../src/index.js";

/** What the snippets take as given. */
const GIVEN = {
  OAuthAuthProvider,
  APIKeyAuthProvider,
  process: {
    env: {
      KEY: "key-from-the-environment",
      CLIENT_SECRET: "secret",
      CI_KEY_HASH: `$2b$12$${"a".repeat(53)}`,
    },
  },
  hashedKeys,
  bcrypt: { compare: async () => false },
  sha256: (text: string) => createHash("sha256").update(text).digest("hex"),
  readSecret: async () => "s".repeat(32),
  clientSecret: "secret",
  keys: [{ sha256: "0".repeat(64), clientId: "c", scopes: [] }],
  db: {},
  stillOnKeys: new Set(),
};

function run(snippet: string): unknown {
  const expression = snippet.startsWith("new ")
    ? snippet.replace(/;\s*$/, "")
    : `new OAuthAuthProvider({
        resource: "https://mcp.example.com/mcp",
        authorizationServers: ["https://auth.example.com"],
        ${snippet}
      })`;
  const code = ts.transpile(`const made = ${expression};`, { target: ts.ScriptTarget.ES2022 });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- snippets of our own pages
  return new Function(...Object.keys(GIVEN), `${code}; return made;`)(...Object.values(GIVEN));
}

describe.each(["tokens", "api-key-migration"])("docs/guides/%s.md", (name) => {
  const page = readFileSync(new URL(`../../../docs/guides/${name}.md`, import.meta.url), "utf8");
  // Whole modules are compiled by the test of all snippets.
  const snippets = [...page.matchAll(/```ts\n(.*?)```/gs)]
    .map(([, code]) => code ?? "")
    .filter((code) => !code.startsWith("import "));

  it("has snippets", () => {
    expect(snippets.length).toBeGreaterThan(5);
  });

  it.each(snippets.map((code) => [code.split("\n", 2).join(" ").slice(0, 60), code]))(
    "shows options that are right: %s",
    (_start, code) => {
      expect(run(code)).toBeInstanceOf(OAuthAuthProvider);
    },
  );
});
