import { AsyncLocalStorage } from "node:async_hooks";
import type { AccessToken } from "../core/access-token.js";
import type { OAuthError } from "../core/errors.js";
import type { ScopePolicy } from "../policy/scope-policy.js";
import type { SessionOpening, SessionRegistry } from "../sessions/session.js";
import type { JsonRpcMessage, SessionServer, SessionTransport } from "./internals.js";

/**
 * One HTTP request that the guard let through, as the code behind the guard
 * sees it. Reaches the framework and the tools through an AsyncLocalStorage,
 * so nothing is decided twice.
 */
export interface Exchange {
  /** Absent when a public part of the server was asked for without a token. */
  readonly token: AccessToken | undefined;
  /** Issuer, subject and client in one string; see `principalOf`. Absent for an anonymous client. */
  readonly principal: string | undefined;
  /** The parsed body of a POST: parsed once, so that no second parser can read it differently. */
  readonly body: unknown;
  /** What the token may do, for lists and for checks inside a tool. */
  readonly policy: ScopePolicy;
  /** Where a session that this request opens is registered; serverless has none. */
  readonly sessions: SessionRegistry | undefined;
  /** Calls back when the HTTP answer was sent or its reader is gone. */
  readonly onClose?: (done: () => void) => void;
  /** Ends the HTTP answer at once, sent or not. */
  readonly cutOff?: () => void;
  /**
   * Answers with the status and challenge of an error instead of the framework's response, unless its
   * first byte was sent. Returns the message to send in its place, where refusals travel in results.
   */
  readonly refuse?: (error: OAuthError) => JsonRpcMessage | undefined;
  /** The place of a session that this request opens. */
  readonly opening?: SessionOpening | undefined;
  /** The answer to a POST is a stream that can carry more than the response. */
  readonly streaming: boolean;
  /** A message of it is being handled, or was: tools have run in it. */
  isDelivered?: true;
}

/** One JSON-RPC message being handled, and the session it came from. */
export interface MessageScope {
  /** The SDK server of the session that sent the message, and of no other. */
  readonly server: SessionServer;
  readonly transport: SessionTransport;
  /** The HTTP request that brought the message. */
  readonly exchange: Exchange;
  readonly method: string | undefined;
  /** Id of the request; absent for notifications and answers. */
  readonly requestId: string | number | undefined;
  /** The error with which the handler refused its caller. */
  refusal?: OAuthError | undefined;
  /** A message was sent in the stream of the request. */
  hasSpoken?: true;
  /** The request was answered: nothing more may be sent in its stream. */
  answered: boolean;
  /** Per-call state of the tool, which mcp-framework keeps in the tool itself. */
  progressToken: unknown;
  abortSignal: unknown;
}

/** What code runs for. One store for both: each more costs every promise of the process. */
interface Context {
  readonly exchange: Exchange;
  /** The message of the exchange that is being handled; before that, none. */
  readonly scope: MessageScope | undefined;
}

const contexts = new AsyncLocalStorage<Context | undefined>();

/**
 * Whether a question for the current sender can only be mcp-framework's, about
 * the request that the guard has decided: on serverless, before any tool runs.
 * What a tool starts inherits the exchange, and its requests are others'.
 */
export function isFrameworkAsking(exchange: Exchange): boolean {
  return exchange.sessions === undefined && exchange.isDelivered !== true;
}

/** Runs `work`, and everything it starts, inside the exchange; with `undefined` inside none. */
export function runInExchange<T>(exchange: Exchange | undefined, work: () => T): T {
  return contexts.run(exchange && { exchange, scope: undefined }, work);
}

/** Runs the handling of a message, and everything it starts, in its scope. */
export function runInScope<T>(scope: MessageScope, work: () => T): T {
  const { exchange } = scope;
  exchange.isDelivered = true;
  return contexts.run({ exchange, scope }, work);
}

/** The exchange that the current code runs in. */
export function currentExchange(): Exchange | undefined {
  return contexts.getStore()?.exchange;
}

/** The message that the current code handles, or goes on after. */
export function currentScope(): MessageScope | undefined {
  return contexts.getStore()?.scope;
}

/**
 * The access token of the request that the current code runs for, or
 * `undefined` outside a protected request (stdio, start-up code, a public part
 * used without a token).
 *
 * Also works in code that goes on after the answer was sent.
 *
 * @example
 * ```ts
 * import { getAccessToken } from "mcp-framework-oauth";
 *
 * const user = getAccessToken()?.subject ?? "anonymous";
 * ```
 */
export function getAccessToken(): AccessToken | undefined {
  return contexts.getStore()?.exchange.token;
}

/** What `getRequestContext()` gives: the claims, as the built-in provider does, and what `enrich` added. */
export function contextDataOf(token: AccessToken | undefined): Record<string, unknown> {
  if (token === undefined) return {};
  return {
    ...token.claims,
    ...(token.data !== undefined && { data: token.data }),
    ...(token.token !== undefined && { token: token.token }),
  };
}
