import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./authorization-server-process.ts", import.meta.url));
const LOADER = new URL("./typescript-loader.mjs", import.meta.url).href;

export interface AuthorizationServerSettings {
  readonly issuer: string;
  readonly port: number;
  readonly resource: string;
  /** Values of OAUTH_AS_STORAGE and OAUTH_AS_STORAGE_KEYS. */
  readonly storage: string;
  readonly key: string;
  /** Approve requests without a user. */
  readonly approves: boolean;
}

/** An authorization server in a process of its own, which can be killed and started again. */
export interface AuthorizationServerProcess {
  readonly url: string;
  kill(): Promise<void>;
  /** Starts it again on its port; idempotent while it runs. */
  start(): Promise<void>;
}

export async function startAuthorizationServerProcess(
  settings: AuthorizationServerSettings,
): Promise<AuthorizationServerProcess> {
  const { storage, key, approves, ...options } = settings;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    if (child !== undefined) return;
    const started = fork(PROGRAM, [JSON.stringify(options)], {
      execArgv: ["--no-warnings", "--import", LOADER],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: {
        ...process.env,
        OAUTH_AS_STORAGE: storage,
        OAUTH_AS_STORAGE_KEYS: key,
        APPROVE: approves ? "1" : "0",
      },
    });
    child = started;
    let log = "";
    started.stderr?.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-5_000)));
    const failed = once(started, "exit").then(() => {
      throw new Error(`the authorization server ended:\n${log}`);
    });
    await Promise.race([once(started, "message"), failed]);
    failed.catch(() => undefined);
  }

  await start();
  return {
    url: `http://127.0.0.1:${settings.port}`,
    start,
    async kill() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null) return;
      const exited = once(running, "exit");
      running.kill("SIGKILL");
      await exited;
    },
  };
}
