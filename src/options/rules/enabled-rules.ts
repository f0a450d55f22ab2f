import { logger } from "mcp-framework";
import { ConfigurationError } from "../../core/errors.js";
import { isDevelopment } from "../../core/production.js";
import type { ParsedOptions } from "../options.js";

/**
 * Where `enabled: false` may open the server. Logs that it does.
 *
 * @throws ConfigurationError
 */
export function checkEnabled({ enabled, dangerouslyOmitAuth }: ParsedOptions): void {
  if (enabled) {
    if (!dangerouslyOmitAuth) return;
    throw new ConfigurationError(
      "ERR_OAUTH_CONTRADICTION",
      "dangerouslyOmitAuth has no effect without enabled: false; remove it.",
    );
  }
  if (!dangerouslyOmitAuth && !isDevelopment()) {
    const { NODE_ENV = "" } = process.env;
    throw new ConfigurationError(
      "ERR_OAUTH_DISABLED",
      `enabled is false, and NODE_ENV is ${NODE_ENV === "" ? "not set" : JSON.stringify(NODE_ENV)}: ` +
        "every client could do everything. On a machine for development, set NODE_ENV=development. " +
        "Otherwise remove enabled, or set dangerouslyOmitAuth: true if the server is meant to be open.",
    );
  }
  logger.warn(
    "mcp-framework-oauth: AUTHENTICATION IS OFF (enabled: false). Every client that reaches this server " +
      "may do everything, without a token.",
  );
}
