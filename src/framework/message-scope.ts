import { getRequestContext, requestContext } from "mcp-framework";
import type { Session } from "../sessions/session.js";
import {
  contextDataOf,
  currentExchange,
  currentScope,
  runInExchange,
  runInScope,
  type MessageScope,
} from "./exchange.js";
import { refusalFor } from "./isolation/handler-refusal.js";
import { jsonStreamRelease } from "./isolation/json-stream.js";
import { responseFor } from "./isolation/response-filter.js";
import type { JsonRpcMessage, SendOptions, SessionServer, SessionTransport } from "./internals.js";

/** The session of a scope; serverless has none, and neither has one that is over. */
export function sessionOf({ exchange, transport }: MessageScope): Session | undefined {
  return transport.sessionId === undefined
    ? undefined
    : exchange.sessions?.get(transport.sessionId);
}

/** Runs work outside any request: no token, no session, as at start-up. */
export function outsideScopes<T>(work: () => T): T {
  return runInExchange(undefined, () => requestContext.run(undefined as never, work));
}

/**
 * Connects a session's server so that every message is handled in a scope of
 * its own, inside the exchange of the HTTP request that brought it.
 *
 * Sets `answered` when the response leaves, and sends what a tool says during
 * its request in that request's stream: mcp-framework would send it to the
 * session's standing stream, which a client need not have.
 *
 * @param streaming the session can send more than the response on a POST
 * @param passes what the session wants to have of what is sent to it
 */
export function connectScoped(
  server: SessionServer,
  transport: SessionTransport,
  connect: (transport: SessionTransport) => Promise<void>,
  streaming: boolean,
  passes: (message: JsonRpcMessage) => boolean,
): Promise<void> {
  // There a response does not travel in the answer to the POST that asked.
  const isSse = transport.handlePostMessage !== undefined;
  const connected = connect(transport);
  // `connect` has set its handlers before its first await.
  const deliver = transport.onmessage;
  transport.onmessage = (message, extra) => {
    const exchange = currentExchange();
    // Without an exchange, the message bypassed the guard.
    if (exchange === undefined) throw new Error("message outside a guarded request");
    const scope: MessageScope = {
      server,
      transport,
      exchange,
      method: message.method,
      requestId: message.method === undefined ? undefined : message.id,
      answered: false,
      progressToken: undefined,
      abortSignal: undefined,
    };
    if (scope.requestId !== undefined && !isSse) {
      exchange.onClose?.(jsonStreamRelease(transport, scope.requestId));
    }
    runScoped(scope, () => deliver?.(message, extra));
  };

  const send = transport.send.bind(transport);
  transport.send = (message, options) => {
    if (message.method === undefined && message.id !== undefined) {
      const scope = currentScope();
      // By the scope, not by a table of ids: a client may give two requests one
      // id, and the answer to a list must not pass as the answer to a ping.
      if (scope?.transport !== transport || scope.requestId !== message.id) {
        return Promise.reject(new Error("response outside the scope of its request"));
      }
      scope.answered = true;
      const refusal = isSse ? undefined : refusalFor(scope);
      return sendResponse(refusal ?? message, scope, (response) => send(response, options));
    }
    if (!passes(message)) return Promise.resolve();
    return send(message, streaming ? withRelatedRequest(message, options, transport) : options);
  };
  return connected;
}

function runScoped(scope: MessageScope, work: () => void): void {
  // Serverless and SSE open the framework's own context too early or with other data.
  const context = { ...getRequestContext(), ...contextDataOf(scope.exchange.token) };
  runInScope(scope, () => requestContext.run(context, work));
}

async function sendResponse(
  message: JsonRpcMessage,
  scope: MessageScope,
  send: (message: JsonRpcMessage) => Promise<void>,
): Promise<void> {
  const response = responseFor(message, scope);
  return send(response instanceof Promise ? await response : response);
}

function withRelatedRequest(
  message: JsonRpcMessage,
  options: SendOptions | undefined,
  transport: SessionTransport,
): SendOptions | undefined {
  const scope = currentScope();
  if (scope !== undefined && options?.relatedRequestId !== undefined) scope.hasSpoken = true;
  if (options?.relatedRequestId !== undefined || message.method === undefined) return options;
  if (scope?.requestId === undefined || scope.answered || scope.transport !== transport) {
    return options;
  }
  scope.hasSpoken = true;
  return { ...options, relatedRequestId: scope.requestId };
}
