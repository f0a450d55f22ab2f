import { logger } from "mcp-framework";
import type { AuditSink } from "../core/auth-event.js";
import { parseTime } from "../options/rules/api-key-rules.js";
import type { Settings } from "../options/settings.js";
import { apiKeyWarning } from "../telemetry/api-key-warning.js";
import { fanOut } from "../telemetry/audit-sinks.js";

/** One sink over all that are configured, and over the warnings of API keys. */
export function createAudit({ audit, apiKeys }: Pick<Settings, "audit" | "apiKeys">): AuditSink {
  return fanOut([...[audit].flat(), ...warnings(apiKeys)], () =>
    // What it threw is not logged: it may quote the event.
    logger.error("mcp-framework-oauth: the audit sink failed; an event is lost"),
  );
}

function warnings(apiKeys: Settings["apiKeys"]): AuditSink[] {
  if (apiKeys?.deprecationWarning !== true) return [];
  const { sunset } = apiKeys;
  return [
    apiKeyWarning({
      // Looked up at each call, because the framework's logger may be replaced.
      warn: (line) => logger.warn(line),
      sunset: sunset === undefined ? undefined : parseTime(sunset, "apiKeys.sunset"),
    }),
  ];
}
