import {
  ForbiddenError,
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  MissingCredentialError,
} from "../../core/errors.js";
import { currentScope, type MessageScope } from "../exchange.js";
import type { JsonRpcMessage } from "../internals.js";

/** Errors with which a running handler refuses its caller. */
const REFUSALS = [
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  MissingCredentialError,
  ForbiddenError,
];

/**
 * Notes a refusal that leaves the handler `name` of a tool, resource or prompt. mcp-framework turns
 * each throw into a text, so the class of the error is lost behind it.
 */
export function noteRefusals<Name extends string>(
  target: { [Member in Name]?: unknown },
  name: Name,
): void {
  const handler = target[name];
  if (typeof handler !== "function") return;
  const noted = async (...args: unknown[]): Promise<unknown> => {
    try {
      return await (handler.apply(target, args) as unknown);
    } catch (error) {
      const refusal = REFUSALS.some((kind) => error instanceof kind);
      const scope = currentScope();
      if (refusal && scope !== undefined) scope.refusal = error as MessageScope["refusal"];
      throw error;
    }
  };
  Object.assign(target, { [name]: noted });
}

/**
 * Refuses the HTTP request of a message whose handler refused, if that is still possible.
 *
 * In a batch it is not, because the other responses would be lost; nor after a message in the stream
 * of the request.
 *
 * @returns the message to send instead of the response, or `undefined` to send the response
 */
export function refusalFor(scope: MessageScope): JsonRpcMessage | undefined {
  const { refusal, exchange, hasSpoken } = scope;
  if (refusal === undefined || hasSpoken === true || Array.isArray(exchange.body)) return undefined;
  return exchange.refuse?.(refusal);
}
