import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { allowBody, BodyText, drainBody, parseJsonBody, readBody } from "../../../src/http/body.js";

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

describe("a client that asks before it sends its body", () => {
  const continued = (headers: Record<string, string>, maxBytes = 10): number => {
    let count = 0;
    const res = { writeContinue: () => count++ } as unknown as ServerResponse;
    allowBody(sending(headers), res, maxBytes);
    return count;
  };

  it("is told to send one up to the limit", () => {
    expect(continued({ expect: "100-Continue", "content-length": "10" })).toBe(1);
    expect(continued({ expect: "100-continue", ...CHUNKED })).toBe(1);
  });

  it("is not told to send one that is too long", () => {
    expect(continued({ expect: "100-continue", "content-length": "11" })).toBe(0);
  });

  it("is answered only if it asked", () => {
    expect(continued({ "content-length": "10" })).toBe(0);
    expect(continued({ expect: "something", "content-length": "10" })).toBe(0);
  });
});

describe("reading a body", () => {
  /** Records what a body takes of the budget. */
  function recordedShare(limit = Infinity) {
    const held = { opened: 0, bytes: 0, released: 0 };
    const open = () => {
      held.opened += 1;
      return {
        grow: (bytes: number) => {
          held.bytes += bytes;
          if (held.bytes > limit) throw new Error("over budget");
        },
        release: () => void (held.released += 1),
      };
    };
    return { held, open };
  }

  const listeners = (req: IncomingMessage) =>
    ["data", "end", "close"].map((name) => req.listenerCount(name));

  it("takes no share for a body that arrives in one piece", async () => {
    const { held, open } = recordedShare();
    const req = sending({ "content-length": "3" });
    const text = readBody(req, 10, open);
    req.push("abc");
    req.push(null);
    await flush();
    expect(await text).toBe("abc");
    expect(held).toEqual({ opened: 0, bytes: 0, released: 0 });
  });

  it("takes a share of the memory it needs, once, and gives it back", async () => {
    const { held, open } = recordedShare();
    const req = sending({ "content-length": "4" });
    const text = readBody(req, 10, open);
    req.push("ab");
    await flush();
    expect(held).toEqual({ opened: 1, bytes: 2, released: 0 });
    req.push("cd");
    req.push(null);
    await flush();
    expect(await text).toBe("abcd");
    // The last piece completes the body: its memory is freed in the same turn.
    expect(held).toMatchObject({ opened: 1, released: 1 });
  });

  it("counts the growth of its memory, not its size", async () => {
    const { held, open } = recordedShare();
    const req = sending(CHUNKED);
    const text = readBody(req, 1000, open);
    for (const piece of ["ab", "cd", "e"]) {
      req.push(piece);
      await flush();
    }
    // 2 bytes, then twice the 4 bytes needed; the fifth fits.
    expect(held.bytes).toBe(8);
    req.push(null);
    await flush();
    expect(await text).toBe("abcde");
  });

  it("is refused, and gives its share back, when the budget is used up", async () => {
    const { held, open } = recordedShare(1);
    const req = sending(CHUNKED);
    const text = expect(readBody(req, 1000, open)).rejects.toThrow("over budget");
    req.push("ab");
    await flush();
    await text;
    expect(held.released).toBe(1);
    expect([req.isPaused(), req.listenerCount("data")]).toEqual([true, 0]);
  });

  it("is refused when it is longer than the limit and has no length", async () => {
    const { held, open } = recordedShare();
    const req = sending(CHUNKED);
    const text = expect(readBody(req, 3, open)).rejects.toThrow("body_too_large");
    req.push("abc");
    await flush();
    req.push("d");
    await flush();
    await text;
    expect([req.isPaused(), held.released]).toEqual([true, 1]);
  });

  it("fails when the client goes away in the middle, and gives its share back", async () => {
    const { held, open } = recordedShare();
    const req = sending(CHUNKED);
    const text = expect(readBody(req, 10, open)).rejects.toThrow("body_incomplete");
    req.push("ab");
    await flush();
    req.destroy();
    await flush();
    await text;
    expect(held.released).toBe(1);
  });

  it("fails when the connection breaks", async () => {
    const req = sending(CHUNKED);
    const text = expect(readBody(req, 10)).rejects.toThrow("body_incomplete");
    req.destroy(new Error("ECONNRESET"));
    await flush();
    await text;
  });

  it("leaves no listener behind but one for late errors", async () => {
    const req = sending({ "content-length": "2" });
    const before = listeners(req);
    const text = readBody(req, 10);
    req.push("{}");
    req.push(null);
    await flush();
    await text;
    expect(listeners(req)).toEqual(before);
    expect(req.listenerCount("error")).toBe(1);
  });
});

describe("the JSON of a body", () => {
  it("is parsed", () => {
    expect(parseJsonBody('{"a":[1]}')).toEqual({ a: [1] });
  });

  it("is refused without quoting it", () => {
    for (const [text, reason] of [
      ["", "body_empty"],
      [" \n", "body_empty"],
      ['{"password":"hunter2"', "body_not_json"],
    ] as const) {
      let error: unknown;
      try {
        parseJsonBody(text);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ reason, status: 400 });
      expect((error as Error).cause).toBeUndefined();
      expect(String((error as Error).stack)).not.toContain("hunter2");
    }
  });
});
