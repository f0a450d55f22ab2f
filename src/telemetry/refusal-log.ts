import { printable } from "../core/safe-cause.js";
import type { AuditSink, AuthEvent, AuthOutcome } from "../core/auth-event.js";

export interface RefusalLogOptions {
  readonly warn: (line: string) => void;
  /** Also logs allowed requests. */
  readonly info?: (line: string) => void;
  /** Lines per reason and minute; further ones are counted. */
  readonly linesPerMinute?: number;
}

/** Reasons come from the code, but a validator of the application can define its own. */
const MAX_REASONS = 200;
const WINDOW_SECONDS = 60;
/** The first request of every client. */
const QUIET_REASON = "credential_missing";

/**
 * One line per refusal, with the reason that docs/reference/reasons.md explains.
 * Quiet: nothing for a first request without a token, and after some lines of
 * one reason within a minute only their number, so that a flood of requests is
 * no flood of lines.
 */
export function refusalLog(options: RefusalLogOptions): AuditSink {
  const { warn, info, linesPerMinute = 10 } = options;
  const counts = new Map<string, number>();
  let window = -1;
  let hasSuppressed = false;

  const turn = (time: number): void => {
    const current = Math.floor(time / WINDOW_SECONDS);
    if (current === window) return;
    window = current;
    hasSuppressed = false;
    for (const [reason, count] of counts) {
      const suppressed = count - linesPerMinute;
      if (suppressed > 0) warn(`mcp-framework-oauth: ${suppressed} more refusals: ${reason}`);
    }
    counts.clear();
  };

  const log = (event: AuthEvent): void => {
    turn(event.time);
    if (event.kind !== "decision" || event.outcome === "allowed") {
      info?.(lineOf(event));
      return;
    }
    if (event.reason === QUIET_REASON) return;
    const reason = printable(event.reason ?? "unknown");
    const key = counts.has(reason) || counts.size < MAX_REASONS ? reason : "other reasons";
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count <= linesPerMinute) warn(lineOf(event));
    else hasSuppressed = true;
  };
  // The first event after the minute logs the number of suppressed lines.
  const wants = (outcome: AuthOutcome, reason?: string): boolean =>
    hasSuppressed || (outcome === "allowed" ? info !== undefined : reason !== QUIET_REASON);
  return Object.assign(log, { wants });
}

function lineOf(event: AuthEvent): string {
  const { kind, status, reason, detail, method, transport, clientAddress, requestId } = event;
  const what =
    kind === "decision"
      ? [status, reason, detail && `- ${detail}`].filter(Boolean).join(" ")
      : kind;
  const from = clientAddress ?? "unknown address";
  const id = requestId === undefined ? "" : `, request ${requestId}`;
  return printable(`mcp-framework-oauth: ${what} (${method} ${transport} from ${from}${id})`);
}
