import type { CliCommand } from "../command.js";
import { as } from "./as.js";
import { cimd } from "./cimd.js";
import { completion } from "./completion.js";
import { create } from "./create.js";
import { dev } from "./dev.js";
import { doctor } from "./doctor.js";
import { explain } from "./explain.js";
import { init } from "./init.js";
import { token } from "./token.js";

/** Every command, in the order of the help. A new command is a file, and a line here. */
export const COMMANDS: readonly CliCommand[] = [
  create,
  init,
  doctor,
  explain,
  dev,
  token,
  as,
  cimd,
  completion,
];
