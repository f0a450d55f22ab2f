import { ConfigurationError } from "../core/errors.js";

/** What RFC 6750 §3 lets stand in a scope: %x21 / %x23-5B / %x5D-7E. */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** Whether `value` is one scope that may stand in a challenge (RFC 6750 §3). */
export function isScopeToken(value: unknown): value is string {
  return typeof value === "string" && SCOPE_TOKEN.test(value);
}

/**
 * Returns `value` if it is a scope a policy may name.
 *
 * `offline_access` is none: it asks for a refresh token, which is between the
 * client and the authorization server, and must never show in a challenge.
 *
 * @param path where the scope stands in the options, for the message
 * @throws ConfigurationError
 * @see MCP 2026-07-28, Authorization (`mcp-no-offline`)
 */
export function checkScope(value: unknown, path: string): string {
  if (!isScopeToken(value)) {
    throw new ConfigurationError(
      "ERR_OAUTH_SCOPE",
      `${path} must be one scope: printable ASCII without spaces, quotes and backslashes.`,
    );
  }
  if (value === "offline_access") {
    throw new ConfigurationError(
      "ERR_OAUTH_OFFLINE_ACCESS",
      `${path} must not be offline_access; clients ask the authorization server for it by themselves.`,
    );
  }
  return value;
}
