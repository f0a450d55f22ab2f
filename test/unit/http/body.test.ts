import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { drainBody } from "../../../src/http/body.js";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const LONG = { "content-length": "100" };
const CHUNKED = { "transfer-encoding": "chunked" };

/** A request whose body is still coming. */
function sending(headers: Record<string, string> = LONG): IncomingMessage {
  const body = new Readable({ read: () => undefined });
  return Object.assign(body, { complete: false, headers }) as unknown as IncomingMessage;
}

const flush = (): Promise<void> => jest.advanceTimersByTimeAsync(0).then(() => undefined);

describe("a refused client that is still sending", () => {
  it.each([{ "content-length": "10" }, CHUNKED])("may finish within the bound: %j", async (how) => {
    const req = sending(how);
    drainBody(req, 10);
    req.push("x".repeat(10));
    req.push(null);
    await flush();
    expect(req.readableEnded).toBe(true);
    expect(req.errored).toBeNull();
  });

  it.each([LONG, CHUNKED])("is cut off when it sends more: %j", async (how) => {
    const req = sending(how);
    drainBody(req, 10);
    req.push("x".repeat(10));
    await flush();
    expect(req.destroyed).toBe(false);
    req.push("x");
    await flush();
    expect(req.destroyed).toBe(true);
  });

  it("is cut off when it does not say how much there is, either", async () => {
    const req = sending(CHUNKED);
    drainBody(req);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(req.destroyed).toBe(true);
  });

  it("is not waited for when it has no body", () => {
    for (const headers of [{}, { "content-length": "0" }]) drainBody(sending(headers));
    expect(jest.getTimerCount()).toBe(0);
  });

  it("is cut off when it takes more than five seconds", async () => {
    const req = sending();
    drainBody(req);
    await jest.advanceTimersByTimeAsync(4_999);
    expect(req.destroyed).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(req.destroyed).toBe(true);
  });
});
