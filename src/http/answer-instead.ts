import type { IncomingMessage, ServerResponse } from "node:http";
import { sendAnswer, type Answer } from "./answer.js";

/** Whether an answer can still be replaced: its status was not written, and its reader is there. */
export function isUnanswered(res: ServerResponse): boolean {
  return !res.headersSent && !res.destroyed;
}

/**
 * Sends an answer in place of the one that other code is about to write. That code goes on and
 * cleans up as usual; what it writes is ignored.
 *
 * Call it only while {@link isUnanswered}.
 */
export function answerInstead(req: IncomingMessage, res: ServerResponse, answer: Answer): void {
  sendAnswer(req, res, answer);
  const ignored = {
    setHeader: () => res,
    writeHead: () => res,
    flushHeaders: () => undefined,
    write: () => true,
    end: () => res,
  };
  Object.assign(res, ignored);
}
