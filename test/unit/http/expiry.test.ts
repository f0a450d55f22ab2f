import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { closeAtExpiry, endStream } from "../../../src/http/expiry.js";

let now = 0;
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["nextTick"] });
  now = 1_000;
});
afterEach(() => {
  jest.useRealTimers();
});

function pass(seconds: number): void {
  now += seconds;
  jest.advanceTimersByTime(seconds * 1000);
}

/** A response whose client takes nothing: it has no socket, so nothing is ever flushed. */
function stalled(): ServerResponse {
  const res = new ServerResponse(new IncomingMessage(new Socket()));
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  res.write("event: endpoint\n\n");
  return res;
}

describe("a stream whose token expires", () => {
  it("goes on until then, and ends then", () => {
    const res = stalled();
    closeAtExpiry(res, 1_060, () => now);
    pass(59);
    expect(res.writableEnded).toBe(false);
    pass(1);
    expect(res.writableEnded).toBe(true);
  });

  it("takes a later write without an error that nobody listens to", async () => {
    const res = stalled();
    closeAtExpiry(res, 1_060, () => now);
    pass(60);
    const heard: boolean[] = [];
    const emit = res.emit.bind(res);
    res.emit = (event: string, ...values: unknown[]) => {
      const answer = emit(event, ...values);
      if (event === "error") heard.push(answer);
      return answer;
    };
    res.write("event: message\n\n");
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(heard).toEqual([true]);
  });

  it("is cut off when its client does not read what is left", () => {
    const res = stalled();
    closeAtExpiry(res, 1_060, () => now);
    pass(60);
    expect(res.destroyed).toBe(false);
    pass(5);
    expect(res.destroyed).toBe(true);
  });

  it("waits for an expiry that is further away than a timer reaches", () => {
    const res = stalled();
    closeAtExpiry(res, 1_000 + 40 * 86_400, () => now);
    pass(39 * 86_400);
    expect(res.writableEnded).toBe(false);
    pass(86_400);
    expect(res.writableEnded).toBe(true);
  });

  it("leaves no timer behind when its client goes first", () => {
    const res = stalled();
    closeAtExpiry(res, 1_060, () => now);
    res.emit("close");
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe("a stream that is ended", () => {
  it("is cut off when its client does not read, and takes later writes in silence", async () => {
    const res = stalled();
    endStream(res);
    expect([res.writableEnded, res.destroyed]).toEqual([true, false]);
    // Without a listener this would end the process.
    res.write("event: message\n\n");
    await new Promise<void>((resolve) => process.nextTick(resolve));
    pass(5);
    expect(res.destroyed).toBe(true);
  });

  it("says nothing where nothing was said yet, least of all 200", () => {
    const res = new ServerResponse(new IncomingMessage(new Socket()));
    endStream(res);
    expect([res.headersSent, res.destroyed]).toEqual([false, true]);
  });
});
