import { ConfigurationError } from "../core/errors.js";

/** Characters of a scope by RFC 6750 §3: %x21 / %x23-5B / %x5D-7E. */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** Whether `value` is one scope that is allowed in a challenge (RFC 6750 §3). */
export function isScopeToken(value: unknown): value is string {
  return typeof value === "string" && SCOPE_TOKEN.test(value);
}

/**
 * Returns `value` if it is a scope a policy may name.
 *
 * `offline_access` is refused: it requests a refresh token from the authorization
 * server, and must never appear in a challenge.
 *
 * @param path Path of the scope in the options, for the message.
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
