import {
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  MissingCredentialError,
  type OAuthError,
} from "../../core/errors.js";
import type { Operation } from "../../messages/operation.js";

/**
 * A refused tool call as a tool result that carries the challenge, for hosts
 * that read `_meta["mcp/www_authenticate"]` and not the HTTP status.
 *
 * `undefined` if authorizing would not fix the refusal, or if
 * more than one call was sent: a batch is refused as a whole.
 */
export function toolChallenge(
  error: OAuthError,
  operations: readonly Operation[],
  challenge: string | undefined,
): object | undefined {
  const [operation, ...others] = operations;
  if (operation?.method !== "tools/call" || operation.id === undefined || others.length > 0) {
    return undefined;
  }
  const mendable =
    error instanceof MissingCredentialError ||
    error instanceof InsufficientScopeError ||
    error instanceof InsufficientUserAuthenticationError;
  if (!mendable || challenge === undefined) return undefined;
  return {
    jsonrpc: "2.0",
    id: operation.id,
    result: {
      content: [{ type: "text", text: error.description ?? "Authentication is needed" }],
      isError: true,
      _meta: { "mcp/www_authenticate": [challenge] },
    },
  };
}
