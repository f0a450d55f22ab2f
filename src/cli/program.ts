import { Command, CommanderError } from "commander";
import { CliError, EXIT, type ExitStatus } from "./cli-error.js";
import { COMMANDS } from "./commands/index.js";
import { examples, type CommandContext } from "./command.js";
import { createIo, type CliIo, type CliStreams } from "./terminal/io.js";
import { printable } from "./terminal/printable.js";
import { createStyle } from "./terminal/style.js";
import { packageVersion } from "./version.js";

const MAX_WIDTH = 100;

/** The whole command line as a tree: what help, completion and the reference are made from. */
export function createProgram(
  io: CliIo,
  onExitStatus: (status: ExitStatus) => void = () => undefined,
): Command {
  const context: CommandContext = {
    io,
    action:
      (run) =>
      async (...args) =>
        onExitStatus((await run(...args)) ?? EXIT.ok),
  };
  const program = new Command("mcp-oauth")
    .description("OAuth 2.1 for servers written with mcp-framework, from the command line.")
    .version(packageVersion(), "-V, --version", "Print the version")
    .helpOption("-h, --help", "Show help")
    .helpCommand("help [command]", "Show help for a command")
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      // Errors are written in one place, by `run`.
      outputError: () => undefined,
      // Lines longer than this are hard to read, however wide the terminal is.
      getOutHelpWidth: () => Math.min(io.stdout.columns ?? MAX_WIDTH, MAX_WIDTH),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      "after",
      examples(
        ["mcp-oauth doctor --url https://mcp.example.com/mcp", "check a server as a client does"],
        ["pbpaste | mcp-oauth explain --env .env", "why a token is or is not accepted"],
        ["mcp-oauth help doctor", "everything about one command"],
      ),
    );
  for (const command of COMMANDS) command.define(program, context);
  return program;
}

/**
 * Runs the command line and resolves with the exit status; never rejects and
 * never ends the process, so that output is flushed and tests can call it.
 *
 * @param args The arguments after the command's name.
 */
export async function run(args: readonly string[], streams: CliStreams): Promise<ExitStatus> {
  const io = createIo(streams);
  let status: ExitStatus = EXIT.ok;
  try {
    const program = createProgram(io, (result) => (status = result));
    if (args.length === 0) {
      program.outputHelp();
      return EXIT.ok;
    }
    await program.parseAsync(args, { from: "user" });
    return status;
  } catch (error) {
    return reportError(error, io);
  }
}

/** Prints one line and returns the exit status; with DEBUG also the stack. */
function reportError(error: unknown, io: CliIo): ExitStatus {
  // Help and version were printed already.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const { message, cure, exitStatus } = describe(error);
  const style = createStyle(io.stderr, io.env);
  const line = printable(message, 2_000);
  io.note(
    `${style.bad("error:")} ${line}${cure === undefined ? "" : ` ${printable(cure, 2_000)}`}`,
  );
  if (isDebug(io.env) && error instanceof Error && error.stack !== undefined) io.note(error.stack);
  return exitStatus;
}

interface Described {
  readonly message: string;
  readonly cure?: string | undefined;
  readonly exitStatus: ExitStatus;
}

function describe(error: unknown): Described {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
    return {
      message: /[.!?)]$/.test(message) ? message : `${message}.`,
      cure: "See mcp-oauth --help.",
      exitStatus: EXIT.usage,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: message === "" ? "Something unexpected happened." : message,
    cure: hasOwnCure(error) ? undefined : "Set DEBUG=1 to see the stack.",
    exitStatus: EXIT.failed,
  };
}

/** A ConfigurationError's message names the option and what to do. */
function hasOwnCure(error: unknown): boolean {
  return error instanceof Error && error.name === "ConfigurationError";
}

function isDebug(env: NodeJS.ProcessEnv): boolean {
  const value = env["DEBUG"];
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}
