import { createInterface } from "node:readline";
import { CliError, usageError } from "../cli-error.js";
import type { CliIo } from "../terminal/io.js";

/** NIST SP 800-63B §3.1.1.2, for a password that is the only factor. */
const SHORTEST = 15;
const LONGEST = 1_024;

/**
 * A new password: the first line of standard input, or asked for at a terminal
 * and not shown. Never an argument, which other users of the machine can read.
 */
export async function readPassword(io: CliIo): Promise<string> {
  const password = io.stdin.isTTY === true ? await ask(io) : await readLine(io);
  if (password.length < SHORTEST || password.length > LONGEST) {
    throw usageError(
      `The password must have ${SHORTEST} to ${LONGEST} characters.`,
      "Use a passphrase of several words, or one from a password manager.",
    );
  }
  return password;
}

async function ask({ stdin, stdout, interactive }: CliIo): Promise<string> {
  if (!interactive) throw usageError("There is no password.", "Pipe it into this command.");
  const { isCancel, password } = await import("@clack/prompts");
  const question = (message: string) =>
    password({
      input: stdin as NodeJS.ReadStream,
      output: stdout as NodeJS.WriteStream,
      message,
      mask: "",
    }) as Promise<unknown>;
  const first = await question("New password (not shown):");
  const second = isCancel(first) ? first : await question("The same again:");
  if (isCancel(second)) throw new CliError("Cancelled; nothing was changed.");
  if (first !== second) throw usageError("The passwords differ.", "Try again.");
  return typeof first === "string" ? first : "";
}

async function readLine({ stdin }: CliIo): Promise<string> {
  for await (const line of createInterface({ input: stdin })) return line;
  return "";
}
