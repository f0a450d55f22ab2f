import { CliError, usageError } from "./cli-error.js";
import type { CliIo } from "./terminal/io.js";

/** More than any header field can carry. */
const MAX_CHARACTERS = 64 * 1024;

/**
 * The token to look at: the argument, or standard input where there is none or
 * `-`; at a terminal it is asked for, and not shown. Arguments show up in the
 * shell's history and in the list of processes; the others do not.
 *
 * What people copy along is taken off: `Bearer`, quotes, white space around it.
 */
export async function readToken(argument: string | undefined, io: CliIo): Promise<string> {
  const cure = "Pass it as the argument, or pipe it: pbpaste | mcp-oauth explain --env .env";
  const text = await read(argument, io);
  if (text === undefined) throw usageError("There is no token.", cure);
  const token = text
    .trim()
    .replace(/^authorization:\s*/i, "")
    .replace(/^(?:bearer|dpop)\s+/i, "")
    .replace(/^(["'])(.*)\1$/s, "$2")
    .trim();
  if (token === "") throw usageError("There is no token.", cure);
  return token;
}

/** `undefined` if there is neither an argument nor input, and no terminal for a prompt. */
async function read(argument: string | undefined, io: CliIo): Promise<string | undefined> {
  if (argument === "-") return readAll(io);
  if (argument !== undefined) return argument;
  if (io.stdin.isTTY !== true) return readAll(io);
  return io.interactive ? ask(io) : undefined;
}

async function ask({ stdin, stdout }: CliIo): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const answer: unknown = await password({
    input: stdin as NodeJS.ReadStream,
    output: stdout as NodeJS.WriteStream,
    message: "Paste the token, then press Enter (it is not shown):",
    mask: "",
  });
  if (isCancel(answer)) throw new CliError("Cancelled; no token was read.");
  // Enter alone gives none.
  return typeof answer === "string" ? answer : "";
}

async function readAll({ stdin }: CliIo): Promise<string> {
  let text = "";
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    text += String(chunk);
    if (text.length > MAX_CHARACTERS) {
      throw usageError("The input is too long for a token.", "Pipe only the token.");
    }
  }
  return text;
}
