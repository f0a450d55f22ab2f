// Drives a protected server and the same server without authentication for some
// minutes each, and compares how their memory grows. Run after a build:
//   npm run soak -- [seconds per server, default 120]
// Ends with status 1 when the protected server grows and the plain one does not.
import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const seconds = Number(process.argv[2] ?? 120);
const ALLOWED_GROWTH_MB = 12;
const server = fileURLToPath(new URL("./server.mjs", import.meta.url));

/** Heap after garbage collection, in MB, at a quarter of the time and at its end. */
async function measure(mode) {
  const child = fork(server, [mode], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const next = () =>
    new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
  const heap = async () => {
    const answer = next();
    child.send("heap");
    return (await answer).heap;
  };
  const { url, tokens } = await next();
  const stop = { now: false };
  const counts = { requests: 0, unexpected: 0 };
  const drivers = Array.from({ length: 8 }, (_, index) => drive(url, tokens, index, stop, counts));
  await sleep((seconds * 1000) / 4);
  const early = await heap();
  await sleep((seconds * 1000 * 3) / 4);
  const late = await heap();
  stop.now = true;
  await Promise.all(drivers);
  child.removeAllListeners("exit");
  child.kill("SIGKILL");
  return { mode, early, late, growth: late - early, ...counts };
}

const post = (url, token, body, session) =>
  fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      Authorization: `Bearer ${token}`,
      ...(session && { "Mcp-Session-Id": session }),
    },
    body: JSON.stringify(body),
  });

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "soak", version: "1" },
  },
};

/** One client: opens sessions, calls tools, leaves sessions behind, and sends junk now and then. */
async function drive(url, tokens, index, stop, counts) {
  for (let round = 0; !stop.now; round++) {
    const token = tokens[(index + round) % tokens.length];
    const opened = await post(url, token, INITIALIZE);
    await opened.text();
    const session = opened.headers.get("mcp-session-id");
    for (let id = 1; id <= 20 && !stop.now; id++) {
      const answer = await post(url, token, { jsonrpc: "2.0", id, method: "tools/list" }, session);
      await answer.text();
      counts.requests++;
      if (answer.status !== 200) counts.unexpected++;
    }
    await (await post(url, `junk-${index}-${round}-${Math.random()}`, INITIALIZE)).text();
    // Every other session is ended; the rest has to go by itself.
    if (round % 2 === 0) {
      await fetch(url, {
        method: "DELETE",
        headers: { Authorization: `Bearer ${token}`, "Mcp-Session-Id": session },
      });
    }
  }
}

const plain = await measure("plain");
const guarded = await measure("protected");
console.table([plain, guarded]);
const excess = guarded.growth - Math.max(0, plain.growth);
const failed = excess > ALLOWED_GROWTH_MB || guarded.unexpected > 0;
console.log(
  failed ? `FAILED: grew ${excess.toFixed(1)} MB more than without authentication` : "flat",
);
process.exitCode = failed ? 1 : 0;
