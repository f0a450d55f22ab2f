import type { IncomingMessage } from "node:http";
import { MalformedMessageError, PayloadTooLargeError } from "../errors.js";

/**
 * Reads a request's body as text, never holding more than `maxBytes`.
 *
 * @throws PayloadTooLargeError before the body is read where its length says so
 * @throws MalformedMessageError when the client stops in the middle
 */
export function readBody(req: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(req.headers["content-length"] ?? 0) > maxBytes) {
    return Promise.reject(new PayloadTooLargeError("body_too_large"));
  }
  // One that has gone already emits nothing more: waiting for it would never end.
  if (req.destroyed && !req.complete) {
    return Promise.reject(new MalformedMessageError("body_incomplete"));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      // The rest is for whoever drains it.
      req.off("data", onData).pause();
      chunks.length = 0;
      reject(new PayloadTooLargeError("body_too_large"));
    };
    const onAbort = (): void => {
      if (!req.readableEnded) reject(new MalformedMessageError("body_incomplete"));
    };
    req.on("data", onData).on("end", () => resolve(decodeUtf8(chunks)));
    req.on("error", onAbort).on("close", onAbort);
  });
}

function decodeUtf8(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  if (first === undefined) return "";
  return (chunks.length === 1 ? first : Buffer.concat(chunks)).toString("utf8");
}

/**
 * Parses a JSON body.
 *
 * @throws MalformedMessageError for an empty body or one that is not JSON
 */
export function parseJsonBody(text: string): unknown {
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
  // Node lets no more through than a length says, and nobody need look at what comes.
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
