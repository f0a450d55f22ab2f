import { usageError } from "./cli-error.js";
import type { CliIo } from "./io.js";

/** More than any header field can carry. */
const MAX_CHARACTERS = 64 * 1024;

/**
 * The token to look at: the argument, or standard input where there is none or
 * `-`. Arguments show up in the shell's history and in the list of processes;
 * standard input does not.
 *
 * What people copy along is taken off: `Bearer`, quotes, white space around it.
 */
export async function readToken(argument: string | undefined, io: CliIo): Promise<string> {
  const cure = "Give it as the argument, or pipe it in: pbpaste | mcp-oauth explain --env .env";
  if (argument === undefined && io.stdin.isTTY === true)
    throw usageError("There is no token.", cure);
  const text = argument === undefined || argument === "-" ? await readAll(io) : argument;
  const token = text
    .trim()
    .replace(/^authorization:\s*/i, "")
    .replace(/^(?:bearer|dpop)\s+/i, "")
    .replace(/^(["'])(.*)\1$/s, "$2")
    .trim();
  if (token === "") throw usageError("There is no token.", cure);
  return token;
}

async function readAll({ stdin }: CliIo): Promise<string> {
  let text = "";
  for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
    text += String(chunk);
    if (text.length > MAX_CHARACTERS) {
      throw usageError("What was piped in is too long for a token.", "Pipe in the token alone.");
    }
  }
  return text;
}
