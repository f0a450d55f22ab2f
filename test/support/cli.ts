import { PassThrough, Readable } from "node:stream";
import { run } from "../../src/cli/program.js";

export interface CliRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliSetup {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Whether the streams are terminals. */
  readonly terminal?: boolean;
}

/** Runs the command line inside this process. */
export async function runCli(args: readonly string[], setup: CliSetup = {}): Promise<CliRun> {
  const stdout = capture(setup.terminal);
  const stderr = capture(setup.terminal);
  const stdin = Object.assign(Readable.from(setup.stdin === undefined ? [] : [setup.stdin]), {
    isTTY: setup.terminal ?? false,
    // What a terminal has beside a stream's members; a prompt calls it.
    setRawMode: () => undefined,
  });
  const status = await run(args, {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: setup.env ?? {},
    cwd: setup.cwd ?? process.cwd(),
  });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function capture(terminal = false) {
  const chunks: Buffer[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: terminal });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
