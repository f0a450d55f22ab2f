import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Revocation } from "../../src/index.js";
import type { Order, ProcessOptions, Report } from "./server-process.js";

const PROGRAM = fileURLToPath(new URL("./server-process.ts", import.meta.url));
const LOADER = new URL("./typescript-loader.mjs", import.meta.url).href;

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly url: string;
  /** `provider.revoke()` in that process. */
  revoke(revocation: Revocation): Promise<void>;
  stop(): Promise<void>;
}

export async function startServerProcess(options: ProcessOptions): Promise<ServerProcess> {
  const child = fork(PROGRAM, [JSON.stringify(options)], {
    execArgv: ["--no-warnings", "--import", LOADER],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-5_000)));
  const started = await next(child, () => log);
  if (!("port" in started)) throw new Error("the process did not say its port");
  return {
    port: started.port,
    url: `http://127.0.0.1:${started.port}/mcp`,
    async revoke(revocation) {
      const order: Order = { revoke: revocation };
      child.send(order);
      const report = await next(child, () => log);
      if ("failed" in report) throw new Error(report.failed);
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function next(child: ChildProcess, log: () => string): Promise<Report> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`the server process ended:\n${log()}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as Report);
    });
  });
}

/** Hands requests to the processes in turn, as a load balancer without stickiness does. */
export async function startRoundRobin(
  targets: readonly ServerProcess[],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  let turn = 0;
  const proxy = createServer((req, res) => {
    const onward = request({
      host: "127.0.0.1",
      port: targets[turn++ % targets.length]!.port,
      path: req.url,
      method: req.method,
      headers: req.headers,
      agent: false,
    });
    onward.on("response", (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on("error", () => res.writeHead(502).end());
    req.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`,
    async close() {
      const closed = once(proxy, "close");
      proxy.close();
      proxy.closeAllConnections();
      await closed;
    },
  };
}
