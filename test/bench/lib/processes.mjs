/* Servers in processes of their own, so that their CPU time and memory are their own. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Starts `server.mjs` as one of its kinds.
 *
 * @param options anything that `server.mjs` documents, as JSON
 */
export async function startServer(kind, options = {}) {
  const child = fork(
    fileURLToPath(new URL("../server.mjs", import.meta.url)),
    [kind, JSON.stringify(options)],
    {
      execArgv: ["--expose-gc", ...(process.env.BENCH_SERVER_ARGS?.split(" ") ?? [])],
      // The framework writes lines for every request; they go where a service's lines go, nowhere near a terminal.
      stdio: [
        "ignore",
        "ignore",
        process.env.BENCH_STDERR === undefined ? "ignore" : "inherit",
        "ipc",
      ],
    },
  );
  const waiting = [];
  child.on("message", (message) => waiting.shift()?.resolve(message));
  child.once("exit", (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${kind} ended with ${code}`));
  });
  const next = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  const ask = (question) => {
    const answer = next();
    child.send(question);
    return answer;
  };
  const { port } = await next();
  return {
    kind,
    port,
    /** CPU microseconds that the process has used so far. */
    cpu: async () => (await ask("cpu")).cpu,
    /** Heap in bytes, after garbage collection. */
    heap: async () => (await ask("heap")).heap,
    /** How often a body was parsed; for kinds that count. */
    parses: async () => (await ask("parses")).parses,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners("exit");
        child.once("exit", resolve);
        child.kill(process.env.BENCH_SERVER_ARGS === undefined ? "SIGKILL" : "SIGTERM");
      }),
  };
}
