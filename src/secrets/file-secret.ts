import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { ConfigurationError, UnavailableError } from "../core/errors.js";

/** Larger files are not secrets, but a log or a device. In bytes. */
const MAX_BYTES = 64 * 1024;
/** A pipe in its place would otherwise hang the start, and a thread for every attempt after that. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The text of a mounted secret, without the line end that editors and `echo`
 * add. The file is opened anew each time: mounts replace it when it rotates.
 *
 * @throws UnavailableError when it cannot be read, is empty or too large; never quotes it
 */
export async function readFileSecret(path: string): Promise<string> {
  try {
    const file = await open(path, FLAGS);
    try {
      if (!(await file.stat()).isFile()) throw new UnavailableError("secret_file_unreadable");
      // One read of one byte more than allowed: bounded, regardless of stat.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES + 1), 0);
      return toSecret(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    throw new UnavailableError("secret_file_unreadable", { cause: new Error(codeOf(error)) });
  }
}

/**
 * Looks at start-up whether a mounted secret can be read, so that a wrong path
 * is found before the first request.
 *
 * @param variable the environment variable that names the file, for the message
 * @throws ConfigurationError
 */
export function checkFileSecret(path: string, variable: string): void {
  const refuse = (found: string, cure: string): never => {
    throw new ConfigurationError(
      "ERR_OAUTH_SECRET_FILE",
      `${variable} refers to the file ${path}, which ${found}; ${cure}`,
    );
  };
  let file: number | undefined;
  try {
    file = openSync(path, FLAGS);
    if (!fstatSync(file).isFile()) return refuse("is no file", "name the file itself.");
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    toSecret(buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0)));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    if (error instanceof UnavailableError) {
      const tooLarge = error.reason === "secret_too_large";
      return refuse(
        tooLarge ? `has more than ${MAX_BYTES} bytes` : "is empty",
        "put the secret, and nothing else, into it.",
      );
    }
    return refuse(
      `cannot be read (${codeOf(error)})`,
      "mount it, and let the user of this process read it.",
    );
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function toSecret(bytes: Buffer): string {
  if (bytes.length > MAX_BYTES) throw new UnavailableError("secret_too_large");
  const text = bytes.toString("utf8").replace(/\r?\n$/, "");
  if (text === "") throw new UnavailableError("secret_empty");
  return text;
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === "string" ? code : "unknown error";
}
