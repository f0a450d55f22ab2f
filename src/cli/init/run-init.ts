import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { confirm, isCancel } from "@clack/prompts";
import { CliError, EXIT, usageError, type ExitStatus } from "../cli-error.js";
import type { CliIo } from "../terminal/io.js";
import { packageVersion } from "../version.js";
import { planInit } from "./plan-init.js";
import { unifiedDiff } from "./unified-diff.js";

export interface InitOptions {
  readonly file: string;
  readonly yes?: boolean;
}

/**
 * `mcp-oauth init`: shows what would change, asks, and writes. A second run
 * finds nothing to do.
 *
 * @throws CliError
 */
export async function runInit(options: InitOptions, io: CliIo): Promise<ExitStatus> {
  const changes = planInit(io.cwd, options.file, packageVersion());
  if (changes.length === 0) {
    io.print("Nothing to do: this project has OAuth already.");
    return EXIT.ok;
  }
  for (const { path, before, after } of changes) {
    io.print(coloured(unifiedDiff(path, before, after), io));
  }
  if (options.yes !== true) {
    if (!io.interactive) {
      throw usageError("Nothing was written.", "Write these changes with --yes.");
    }
    const answer = await confirm({
      message: `Write these changes to ${changes.map(({ path }) => path).join(", ")}?`,
      input: io.stdin as NodeJS.ReadStream,
      output: io.stdout as NodeJS.WriteStream,
    });
    if (isCancel(answer) || !answer) throw new CliError("Nothing was written.");
  }
  for (const { path, after } of changes) writeFileSync(join(io.cwd, path), after);
  io.print("");
  io.print(`Written: ${changes.map(({ path }) => path).join(", ")}.`);
  io.print("Next:");
  io.print("  npm install");
  io.print("  cp .env.example .env    # and fill it in");
  io.print("  npx mcp-oauth dev       # or try it with a development authorization server");
  return EXIT.ok;
}

function coloured(diff: string, { style }: CliIo): string {
  return diff
    .split("\n")
    .map((line) => {
      if (/^(---|\+\+\+) /.test(line)) return style.heading(line);
      if (line.startsWith("+")) return style.good(line);
      if (line.startsWith("-")) return style.bad(line);
      return line.startsWith("@@") ? style.code(line) : line;
    })
    .join("\n");
}
