import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { explainByVariables, optionsFromEnv } from "../options/environment/options-from-env.js";
import { parseOptions } from "../options/parse.js";
import type { Settings } from "../options/settings.js";
import { usageError } from "./cli-error.js";
import type { CliIo } from "./terminal/io.js";

/**
 * Variables of an `.env` file over those of this process. dotenv has the opposite
 * order, but here the named file is to be checked.
 */
export function readEnvFile(file: string, io: Pick<CliIo, "cwd" | "env">): NodeJS.ProcessEnv {
  let text: string;
  try {
    text = readFileSync(resolve(io.cwd, file), "utf8");
  } catch {
    throw usageError(`${file} cannot be read.`, "Set the path of an .env file.");
  }
  return { ...io.env, ...parseEnv(text) };
}

/**
 * Options of a provider as `OAuthAuthProvider.fromEnv()` reads them, checked.
 *
 * @throws ConfigurationError with the variable and the fix
 */
export function checkedOptionsFromEnv(env: NodeJS.ProcessEnv): Settings {
  try {
    return parseOptions(optionsFromEnv(env));
  } catch (error) {
    throw explainByVariables(error, env);
  }
}
