import { logger } from "mcp-framework";
import type { AuditSink, AuthEvent } from "../auth-event.js";

/**
 * A sink that cannot do harm: decisions are told while requests are answered,
 * and a sink that is down must not keep anybody from the answer, let alone end
 * the process. What it throws, or rejects with, is not logged: it may quote the
 * event.
 */
export function createAudit(sink: (event: AuthEvent) => unknown): AuditSink {
  const failed = (): void => {
    logger.error("mcp-framework-oauth: the audit sink failed; an event is lost");
  };
  return (event) => {
    try {
      void Promise.resolve(sink(event)).catch(failed);
    } catch {
      failed();
    }
  };
}
