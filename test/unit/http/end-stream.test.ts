import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { endStream } from "../../../src/http/end-stream.js";

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["nextTick"] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** A response whose client takes nothing: it has no socket, so nothing is ever flushed. */
function stalled(): ServerResponse {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  res.write("event: endpoint\n\n");
  return res;
}

describe("a stream that is ended", () => {
  it("is cut off when its client does not read, and takes later writes in silence", async () => {
    const res = stalled();
    endStream(res);
    expect([res.writableEnded, res.destroyed]).toEqual([true, false]);
    // Without a listener this would end the process.
    res.write("event: message\n\n");
    await new Promise<void>((resolve) => process.nextTick(resolve));
    jest.advanceTimersByTime(5_000);
    expect(res.destroyed).toBe(true);
  });

  it("says nothing where nothing was said yet, least of all 200", () => {
    const res = new ServerResponse(new IncomingMessage(new Socket()));
    endStream(res);
    expect([res.headersSent, res.destroyed]).toEqual([false, true]);
  });
});
