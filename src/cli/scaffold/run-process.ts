import { spawn } from "node:child_process";
import { CliError } from "../cli-error.js";
import { printable } from "../terminal/printable.js";

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Receives the last lines of a program that failed. */
  readonly note: (line: string) => void;
}

/** Number of last lines shown of a failed program. */
const TAIL_LINES = 15;

/**
 * Runs a program to its end, silently. Its output is shown only when it fails.
 *
 * @throws CliError
 */
export async function runProcess(
  what: string,
  command: string,
  args: readonly string[],
  { cwd, env, note }: ProcessOptions,
  shell = false,
): Promise<void> {
  let output = "";
  const keep = (chunk: Buffer) => {
    // Bounded, because npm may print much.
    output = (output + chunk.toString("utf8")).slice(-20_000);
  };
  const status = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], shell });
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    child.once("close", resolve);
  }).catch((cause: unknown) => {
    throw new CliError(`${what} could not be started.`, `Is ${command} installed?`, 1, { cause });
  });
  if (status === 0) return;
  for (const line of output.trimEnd().split("\n").slice(-TAIL_LINES)) note(`  ${printable(line)}`);
  throw new CliError(`${what} failed (status ${status ?? "none"}).`, "Its last output is above.");
}

/** Runs npm. Arguments must never contain user input. */
export function npm(args: readonly string[], options: ProcessOptions): Promise<void> {
  // On Windows npm is a batch file, which only a shell can start.
  return runProcess(`npm ${args.join(" ")}`, "npm", args, options, process.platform === "win32");
}
