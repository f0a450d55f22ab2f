import { afterEach, describe, expect } from "@jest/globals";
import { SDK_VERSIONS, startExpiring } from "../support/expiring-client.js";
import type { TransportName } from "../support/mcp-server.js";
import { requirement } from "../support/requirement.js";
import { holdTime, passSeconds, releaseTimers } from "../support/timers.js";

/*
 * The MCP SDK's own clients, real HTTP, and timers that the test moves on: time
 * passes only between calls.
 */

const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream", "sse"];
const LIFE_SECONDS = 5;
const TOLERANCE_SECONDS = 3;
const EXPIRIES = 5;

let running: Awaited<ReturnType<typeof startExpiring>>;
afterEach(async () => {
  releaseTimers();
  await running.close();
});

describe.each(TRANSPORTS)("a client whose token expires again and again on %s", (transport) => {
  for (const version of SDK_VERSIONS) {
    requirement("avail-expiry", `loses no call: ${version}`, async () => {
      holdTime();
      running = await startExpiring({
        transport,
        version,
        lifeSeconds: LIFE_SECONDS,
        clockToleranceSeconds: TOLERANCE_SECONDS,
      });
      const failed: string[] = [];
      for (let second = 0; running.refreshes < EXPIRIES && second < 200; second++) {
        await passSeconds(1);
        const answer = await running.call();
        if (answer !== "ok") failed.push(`second ${second}: ${answer}`);
      }
      expect(failed).toEqual([]);
      expect(running.refreshes).toBe(EXPIRIES);
      // On SSE the session is its stream: it was never opened again.
      if (transport === "sse") expect(running.opened).toEqual(["/sse"]);
    });
  }
});
