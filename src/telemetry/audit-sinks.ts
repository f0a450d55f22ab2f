import type { AuditSink, AuthEvent, AuthOutcome } from "../core/auth-event.js";

/**
 * One sink that passes each event to all of `sinks`. A sink that throws neither
 * keeps the event from the others nor affects the request; `onFailure` is called
 * the first time.
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
        // The type also allows async functions, whose rejection must not crash the process.
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

/** A sink whose `wants` throws gets the event, so that none is lost. */
function isWanted(sink: AuditSink, outcome: AuthOutcome, reason: string | undefined): boolean {
  try {
    return sink.wants?.(outcome, reason) !== false;
  } catch {
    return true;
  }
}

/** Closes the sinks that can be closed, and waits until they have written their events. */
export async function closeSinks(sinks: readonly AuditSink[]): Promise<void> {
  await Promise.allSettled(sinks.map((sink) => (sink as { close?: () => unknown }).close?.()));
}
