import type { TransportKind } from "./auth-request.js";

/** `unavailable`: validity could not be determined; the answer was 503. */
export type AuthOutcome = "allowed" | "refused" | "unavailable";

/**
 * The event: a request was decided, a session's owner returned with more scopes, or something was revoked.
 */
type AuthEventKind = "decision" | "elevation" | "revocation";

export type RevokedThing = "jti" | "subject" | "clientId" | "session" | "tokenHash";

/** One event, for audit and metrics. Never contains a token, a proof or a secret. */
export interface AuthEvent {
  readonly kind: AuthEventKind;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly outcome: AuthOutcome;
  /**
   * HTTP status of the answer; 200 means "passed to the
   * framework" or, for a revocation, "revoked".
   */
  readonly status: number;
  /** Stable identifier for a refusal, for example `audience_mismatch`. */
  readonly reason?: string;
  /** More about the reason, in fixed words. */
  readonly detail?: string;
  /** For an outage: the error behind the reason, without credentials of the request. */
  readonly cause?: string;
  /** `none` for a revocation, which the application requests. */
  readonly transport: TransportKind | "none";
  /** For a revocation, `revoke`. */
  readonly method: string;
  /** JSON-RPC methods, and names of the requested tools, resources and prompts. */
  readonly operations?: readonly string[];
  readonly clientAddress?: string;
  readonly scheme?: string;
  readonly issuer?: string;
  readonly subject?: string;
  readonly clientId?: string;
  readonly scopes?: readonly string[];
  /** For an elevation: the scopes that the session did not have before. */
  readonly newScopes?: readonly string[];
  /**
   * Of a revocation: what is locked out, and until when, in seconds since the
   * epoch; of a `tokenHash` its first 16 characters.
   */
  readonly revoked?: {
    readonly what: RevokedThing;
    readonly until: number;
    readonly hash?: string;
  };
  /** For a revocation by `jti`. */
  readonly tokenId?: string;
  /** First 16 characters of the token's SHA-256, base64url: enough to correlate, useless to replay. */
  readonly tokenFingerprint?: string;
  readonly requestId?: string;
  readonly durationMs?: number;
}

/** Receives events as they happen. Must not throw or block. */
export interface AuditSink {
  (event: AuthEvent): void;
  /**
   * Whether the sink wants an event with this outcome and reason. If no sink does,
   * the event is not created. @default true
   */
  wants?(outcome: AuthOutcome, reason?: string): boolean;
}
