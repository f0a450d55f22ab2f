import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { BodyText, drainBody, readBody } from "../../../src/http/body.js";

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

describe("a body that comes in pieces", () => {
  it("is the same text, wherever it is cut", () => {
    const text = '{"a":"ä€😀"}'.repeat(50);
    for (const length of [1, 2, 3, 7, 64, 1000]) {
      const body = new BodyText();
      const bytes = Buffer.from(text);
      for (let i = 0; i < bytes.length; i += length) body.add(bytes.subarray(i, i + length));
      expect(body.size).toBe(bytes.length);
      expect(body.toString()).toBe(text);
    }
  });

  it("holds none of the pieces: a buffer for each byte would take hundreds", () => {
    const body = new BodyText();
    const pieces = ["a", "b", "c", "d"].map((letter) => Buffer.from(letter));
    for (const piece of pieces) body.add(piece);
    for (const piece of pieces) piece.fill("x");
    expect(body.toString()).toBe("abcd");
  });

  it("is refused, not waited for, when its client has gone", async () => {
    const req = Object.assign(sending(), { complete: true });
    req.destroy();
    await expect(readBody(req, 1000)).rejects.toThrow("body_incomplete");
  });
});

describe("a body with a limit of ten bytes", () => {
  /** The result of reading it so far. */
  function reading(req: IncomingMessage) {
    const result: { text?: string; error?: unknown } = {};
    readBody(req, 10).then(
      (text) => (result.text = text),
      (error: unknown) => (result.error = error),
    );
    return result;
  }
  const TOO_LARGE = { error: expect.objectContaining({ reason: "body_too_large" }) };

  it.each([{ "content-length": "10" }, CHUNKED])("is read with ten bytes: %j", async (headers) => {
    const req = sending(headers);
    const result = reading(req);
    req.push("x".repeat(10));
    req.push(null);
    await flush();
    expect(result).toEqual({ text: "x".repeat(10) });
  });

  it("is refused unread if it announces more", async () => {
    const req = sending({ "content-length": "11" });
    const result = reading(req);
    await flush();
    expect(result).toEqual(TOO_LARGE);
    expect(req.listenerCount("data")).toBe(0);
  });

  it("is refused at the eleventh byte if it announces no length", async () => {
    const req = sending(CHUNKED);
    const result = reading(req);
    req.push("x".repeat(10));
    await flush();
    expect(result).toEqual({});
    req.push("x");
    await flush();
    expect(result).toEqual(TOO_LARGE);
  });
});
