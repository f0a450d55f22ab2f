import type { ErrorCode } from "./error-codes/error-codes.js";
import type { Reason, ReasonOf } from "./reasons/reasons.js";
import type { RefusalStatus } from "./reasons/row.js";

/** `error` codes of challenges (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3). */
export type WireErrorCode =
  | "invalid_request"
  | "invalid_token"
  | "insufficient_scope"
  | "invalid_dpop_proof"
  | "use_dpop_nonce"
  | "insufficient_user_authentication";

interface OAuthErrorOptions extends ErrorOptions {
  /** Seconds for a `Retry-After` header. */
  readonly retryAfterSeconds?: number;
  /** More than the reason, for operators. Fixed words: nothing that a client sent. */
  readonly detail?: string;
}

/**
 * A refused request. Clients see `status`, `code` and `description`, which are
 * fixed per class. `reason` is for operators: a stable identifier such as
 * `audience_mismatch`; `detail` may add to it. Neither contains a token, a secret or
 * anything else a client sent.
 */
export abstract class OAuthError extends Error {
  abstract readonly status: RefusalStatus;
  /** `undefined` if RFC 6750 §3 requires a challenge without an error. */
  abstract readonly code: WireErrorCode | undefined;
  abstract readonly description: string | undefined;
  readonly reason: Reason;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(reason: Reason, options: OAuthErrorOptions = {}) {
    // No stack trace for refusals: capturing one costs more than the rest of the error, and any
    // client can cause many. Outages have a stack trace.
    const limit = Error.stackTraceLimit;
    const isFault =
      new.target.prototype instanceof UnavailableError || new.target === UnavailableError;
    if (!isFault) Reflect.set(Error, "stackTraceLimit", 0);
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    if (!isFault) Reflect.set(Error, "stackTraceLimit", limit);
    this.name = new.target.name;
    this.reason = reason;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Ties the status of a class to its reasons: a reason of another status does not compile. */
abstract class RefusedError<Status extends RefusalStatus> extends OAuthError {
  abstract override readonly status: Status;
  declare readonly reason: ReasonOf<Status>;

  constructor(reason: ReasonOf<Status>, options?: OAuthErrorOptions) {
    super(reason, options);
  }
}

/** No credential at all: 401 with a bare challenge (RFC 6750 §3.1, last paragraph). */
export class MissingCredentialError extends RefusedError<401> {
  readonly status = 401;
  readonly code = undefined;
  readonly description = undefined;
}

/** The request is malformed: 400. */
export class InvalidRequestError extends RefusedError<400> {
  readonly status = 400;
  readonly code = "invalid_request";
  readonly description = "The request is malformed";
}

/** The body is not a JSON-RPC message: 400, without a challenge, because the token is not the problem. */
export class MalformedMessageError extends RefusedError<400> {
  readonly status = 400;
  readonly code = undefined;
  readonly description = undefined;
}

/** The token is expired, revoked, malformed or not meant for this resource: 401. */
export class InvalidTokenError extends RefusedError<401> {
  readonly status = 401;
  readonly code = "invalid_token";
  readonly description = "The access token is not valid for this resource";
}

/** The DPoP proof is missing or invalid (RFC 9449 §7.1): 401. */
export class InvalidDPoPProofError extends RefusedError<401> {
  readonly status = 401;
  readonly code = "invalid_dpop_proof";
  readonly description = "The DPoP proof is missing or not valid for this request";
}

/** The proof must carry the server's nonce (RFC 9449 §9): 401 with `DPoP-Nonce`. */
export class UseDPoPNonceError extends RefusedError<401> {
  readonly status = 401;
  readonly code = "use_dpop_nonce";
  readonly description = "The DPoP proof must carry the nonce of this server";
}

/** The user must authenticate again or more strongly (RFC 9470 §3): 401. */
export class InsufficientUserAuthenticationError extends RefusedError<401> {
  readonly status = 401;
  readonly code = "insufficient_user_authentication";
  readonly description = "A stronger or more recent authentication is needed";
  constructor(
    reason: ReasonOf<401>,
    /** The requirements in the challenge. */
    readonly requirement: { readonly acrValues?: readonly string[]; readonly maxAge?: number },
    options?: OAuthErrorOptions,
  ) {
    super(reason, options);
  }
}

/** The token is valid but lacks a scope (RFC 6750 §3.1): 403. */
export class InsufficientScopeError extends RefusedError<403> {
  readonly status = 403;
  readonly code = "insufficient_scope";
  readonly description = "The access token lacks a needed permission";
  constructor(
    reason: ReasonOf<403>,
    /** Every scope the operation needs, in the order of the policy. Empty when no scope would help. */
    readonly requiredScopes: readonly string[],
    options?: OAuthErrorOptions,
  ) {
    super(reason, options);
  }
}

/** Refused for every sender: an Origin that is not allowed, a wrong Host, plain HTTP. 403. */
export class ForbiddenError extends RefusedError<403> {
  readonly status = 403;
  readonly code = undefined;
  readonly description = undefined;
}

/** A session that does not exist for this principal: 404. */
export class SessionNotFoundError extends RefusedError<404> {
  readonly status = 404;
  readonly code = undefined;
  readonly description = undefined;
}

/** The body is larger than configured: 413. */
export class PayloadTooLargeError extends RefusedError<413> {
  readonly status = 413;
  readonly code = undefined;
  readonly description = undefined;
}

/** Too many requests (RFC 6585 §4): 429. */
export class RateLimitedError extends RefusedError<429> {
  readonly status = 429;
  readonly code = undefined;
  readonly description = undefined;
}

/**
 * Validity cannot be determined, because a dependency of this
 * server fails: 503. Never 401, so that clients keep their tokens.
 */
export class UnavailableError extends RefusedError<503> {
  readonly status = 503;
  readonly code = undefined;
  readonly description = undefined;
  constructor(reason: ReasonOf<503>, options: OAuthErrorOptions = {}) {
    super(reason, { retryAfterSeconds: 5, ...options });
  }
}

/**
 * The configuration cannot work or is not safe. Thrown at start-up only; the
 * message names the option and the fix.
 */
export class ConfigurationError extends Error {
  constructor(
    /** Stable identifier; docs/reference/errors.md explains each. */
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${message} [${code}]`, options);
    this.name = "ConfigurationError";
  }
}
