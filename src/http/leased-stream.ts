import type { ServerResponse } from "node:http";
import type { LeasedStream } from "../sessions/lease.js";
import { endStream } from "./end-stream.js";

/**
 * The answer to a request, as a stream under its session's lease. Held back, it
 * keeps in memory what is written to it; `limitBacklog` bounds that.
 */
export function leasedStream(res: ServerResponse): LeasedStream {
  let isHeld = false;
  return {
    hold: () => {
      isHeld = true;
      res.cork();
    },
    release: () => {
      isHeld = false;
      res.uncork();
    },
    end: () => {
      // Ending it would write out what waits.
      if (isHeld) res.destroy();
      else endStream(res);
    },
  };
}
