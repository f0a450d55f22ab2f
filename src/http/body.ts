import type { IncomingMessage, ServerResponse } from "node:http";
import type { BodyShare } from "../limits/body-budget.js";
import { boundJson } from "./json-bounds.js";
import { MalformedMessageError, PayloadTooLargeError } from "../core/errors.js";

/** Largest body where neither the provider nor the transport names a limit: 4 MiB. */
export const DEFAULT_BODY_BYTES = 4 * 1024 * 1024;

/** Largest body of an anonymous request: 64 KiB. */
export const ANONYMOUS_BODY_BYTES = 64 * 1024;

/**
 * Tells a client that asked first (RFC 9110 §10.1.1) to send its body, unless it is too long.
 * Called once the request is authenticated: until then nothing is read.
 */
export function allowBody(req: IncomingMessage, res: ServerResponse, maxBytes: number): void {
  const isTooLong = Number(req.headers["content-length"] ?? 0) > maxBytes;
  if (req.headers.expect?.toLowerCase() === "100-continue" && !isTooLong) res.writeContinue();
}

/**
 * Reads a request's body as text, never holding more than `maxBytes`.
 *
 * @param openShare takes a share of the body budget, for a body that does not arrive at once
 * @throws PayloadTooLargeError before the body is read where its length says so
 * @throws MalformedMessageError when the client stops in the middle
 */
export function readBody(
  req: IncomingMessage,
  maxBytes: number,
  openShare?: () => BodyShare,
): Promise<string> {
  const length = lengthOf(req);
  if (length > maxBytes) {
    return Promise.reject(new PayloadTooLargeError("body_too_large"));
  }
  // One that has gone already emits nothing more: waiting for it would never end.
  if (req.destroyed) {
    return Promise.reject(new MalformedMessageError("body_incomplete"));
  }
  return new Promise((resolve, reject) => {
    const text = new BodyText();
    let share: BodyShare | undefined;
    const refuse = (error: Error): void => {
      // `drain` reads the rest.
      req.off("data", onData).pause();
      text.clear();
      share?.release();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      if (text.size + chunk.length > maxBytes) {
        return refuse(new PayloadTooLargeError("body_too_large"));
      }
      const held = text.capacity;
      text.add(chunk);
      // Most bodies arrive in one piece and need no share.
      if (text.size === length) return;
      try {
        share ??= openShare?.();
        share?.grow(text.capacity - held);
      } catch (error) {
        refuse(error as Error);
      }
    };
    const onAbort = (): void => {
      share?.release();
      if (!req.readableEnded) reject(new MalformedMessageError("body_incomplete"));
    };
    const onEnd = (): void => {
      // A session remembers the request that opened it, and with it what listens there.
      req.off("data", onData).off("end", onEnd).off("close", onAbort).off("error", onAbort);
      req.on("error", ignore);
      resolve(text.toString());
      text.clear();
      share?.release();
    };
    req.on("data", onData).on("end", onEnd);
    req.on("error", onAbort).on("close", onAbort);
  });
}

const ignore = (): void => undefined;

const NOTHING = new Uint8Array(0);

/**
 * The bytes of a body, in one piece of memory. Who sends them decides how many
 * chunks they come in, and a buffer for each byte would take hundreds.
 */
export class BodyText {
  #bytes: Uint8Array = NOTHING;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that it takes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  add(chunk: Uint8Array): void {
    const size = this.#size + chunk.length;
    if (this.#size === 0) {
      // Nearly always the only one.
      this.#bytes = chunk;
    } else {
      if (size > this.#bytes.length) {
        const larger = new Uint8Array(2 * size);
        larger.set(this.#bytes.subarray(0, this.#size));
        this.#bytes = larger;
      }
      this.#bytes.set(chunk, this.#size);
    }
    this.#size = size;
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#size = 0;
  }

  toString(): string {
    const { buffer, byteOffset } = this.#bytes;
    return Buffer.from(buffer, byteOffset, this.#size).toString("utf8");
  }
}

/**
 * Parses a JSON body.
 *
 * @throws MalformedMessageError for an empty body or one that is not JSON
 * @throws PayloadTooLargeError for one that is nested too deeply or has too many members
 */
export function parseJsonBody(text: string): unknown {
  boundJson(text);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message quotes the body, so it must not become the cause.
    throw new MalformedMessageError(text.trim() === "" ? "body_empty" : "body_not_json");
  }
}

const DRAIN_BYTES = 4 * 1024 * 1024;
const DRAIN_MS = 5_000;

/**
 * Lets a refused client finish sending, so that it gets to read its refusal,
 * without keeping a byte. One that sends too much or too slowly is cut off.
 */
export function drainBody(req: IncomingMessage, maxBytes = DRAIN_BYTES): void {
  if (req.complete || req.destroyed || lengthOf(req) === 0) {
    req.resume();
    return;
  }
  const timer = setTimeout(() => req.destroy(), DRAIN_MS).unref();
  req.once("close", () => clearTimeout(timer));
  req.on("error", () => undefined);
  // Node enforces a declared length, so no counting is needed then.
  if (!(lengthOf(req) <= maxBytes)) cutOffAfter(req, maxBytes);
  req.resume();
}

function cutOffAfter(req: IncomingMessage, maxBytes: number): void {
  let left = maxBytes;
  req.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) req.destroy();
  });
}

/** Bytes of the body (RFC 9112 §6.3); `NaN` where only its end will tell. */
function lengthOf({ headers }: IncomingMessage): number {
  return headers["transfer-encoding"] === undefined ? Number(headers["content-length"] ?? 0) : NaN;
}
