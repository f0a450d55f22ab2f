import { filterList } from "../../policy/list-filter.js";
import type { JsonRpcMessage } from "../internals.js";
import type { MessageScope } from "../exchange.js";

interface JsonRpcResponse extends JsonRpcMessage {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** mcp-framework's error about an unknown name lists all names. */
const AVAILABLE = /\. Available (?:tools|prompts|resources): .*$/s;

/**
 * The response as this caller may see it: lists hold what its token may use,
 * and an error names no other tool, resource or prompt than the one asked for.
 */
export function responseFor(
  message: JsonRpcMessage,
  { exchange, method }: MessageScope,
): JsonRpcMessage | Promise<JsonRpcMessage> {
  const response = message as JsonRpcResponse;
  if (response.error !== undefined) {
    const text = response.error.message;
    if (typeof text !== "string" || !AVAILABLE.test(text)) return message;
    return {
      ...response,
      error: { ...response.error, message: text.replace(AVAILABLE, "") },
    } as JsonRpcMessage;
  }
  if (method === undefined) return message;
  const filtered = filterList(method, response.result, exchange.token, exchange.policy);
  if (filtered instanceof Promise) {
    return filtered.then((result: unknown) => ({ ...response, result }) as JsonRpcMessage);
  }
  return filtered === response.result
    ? message
    : ({ ...response, result: filtered } as JsonRpcMessage);
}
