import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { describeWith } from "./describe-with.js";
import { freePort } from "./free-port.js";
import { temporaryFolder } from "./temporary/folder.js";

const EXECUTABLE = process.env["REDIS_SERVER"] ?? "redis-server";

/** A real redis-server on a free port of loopback, without persistence. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends the process at once, as a crash would; what it held is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Freezes and thaws the process: connections stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export function describeWithRedis(name: string, tests: () => void): void {
  describeWith({ command: EXECUTABLE, package: "redis-server" }, name, tests);
}

export async function startRedisServer(...args: string[]): Promise<RedisServer> {
  const directory = temporaryFolder();
  const port = await freePort();
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", directory];
    const noPersistence = ["--save", "", "--appendonly", "no"];
    const started = spawn(EXECUTABLE, [...options, ...noPersistence, ...args], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    child = started;
    let log = "";
    await new Promise<void>((resolve, reject) => {
      started.once("error", reject);
      started.once("exit", () => reject(new Error(`redis-server did not start:\n${log}`)));
      started.stdout.on("data", (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-10_000);
        if (log.includes("Ready to accept connections")) resolve();
      });
    });
  }

  async function kill(): Promise<void> {
    const running = child;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, "exit");
    running.kill("SIGKILL");
    await exited;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    restart: async () => {
      await kill();
      await start();
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    stop: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
