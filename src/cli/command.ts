import type { Command } from "commander";
import type { CliIo } from "./terminal/io.js";
import type { ExitStatus } from "./cli-error.js";

/** What an action returns: nothing when all went well. */
type ActionResult = ExitStatus | void;

/**
 * One command of `mcp-oauth`, in its own file in `commands/`.
 *
 * `define` adds the command to the program: name, arguments, options, help and
 * action. Import heavy modules inside the action, with `import()`: `--help` and
 * completion must be quick. Throw errors for users as `CliError`.
 */
export interface CliCommand {
  /** Adds itself to `program` and returns what it added. */
  define(program: Command, context: CommandContext): Command;
}

export interface CommandContext {
  readonly io: CliIo;
  /** Wraps an action, so that its return value becomes the exit status. */
  readonly action: <Arguments extends unknown[]>(
    run: (...args: Arguments) => Promise<ActionResult> | ActionResult,
  ) => (...args: Arguments) => Promise<void>;
}

/** The part of a help text that shows how a command is used. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  const rows = lines.map(([command, what]) => `  $ ${command.padEnd(width)}  ${what}`);
  return ["", "Examples:", ...rows].join("\n");
}
