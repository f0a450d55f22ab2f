/** `error` codes that leave in a challenge (RFC 6750 §3.1, RFC 9449 §7.1, RFC 9470 §3). */
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
}

/**
 * A refused request. `status`, `code` and `description` are what strangers may
 * read: fixed per class, plain words. `reason` is for operators: a stable
 * identifier such as `audience_mismatch`; it never holds a token, a secret or
 * anything else a client sent.
 */
export abstract class OAuthError extends Error {
  abstract readonly status: number;
  /** `undefined` where RFC 6750 §3 wants a challenge without an error. */
  abstract readonly code: WireErrorCode | undefined;
  abstract readonly description: string | undefined;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(reason: string, options: OAuthErrorOptions = {}) {
    // A refusal is an answer and not a fault: its reason says it all, and where it was thrown
    // costs more to note down than everything else about it. Strangers can ask for many.
    const limit = Error.stackTraceLimit;
    const isFault =
      new.target.prototype instanceof UnavailableError || new.target === UnavailableError;
    if (!isFault) Reflect.set(Error, "stackTraceLimit", 0);
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    if (!isFault) Reflect.set(Error, "stackTraceLimit", limit);
    this.name = new.target.name;
    this.reason = reason;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** No credential at all: 401 with a bare challenge (RFC 6750 §3.1, last paragraph). */
export class MissingCredentialError extends OAuthError {
  readonly status = 401;
  readonly code = undefined;
  readonly description = undefined;
}

/** The request is malformed: 400. */
export class InvalidRequestError extends OAuthError {
  readonly status = 400;
  readonly code = "invalid_request";
  readonly description = "The request is malformed";
}

/** The body is not a JSON-RPC message: 400, and no challenge, because the token is not the matter. */
export class MalformedMessageError extends OAuthError {
  readonly status = 400;
  readonly code = undefined;
  readonly description = undefined;
}

/** The token is expired, revoked, malformed or not meant for this resource: 401. */
export class InvalidTokenError extends OAuthError {
  readonly status = 401;
  readonly code = "invalid_token";
  readonly description = "The access token is not valid for this resource";
}

/** The DPoP proof is missing or does not hold (RFC 9449 §7.1): 401. */
export class InvalidDPoPProofError extends OAuthError {
  readonly status = 401;
  readonly code = "invalid_dpop_proof";
  readonly description = "The DPoP proof is missing or not valid for this request";
}

/** The proof must carry the server's nonce (RFC 9449 §9): 401 with `DPoP-Nonce`. */
export class UseDPoPNonceError extends OAuthError {
  readonly status = 401;
  readonly code = "use_dpop_nonce";
  readonly description = "The DPoP proof must carry the nonce of this server";
}

/** The user must authenticate again or more strongly (RFC 9470 §3): 401. */
export class InsufficientUserAuthenticationError extends OAuthError {
  readonly status = 401;
  readonly code = "insufficient_user_authentication";
  readonly description = "A stronger or more recent authentication is needed";
  constructor(
    reason: string,
    /** What the challenge asks for. */
    readonly requirement: { readonly acrValues?: readonly string[]; readonly maxAge?: number },
    options?: OAuthErrorOptions,
  ) {
    super(reason, options);
  }
}

/** The token is good but does not reach far enough (RFC 6750 §3.1): 403. */
export class InsufficientScopeError extends OAuthError {
  readonly status = 403;
  readonly code = "insufficient_scope";
  readonly description = "The access token lacks a needed permission";
  constructor(
    reason: string,
    /** Every scope the operation needs, in the order of the policy. Empty when no scope would help. */
    readonly requiredScopes: readonly string[],
    options?: OAuthErrorOptions,
  ) {
    super(reason, options);
  }
}

/** Not allowed here whoever asks: a foreign Origin, a wrong Host, plain HTTP. 403. */
export class ForbiddenError extends OAuthError {
  readonly status = 403;
  readonly code = undefined;
  readonly description = undefined;
}

/** A session, or another handle, that is not there for this principal: 404. */
export class SessionNotFoundError extends OAuthError {
  readonly status = 404;
  readonly code = undefined;
  readonly description = undefined;
}

/** The body is larger than configured: 413. */
export class PayloadTooLargeError extends OAuthError {
  readonly status = 413;
  readonly code = undefined;
  readonly description = undefined;
}

/** Too many requests (RFC 6585 §4): 429. */
export class RateLimitedError extends OAuthError {
  readonly status = 429;
  readonly code = undefined;
  readonly description = undefined;
}

/**
 * It cannot be told whether the token is good, because something this server
 * depends on does not answer: 503, never 401, so that no client throws a good
 * token away, and never open.
 */
export class UnavailableError extends OAuthError {
  readonly status = 503;
  readonly code = undefined;
  readonly description = undefined;
  constructor(reason: string, options: OAuthErrorOptions = {}) {
    super(reason, { retryAfterSeconds: 5, ...options });
  }
}

/**
 * The server is set up in a way that cannot work or is not safe. Thrown at
 * start-up only; the message names the option and the cure.
 */
export class ConfigurationError extends Error {
  constructor(
    /** Stable identifier, for example `ERR_OAUTH_HTTP_ISSUER`. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${message} [${code}]`, options);
    this.name = "ConfigurationError";
  }
}
