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
  const lines = new LineQueue(stream, maxQueued);
  const sink = (event: AuthEvent): void =>
    lines.add({ ...event, time: new Date(event.time * 1000).toISOString() });
  const close = async (): Promise<void> => {
    await lines.written();
    if (ownsStream && !lines.isBroken) await new Promise<void>((done) => stream.end(done));
  };
  return Object.defineProperties(sink, {
    dropped: { get: () => lines.dropped },
    close: { value: close },
  }) as JsonLinesAudit;
}

/** Lines for a stream that may be slow, up to a limit. */
class LineQueue {
  readonly #stream: Writable;
  readonly #maxQueued: number;
  readonly #queue: string[] = [];
  #isBlocked = false;
  #untold = 0;
  #whenEmpty: (() => void) | undefined;
  isBroken = false;
  dropped = 0;

  constructor(stream: Writable, maxQueued: number) {
    this.#stream = stream;
    this.#maxQueued = maxQueued;
    const breakDown = (): void => {
      this.isBroken = true;
      this.#drop(this.#queue.splice(0).length);
      this.#whenEmpty?.();
    };
    stream.on("error", breakDown);
    stream.on("close", breakDown);
  }

  add(value: object): void {
    if (this.isBroken) return this.#drop(1);
    const line = `${JSON.stringify(value)}\n`;
    if (this.#isBlocked && this.#queue.length >= this.#maxQueued) return this.#drop(1);
    this.#queue.push(line);
    if (!this.#isBlocked) this.#flush();
  }

  /** Resolves when the queue is empty: written, or dropped by a broken stream. */
  async written(): Promise<void> {
    if (this.#queue.length === 0 || this.isBroken) return;
    await new Promise<void>((resolve) => (this.#whenEmpty = resolve));
  }

  #drop(count: number): void {
    this.dropped += count;
    this.#untold += count;
  }

  #write(line: string): void {
    if (this.#stream.write(line)) return;
    this.#isBlocked = true;
    this.#stream.once("drain", () => {
      this.#isBlocked = false;
      this.#flush();
    });
  }

  #flush(): void {
    let written = 0;
    while (!this.#isBlocked && written < this.#queue.length) {
      if (this.#untold > 0) {
        const line = `${JSON.stringify({ kind: "dropped", count: this.#untold })}\n`;
        this.#untold = 0;
        this.#write(line);
        continue;
      }
      this.#write(this.#queue[written++] ?? "");
    }
    this.#queue.splice(0, written);
    if (this.#queue.length === 0) this.#whenEmpty?.();
  }
}
