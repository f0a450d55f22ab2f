import { AsyncLocalStorage } from "node:async_hooks";
import type { AccessToken } from "../access-token.js";
import type { ScopePolicy } from "../policy/scope-policy.js";
import type { SessionOpening, SessionRegistry } from "../binding/session.js";

/**
 * One HTTP request that the guard let through, as the code behind the guard
 * sees it. Reaches the framework and the tools through an AsyncLocalStorage,
 * so nothing is decided twice.
 */
export interface Exchange {
  /** Absent when a public part of the server was asked for without a token. */
  readonly token: AccessToken | undefined;
  /** Issuer, subject and client in one string; see `principalOf`. Absent for a stranger. */
  readonly principal: string | undefined;
  /** What tools see through `getRequestContext()`. */
  readonly contextData: Readonly<Record<string, unknown>>;
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
  /** The place of a session that this request opens. */
  readonly opening?: SessionOpening | undefined;
  /** The answer to a POST is a stream that can carry more than the response. */
  readonly streaming: boolean;
}

const exchanges = new AsyncLocalStorage<Exchange>();

/** Runs `work`, and everything it starts, inside the exchange. */
export function runInExchange<T>(exchange: Exchange, work: () => T): T {
  return exchanges.run(exchange, work);
}

/** The exchange that the current code runs in. */
export function currentExchange(): Exchange | undefined {
  return exchanges.getStore();
}

/**
 * The access token of the request that the current code runs for, or
 * `undefined` outside a protected request (stdio, start-up code, a public part
 * used without a token).
 *
 * Also works in code that goes on after the answer was sent.
 */
export function getAccessToken(): AccessToken | undefined {
  return exchanges.getStore()?.token;
}
