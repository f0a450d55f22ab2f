/*
 * Calls a tool once a second with short-lived tokens, through both SDK clients on
 * every transport at once, over five expiries in real time. Fails when a call
 * fails, or when an SSE session was opened a second time.
 *
 *   npm run soak -- expiry
 */
import { setTimeout as sleep } from "node:timers/promises";
import { SDK_VERSIONS, startExpiring } from "../support/expiring-client.js";

const LIFE_SECONDS = 12;
const TOLERANCE_SECONDS = 5;
const EXPIRIES = 5;
const TRANSPORTS = ["http-stream batch", "http-stream stream", "sse"] as const;
const PERIOD_MS = 1_000;

async function soak(
  transport: (typeof TRANSPORTS)[number],
  version: "sdk 1.32.2" | "client 2.4.0",
) {
  const running = await startExpiring({
    transport,
    version,
    lifeSeconds: LIFE_SECONDS,
    clockToleranceSeconds: TOLERANCE_SECONDS,
  });
  let calls = 0;
  const failed: string[] = [];
  const begun = performance.now();
  while (running.refreshes < EXPIRIES) {
    const answer = await running.call();
    calls += 1;
    if (answer !== "ok") failed.push(answer);
    await sleep(Math.max(0, begun + calls * PERIOD_MS - performance.now()));
  }
  const streams = running.opened.length;
  const refused = running.events.filter(({ status }) => status === 401).length;
  const isLost = failed.length > 0 || (transport === "sse" && streams !== 1);
  console.log(
    `${transport}, ${version}: ${calls} calls, ${failed.length} failed; ` +
      `${running.refreshes} refreshes, ${refused} × 401, ${streams} standing streams opened`,
  );
  for (const answer of new Set(failed)) console.log(`  ${answer}`);
  await running.close();
  return !isLost;
}

const runs = TRANSPORTS.flatMap((transport) =>
  SDK_VERSIONS.map((version) => soak(transport, version)),
);
const passed = (await Promise.all(runs)).every(Boolean);
console.log(passed ? "no call was lost" : "FAILED");
process.exit(passed ? 0 : 1);
