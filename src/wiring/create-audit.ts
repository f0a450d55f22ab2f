import { logger } from "mcp-framework";
import type { AuditSink } from "../core/auth-event.js";
import { fanOut } from "../telemetry/audit-sinks.js";

/** One sink over all that are configured. */
export function createAudit(audit: AuditSink | readonly AuditSink[]): AuditSink {
  return fanOut([audit].flat(), () =>
    // What it threw is not logged: it may quote the event.
    logger.error("mcp-framework-oauth: the audit sink failed; an event is lost"),
  );
}
