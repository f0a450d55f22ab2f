import type { ServerResponse } from "node:http";

/**
 * Registers what is to be done, once, when an answer was sent or its reader is
 * gone; at once if that is the case already. One listener, however much there
 * is to do: a batch of messages brings a hundred.
 */
export function closingOf(res: ServerResponse): (done: () => void) => void {
  let isClosed = res.closed || res.destroyed;
  const waiting: (() => void)[] = [];
  if (!isClosed) {
    res.once("close", () => {
      isClosed = true;
      for (const done of waiting.splice(0)) done();
    });
  }
  return (done) => {
    if (isClosed) done();
    else waiting.push(done);
  };
}
