import { logger } from "mcp-framework";
import type { AuditSink } from "../core/auth-event.js";
import { fanOut } from "../telemetry/audit-sinks.js";
import { refusalLog } from "../telemetry/refusal-log.js";

/**
 * An audit sink that writes to the framework's log: one `warn` line for each
 * refusal, at most ten a minute for one reason. With `allowed`, one `info` line
 * for everything else as well.
 */
export function logAudit(options: { readonly allowed?: boolean } = {}): AuditSink {
  return refusalLog({
    // Looked up at each call: the framework's logger may be replaced.
    warn: (line) => logger.warn(line),
    ...(options.allowed === true && { info: (line: string) => logger.info(line) }),
  });
}

/** One sink over all that are configured. */
export function createAudit(audit: AuditSink | readonly AuditSink[] = logAudit()): AuditSink {
  return fanOut([audit].flat(), () =>
    // What it threw is not logged: it may quote the event.
    logger.error("mcp-framework-oauth: the audit sink failed; an event is lost"),
  );
}
