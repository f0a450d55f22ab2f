/**
 * Source of an error: your function that threw it, `internal` for a
 * bug in this package, or the embedded authorization server.
 */
export type ErrorSource =
  | "validate"
  | "apiKeys"
  | "enrich"
  | "authorize"
  | "canUse"
  | "issuers"
  | "secret"
  | "internal"
  | "authorizationServer";

export interface ErrorContext {
  readonly source: ErrorSource;
}

/**
 * Receives errors that clients see as 503 or `server_error`, for example to
 * report them to a service. Must not block; errors that it throws are ignored.
 */
export type OnError = (error: Error, context: ErrorContext) => void;
