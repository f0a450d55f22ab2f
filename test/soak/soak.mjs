/*
 * Keeps a protected server busy, with good and with hostile clients, and fails
 * when its memory grows. Run after a build:
 *
 *   npm run soak -- [seconds for each response mode, default 600]
 *   npm run soak -- expiry   (see expiry.ts)
 *
 * How "flat" is judged: memory in use after a forced garbage collection is
 * measured 21 times. The first third is warm-up: caches, tables of sessions
 * and compiled code reach their size. The median of the last third may exceed
 * that of the middle third by ALLOWED_MB. Medians do not mind a measurement
 * that falls into a burst, and what is forced to be collected does not depend
 * on when the collector likes to run. Without a leak the medians were seen to
 * differ by 0.1 MB. One kept response per session shows within a minute;
 * the longer the run, the smaller a leak it finds.
 */
import { fork, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

if (process.argv[2] === "expiry") {
  const [loader, script] = ["../support/typescript-loader.mjs", "./expiry.ts"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const { status } = spawnSync(process.execPath, ["--import", loader, script], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}

const seconds = Number(process.argv[2] ?? 600);
const SAMPLES = 21;
const CLIENTS = 8;
const FORGERS = 4;
const ALLOWED_MB = 1;
const MB = 1024 * 1024;
const SERVER = fileURLToPath(new URL("./server.mjs", import.meta.url));

async function soak(mode) {
  const child = fork(SERVER, [mode], {
    // Memory for optimised code grows for minutes; that is not a leak.
    execArgv: ["--expose-gc", "--no-opt"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = new Promise((_resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  ended.catch(() => undefined);
  const next = () =>
    Promise.race([new Promise((resolve) => child.once("message", resolve)), ended]);
  const measure = async () => {
    const answer = next();
    child.send("measure");
    return answer;
  };
  try {
    const { url, good, bad } = await next();
    const work = { mode, url, stop: false, requests: 0, unexpected: {} };
    const clients = [
      ...Array.from({ length: CLIENTS }, (_, index) => runClient(work, good, bad, index)),
      ...Array.from({ length: FORGERS }, () => runForger(work, good)),
    ];
    const used = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      await sleep((seconds * 1000) / SAMPLES);
      used.push((await measure()).used / MB);
    }
    const { rss } = await measure();
    work.stop = true;
    await Promise.all(clients);
    return report(work, used, rss);
  } finally {
    child.kill("SIGKILL");
  }
}

function report({ mode, requests, unexpected }, used, rss) {
  const third = SAMPLES / 3;
  const middle = median(used.slice(third, 2 * third));
  const last = median(used.slice(2 * third));
  const growth = last - middle;
  console.log(`${mode}: ${requests} requests, ${(rss / MB).toFixed(0)} MB resident`);
  console.log(`  in use (MB): ${used.map((value) => value.toFixed(1)).join(" ")}`);
  console.log(`  middle third ${middle.toFixed(2)}, last third ${last.toFixed(2)}`);
  const wrong = Object.entries(unexpected);
  for (const [what, times] of wrong) console.log(`  unexpected: ${what}, ${times} times`);
  if (growth > ALLOWED_MB) console.log(`  GREW by ${growth.toFixed(2)} MB`);
  return growth <= ALLOWED_MB && wrong.length === 0 && requests > 0;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** One request; counts it, and notes a status that is not the expected one. */
async function ask(work, expected, token, body, { method = "POST", session } = {}) {
  const send = () =>
    fetch(work.url, {
      method,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        Authorization: `Bearer ${token}`,
        ...(session !== undefined && { "Mcp-Session-Id": session }),
      },
      ...(method === "POST" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  // A kept connection may be closed just as it is picked; a second one is new.
  const response = await send().catch(send);
  if (method === "GET") await response.body?.cancel();
  else await response.text();
  work.requests++;
  if (![expected].flat().includes(response.status)) {
    const what = `${response.status} instead of ${expected}`;
    work.unexpected[what] = (work.unexpected[what] ?? 0) + 1;
  }
  return response;
}

/** Opens sessions, uses them, leaves half of them behind, and is hostile in between. */
async function runClient(work, good, bad, index) {
  for (let round = index; !work.stop; round++) {
    const token = good[round % good.length];
    const opened = await ask(work, 200, token, INITIALIZE);
    const session = opened.headers.get("mcp-session-id");
    // A stream that its client drops right away.
    await ask(work, 200, token, undefined, { method: "GET", session });
    for (let id = 1; id <= 10 && !work.stop; id++) {
      await ask(work, 200, token, { jsonrpc: "2.0", id, method: "tools/list" }, { session });
      const params = { name: "ping", arguments: {}, _meta: { progressToken: id } };
      const call = { jsonrpc: "2.0", id, method: "tools/call", params };
      await ask(work, 200, token, call, { session });
    }
    await ask(work, 400, token, "{", { session });
    await ask(work, 404, token, INITIALIZED, { session: randomUUID() });
    // Another principal's session.
    await ask(work, 404, good[(round + 1) % good.length], INITIALIZED, { session });
    await ask(work, 401, bad[round % bad.length], INITIALIZE);
    await ask(work, 401, randomUUID(), INITIALIZE);
    if (round % 2 === 0) await ask(work, 200, token, undefined, { method: "DELETE", session });
  }
}

/**
 * Names keys that do not exist. Each answer waits for the next fetch of the key
 * set; if that takes too long on a busy machine, validity cannot be determined.
 */
async function runForger(work, good) {
  while (!work.stop) await ask(work, [401, 503], withForgedKeyId(good[0]), INITIALIZE);
}

function withForgedKeyId(token) {
  const [header, ...rest] = token.split(".");
  const forged = { ...JSON.parse(Buffer.from(header, "base64url")), kid: randomUUID() };
  return [Buffer.from(JSON.stringify(forged)).toString("base64url"), ...rest].join(".");
}

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
const INITIALIZED = { jsonrpc: "2.0", method: "notifications/initialized" };

let flat = true;
for (const mode of ["stream", "batch"]) flat = (await soak(mode)) && flat;
console.log(flat ? "flat" : "FAILED");
process.exitCode = flat ? 0 : 1;
