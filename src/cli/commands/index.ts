import type { CliCommand } from "../command.js";
import { completion } from "./completion.js";

/** Every command, in the order of the help. A new one is a file of its own and a line here. */
export const COMMANDS: readonly CliCommand[] = [completion];
