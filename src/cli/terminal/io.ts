import { createStyle, type Style } from "./style.js";

/** A stream that may be a terminal. */
export type OutputStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};
type InputStream = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Everything of the outside world a command may touch directly; tests hand in their own. */
export interface CliStreams {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: NodeJS.ProcessEnv;
  /** The folder relative paths mean. */
  readonly cwd: string;
}

/** What a command gets: the streams, and helpers that know whether they are terminals. */
export interface CliIo extends CliStreams {
  /** One line for standard output: the result, which may be piped. */
  print(line: string): void;
  /** One line for standard error: what is said beside the result. */
  note(line: string): void;
  /** Styles for what is printed; plain where standard output is no terminal. */
  readonly style: Style;
  /** Whether questions can be asked: both ends are terminals, and this is no build server. */
  readonly interactive: boolean;
}

/** Builds a {@link CliIo} over streams. */
export function createIo(streams: CliStreams): CliIo {
  const { stdin, stdout, stderr, env } = streams;
  return {
    ...streams,
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${line}\n`),
    style: createStyle(stdout, env),
    interactive: stdin.isTTY === true && stdout.isTTY === true && !isSet(env["CI"]),
  };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false" && value !== "0";
}
