import type { AuditSink, AuthEvent, AuthOutcome } from "../core/auth-event.js";

/**
 * One sink that hands each event to all of `sinks`. One that throws neither
 * keeps the event from the others nor disturbs the request; `onFailure` hears
 * of the first time.
 */
export function fanOut(sinks: readonly AuditSink[], onFailure: () => void): AuditSink {
  const failed = new WeakSet<AuditSink>();
  const complain = (sink: AuditSink): void => {
    if (failed.has(sink)) return;
    failed.add(sink);
    onFailure();
  };
  const all = (event: AuthEvent): void => {
    for (const sink of sinks) {
      try {
        // Declared as void, an async function fits all the same; its rejection must not end the process.
        const result = sink(event) as unknown;
        if (result !== undefined) void Promise.resolve(result).catch(() => complain(sink));
      } catch {
        complain(sink);
      }
    }
  };
  const wants = (outcome: AuthOutcome, reason?: string): boolean =>
    sinks.some((sink) => isWanted(sink, outcome, reason));
  return Object.assign(all, { wants });
}

/** A sink whose answer cannot be had gets the event: too many are better than one too few. */
function isWanted(sink: AuditSink, outcome: AuthOutcome, reason: string | undefined): boolean {
  try {
    return sink.wants?.(outcome, reason) !== false;
  } catch {
    return true;
  }
}

/** Ends the sinks that can be ended; waits until they have written what they hold. */
export async function closeSinks(sinks: readonly AuditSink[]): Promise<void> {
  await Promise.allSettled(sinks.map((sink) => (sink as { close?: () => unknown }).close?.()));
}
