import { ProxyTracerProvider, SpanStatusCode, trace, type HrTime } from "@opentelemetry/api";
import type { AuthEvent } from "../core/auth-event.js";

const TRACER_NAME = "mcp-framework-oauth";

/** Whether the application has a tracing SDK; one that is set later is noticed at the next call. */
export function isTracing(): boolean {
  const provider = trace.getTracerProvider();
  return !(
    provider instanceof ProxyTracerProvider && provider.getDelegateTracer(TRACER_NAME) === undefined
  );
}

/**
 * One span for a decision, as a child of the active span: usually that
 * of the HTTP request. Created at the end, so that a sampler sees all attributes.
 *
 * @param startedAt as `performance.now()` gives it
 */
export function traceDecision(event: AuthEvent, startedAt: number): void {
  const span = trace.getTracer(TRACER_NAME).startSpan("mcp_oauth.decision", {
    startTime: toHrTime(startedAt),
  });
  if (span.isRecording()) {
    span.setAttributes({
      "mcp_oauth.outcome": event.outcome,
      "mcp_oauth.transport": event.transport,
      "http.request.method": event.method,
      "http.response.status_code": event.status,
      ...(event.reason !== undefined && { "mcp_oauth.reason": event.reason }),
      ...(event.scheme !== undefined && { "mcp_oauth.scheme": event.scheme }),
      ...(event.issuer !== undefined && { "mcp_oauth.issuer": event.issuer }),
      ...(event.requestId !== undefined && { "mcp_oauth.request_id": event.requestId }),
      ...(event.operations !== undefined && { "mcp_oauth.operations": [...event.operations] }),
    });
    // A refusal is not an error of the server; an outage is.
    if (event.outcome === "unavailable") span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function toHrTime(startedAt: number): HrTime {
  const ms = performance.timeOrigin + startedAt;
  const seconds = Math.trunc(ms / 1000);
  return [seconds, Math.trunc((ms - seconds * 1000) * 1e6)];
}
