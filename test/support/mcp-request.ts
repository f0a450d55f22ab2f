import { INITIALIZE } from "./initialize.js";

/** `Authorization` with a bearer token; nothing without one. */
export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** What a client sends: for `fetch()` and `new Request()`. A text goes out as it is. */
export function mcpRequest(
  body: unknown = INITIALIZE,
  headers: object = {},
): { method: string; headers: Record<string, string>; body: string } {
  return {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      ...headers,
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

export const CALL_WHOAMI = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "whoami", arguments: {} },
};

/** Sends a message to an MCP server; `initialize` unless another body is given. */
export function post(url: string, body?: unknown, headers?: object): Promise<Response> {
  return fetch(url, mcpRequest(body, headers));
}
