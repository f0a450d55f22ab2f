/**
 * Where an error came from: the function of yours that threw it, `internal` for a
 * fault of this package, or the embedded authorization server.
 */
export type ErrorSource =
  | "validate"
  | "apiKeys"
  | "enrich"
  | "authorize"
  | "issuers"
  | "secret"
  | "internal"
  | "authorizationServer";

export interface ErrorContext {
  readonly source: ErrorSource;
}

/**
 * Receives errors that clients see as 503 or `server_error`, for example to
 * report them to a service. May not block; what it throws is ignored.
 */
export type OnError = (error: Error, context: ErrorContext) => void;
