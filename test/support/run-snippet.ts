import { readFileSync } from "node:fs";
import ts from "typescript";

/** The blocks of a page that are marked with one of these languages, in order. */
export function blocksOf(page: string, ...languages: readonly string[]): string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
  const fence = new RegExp(`^\`\`\`(?:${languages.join("|")})\\n(.*?)^\`\`\`$`, "gms");
  return [...text.matchAll(fence)].map(([, code]) => code ?? "");
}

/**
 * Runs the code of a page and returns the value of `result`, an expression over its names.
 * Imports and exports are left out: `given` has what the code imports.
 */
export async function runSnippet(
  code: string,
  given: Readonly<Record<string, unknown>>,
  result: string,
): Promise<unknown> {
  const body = code.replace(/^import .*?;\n/gms, "").replace(/^export default .*;\n/gm, "");
  const source = `async function main() {\n${body}\nreturn (${result});\n}`;
  const compiled = ts.transpile(source, { target: ts.ScriptTarget.ES2022 });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- code of our own pages
  const run = new Function(...Object.keys(given), `${compiled}; return main();`) as (
    ...values: unknown[]
  ) => Promise<unknown>;
  return run(...Object.values(given));
}
