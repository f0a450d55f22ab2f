import type { ServerResponse } from "node:http";
import type { Clock } from "../core/clock.js";

/** Node fires at once for longer delays. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** What a client that reads gets to take the last of the stream. */
const FLUSH_MS = 5_000;

/**
 * Ends a standing stream. A client that does not read keeps the response from
 * finishing, so it is cut off a few seconds later.
 */
export function endStream(res: ServerResponse): void {
  // What is written from now on fails; without a listener that would end the process.
  res.on("error", () => undefined);
  const timer = setTimeout(() => res.destroy(), FLUSH_MS).unref();
  res.once("close", () => clearTimeout(timer));
  // Nothing was sent yet: ending it would say 200.
  if (res.headersSent) res.end();
  else res.destroy();
}

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
    if (clock() < at) return arm();
    endStream(res);
  };
  res.once("close", () => clearTimeout(timer));
  arm();
}
