import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "./describe-with.js";
import { freePort } from "./free-port.js";
import { temporaryFolder } from "./temporary/folder.js";

/** Debian installs the server programs outside PATH, in a folder per version. */
const PROGRAMS = "/usr/lib/postgresql";

function program(name: string): string {
  const versions = existsSync(PROGRAMS)
    ? readdirSync(PROGRAMS)
        .map(Number)
        .sort((a, b) => a - b)
    : [];
  const newest = versions.at(-1);
  return newest === undefined ? name : join(PROGRAMS, String(newest), "bin", name);
}

/** A real, separate PostgreSQL cluster on a free loopback port. */
export interface PostgresServer {
  readonly url: string;
  /** An empty database for one test. */
  createDatabase(): Promise<string>;
  /** Ends all its processes immediately, like a crash. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export function describeWithPostgres(name: string, tests: () => void): void {
  describeWith({ command: program("postgres"), package: "postgresql" }, name, tests);
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"]).toString());
  return { uid: idOf("-u"), gid: idOf("-g") };
}

export async function startPostgresServer(): Promise<PostgresServer> {
  const directory = temporaryFolder();
  const user = unprivileged();
  if (user.uid !== undefined) {
    chownSync(directory, user.uid, user.gid ?? user.uid);
    // The folder of the run belongs to root; the postgres user needs access to it.
    if (process.env["TMPDIR"] !== undefined) chmodSync(tmpdir(), 0o711);
  }
  const data = join(directory, "data");
  const initdb = ["--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync"];
  execFileSync(program("initdb"), [...initdb, "--encoding=UTF8", "--locale=C.UTF-8"], {
    ...user,
    cwd: directory,
    stdio: "ignore",
  });
  const port = await freePort();
  const options = [
    "-D",
    data,
    "-p",
    String(port),
    "-k",
    directory,
    "-c",
    "listen_addresses=127.0.0.1",
  ];
  // Tests stop the server, not the machine, so fsync is not needed.
  const fast = ["-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=50"];

  async function start() {
    const child = spawn(program("postgres"), [...options, ...fast], {
      ...user,
      cwd: directory,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
      child.stderr.on("data", (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-10_000);
        if (log.includes("database system is ready to accept connections")) resolve();
      });
    });
    return child;
  }

  let running = await start();
  /** SIGQUIT: every process of it ends without a checkpoint; SIGKILL would leave its children. */
  async function kill(): Promise<void> {
    if (running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, "exit");
    running.kill("SIGQUIT");
    await exited;
  }
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let databases = 0;
  return {
    url,
    async createDatabase() {
      const { default: pg } = await import("pg");
      const client = new pg.Client(url);
      await client.connect();
      const name = `test_${++databases}`;
      await client.query(`create database ${name}`);
      await client.end();
      return url.replace(/\/postgres$/, `/${name}`);
    },
    kill,
    async restart() {
      await kill();
      running = await start();
    },
    stop: kill,
  };
}
