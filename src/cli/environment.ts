import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import type { OAuthAuthProviderOptions } from "../config/options/options.js";
import { CliError, usageError } from "./cli-error.js";
import type { CliIo } from "./io.js";

/**
 * Variables of an `.env` file over those of this process, as dotenv has it the
 * other way round: the file that was named is what is asked about.
 */
export function readEnvFile(file: string, io: Pick<CliIo, "cwd" | "env">): NodeJS.ProcessEnv {
  let text: string;
  try {
    text = readFileSync(resolve(io.cwd, file), "utf8");
  } catch {
    throw usageError(`${file} cannot be read.`, "Give the path of an .env file.");
  }
  return { ...io.env, ...parseEnv(text) };
}

/** Options of a provider as `OAuthAuthProvider.fromEnv()` would read them from a file. */
export async function optionsFromEnvFile(
  file: string,
  io: Pick<CliIo, "cwd" | "env">,
): Promise<OAuthAuthProviderOptions> {
  readEnvFile(file, io);
  return Promise.reject(new CliError("--env is not there yet.", "Give --issuer and --resource."));
}
