import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import type { AuditSink, AuthEvent } from "../core/auth-event.js";

export interface JsonLinesOptions {
  /**
   * Maximum number of queued events while the stream is slow; further events are
   * dropped and counted. @default 10000
   */
  readonly maxQueued?: number;
}

/** A sink that writes lines, and can be closed. */
export interface JsonLinesAudit extends AuditSink {
  /** Number of dropped events. */
  readonly dropped: number;
  /** Resolves when the queue was written to the stream. Closes a file, but not a stream that you passed. */
  close(): Promise<void>;
}

/**
 * An audit sink that writes one JSON object per line to a stream, or appends to
 * a file that only its owner may read.
 *
 * Never delays a request: events for a slow stream are queued up to
 * a limit and then dropped, and a line `{"kind":"dropped","count":…}` has the
 * number. A stream that fails drops everything from then on.
 *
 * @example
 * ```ts
 * import { jsonLinesAudit, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const audit = jsonLinesAudit("/var/log/mcp/audit.jsonl");
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   authorizationServers: ["https://auth.example.com"],
 *   audit,
 * });
 * process.once("SIGTERM", () => void audit.close());
 * ```
 */
export function jsonLinesAudit(
  target: Writable | string,
  options: JsonLinesOptions = {},
): JsonLinesAudit {
  const { maxQueued = 10_000 } = options;
  const ownsStream = typeof target === "string";
  const stream = ownsStream ? createWriteStream(target, { flags: "a", mode: 0o600 }) : target;
  const queue: string[] = [];
  let isBlocked = false;
  let isBroken = false;
  let dropped = 0;
  let untold = 0;
  let whenEmpty: (() => void) | undefined;

  const drop = (count: number): void => {
    dropped += count;
    untold += count;
  };
  const write = (line: string): void => {
    if (stream.write(line)) return;
    isBlocked = true;
    stream.once("drain", () => {
      isBlocked = false;
      flush();
    });
  };
  const flush = (): void => {
    let written = 0;
    while (!isBlocked && written < queue.length) {
      if (untold > 0) {
        const line = `${JSON.stringify({ kind: "dropped", count: untold })}\n`;
        untold = 0;
        write(line);
        continue;
      }
      write(queue[written++] ?? "");
    }
    queue.splice(0, written);
    if (queue.length === 0) whenEmpty?.();
  };
  const breakDown = (): void => {
    isBroken = true;
    drop(queue.splice(0).length);
    whenEmpty?.();
  };
  stream.on("error", breakDown);
  stream.on("close", breakDown);

  const sink = (event: AuthEvent): void => {
    if (isBroken) return drop(1);
    const line = `${JSON.stringify({ ...event, time: new Date(event.time * 1000).toISOString() })}\n`;
    if (isBlocked && queue.length >= maxQueued) return drop(1);
    queue.push(line);
    if (!isBlocked) flush();
  };
  const close = async (): Promise<void> => {
    if (queue.length > 0 && !isBroken) await new Promise<void>((resolve) => (whenEmpty = resolve));
    if (ownsStream && !isBroken) await new Promise<void>((resolve) => stream.end(resolve));
  };
  return Object.defineProperties(sink, {
    dropped: { get: () => dropped },
    close: { value: close },
  }) as JsonLinesAudit;
}
