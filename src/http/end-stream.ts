import type { ServerResponse } from "node:http";

/** What a client that reads gets to take the last of the stream. */
const FLUSH_MS = 5_000;

/**
 * Ends a stream. A client that does not read keeps the response from
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
