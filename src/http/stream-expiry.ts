import type { ServerResponse } from "node:http";
import type { Clock } from "../clock.js";

/** Node fires at once for longer delays. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Ends a standing stream when the token that opened it has expired. The client
 * comes back with a fresh one; a session it has stays.
 *
 * @param at seconds since the epoch
 */
export function closeAtExpiry(res: ServerResponse, at: number, clock: Clock): void {
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const delay = Math.max(0, (at - clock()) * 1000);
    timer = setTimeout(check, Math.min(delay, LONGEST_DELAY_MS)).unref();
  };
  const check = (): void => {
    if (clock() >= at) res.end();
    else arm();
  };
  res.once("close", () => clearTimeout(timer));
  arm();
}
