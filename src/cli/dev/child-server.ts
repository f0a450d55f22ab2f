import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

export interface ChildServerOptions {
  readonly entry: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Receives the server's output. */
  readonly write: (text: string) => void;
  /** Called when the server exits unexpectedly. */
  readonly onCrash: (status: number | null) => void;
}

/** Time for a graceful shutdown, in milliseconds. */
const PATIENCE_MS = 3_000;

/** The project's server in a child process, which never outlives this one. */
export class ChildServer {
  readonly #options: ChildServerOptions;
  #child: ChildProcess | undefined;

  constructor(options: ChildServerOptions) {
    this.#options = options;
    // The server ends with this process, also after an exception.
    process.once("exit", this.#kill);
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  start(): void {
    const { entry, cwd, env, write, onCrash } = this.#options;
    const child = spawn(process.execPath, [entry], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", write);
    child.once("exit", (status) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      onCrash(status);
    });
    this.#child = child;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
    await exited;
    clearTimeout(patience);
  }

  /** Ends the server for good. */
  async close(): Promise<void> {
    await this.stop();
    process.off("exit", this.#kill);
  }

  readonly #kill = () => void this.#child?.kill("SIGKILL");
}
