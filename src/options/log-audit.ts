import { logger } from "mcp-framework";
import type { AuditSink } from "../core/auth-event.js";
import { refusalLog } from "../telemetry/refusal-log.js";

/**
 * An audit sink that writes to the framework's log: one `warn` line for each
 * refusal, at most ten a minute for one reason. With `allowed`, also one `info`
 * line for each other event.
 *
 * @example
 * ```ts
 * import { logAudit, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   authorizationServers: ["https://auth.example.com"],
 *   audit: logAudit({ allowed: true }),
 * });
 * ```
 */
export function logAudit(options: { readonly allowed?: boolean } = {}): AuditSink {
  return refusalLog({
    // Looked up at each call, because the framework's logger may be replaced.
    warn: (line) => logger.warn(line),
    ...(options.allowed === true && { info: (line: string) => logger.info(line) }),
  });
}
