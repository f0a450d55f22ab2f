import {
  InsufficientScopeError,
  InsufficientUserAuthenticationError,
  InvalidDPoPProofError,
  UseDPoPNonceError,
  type OAuthError,
} from "../core/errors.js";
import { publishedScope } from "./published-scope.js";

/** The common parts of all challenges of a server. */
export interface ChallengeContext {
  /** URL of the protected resource metadata (RFC 9728 §5.1). */
  readonly resourceMetadata?: string;
  /** Set if only API keys are accepted: clients must not fetch a token. */
  readonly apiKeyHeader?: string;
  /** Scopes for a first authorization; empty when the server has none. */
  readonly scopes: readonly string[];
  /** Prefix of every published scope; see {@link publishedScope}. */
  readonly scopePrefix?: string | undefined;
  /** Bodies of refusals say why; for development. */
  readonly exposesReasons?: boolean;
  /** JWS algorithms for a `DPoP` challenge; absent when DPoP is off. */
  readonly dpopAlgorithms?: readonly string[];
}

/**
 * The `WWW-Authenticate` value for a refusal, or `undefined` if a challenge
 * would mislead (403 for an Origin, 404, 429, 503).
 *
 * `Bearer` comes first and its parameters in a fixed order, because MCP
 * clients read the header with regular expressions. The same refusal gives
 * the same bytes: clients compare them to detect a loop.
 *
 * @see RFC 6750 §3, RFC 9449 §7.1, RFC 9470 §3, RFC 9728 §5.1
 */
export function formatChallenge(error: OAuthError, context: ChallengeContext): string | undefined {
  if (error.code === undefined && error.status !== 401) return undefined;
  if (context.apiKeyHeader !== undefined) return apiKeyChallenge(error, context.apiKeyHeader);
  const dpopFailure = error instanceof InvalidDPoPProofError || error instanceof UseDPoPNonceError;
  const bearer = formatScheme("Bearer", [
    ["error", dpopFailure ? undefined : error.code],
    ["scope", scopeOf(error, context)],
    ["resource_metadata", context.resourceMetadata],
    ["error_description", dpopFailure ? undefined : error.description],
    ...strengthOf(error),
  ]);
  if (context.dpopAlgorithms === undefined) return bearer;
  const dpop = formatScheme("DPoP", [
    ["error", dpopFailure ? error.code : undefined],
    ["error_description", dpopFailure ? error.description : undefined],
    ["algs", context.dpopAlgorithms.join(" ")],
  ]);
  return `${bearer}, ${dpop}`;
}

/**
 * RFC 9110 §11.6.1 requires a challenge with every 401. There is no registered
 * scheme for keys; it must only differ from `Bearer`.
 */
function apiKeyChallenge(error: OAuthError, header: string): string {
  return formatScheme("ApiKey", [
    ["header", header],
    ["error", error.code],
    ["scope", error instanceof InsufficientScopeError ? scopeOf(error, EMPTY) : undefined],
  ]);
}

const EMPTY: ChallengeContext = { scopes: [] };

type Parameter = readonly [name: string, value: string | undefined];

function scopeOf(error: OAuthError, context: ChallengeContext): string | undefined {
  const scopes = error instanceof InsufficientScopeError ? error.requiredScopes : context.scopes;
  if (scopes.length === 0) return undefined;
  return scopes.map((scope) => publishedScope(scope, context.scopePrefix)).join(" ");
}

function strengthOf(error: OAuthError): Parameter[] {
  if (!(error instanceof InsufficientUserAuthenticationError)) return [];
  const { acrValues, maxAge } = error.requirement;
  return [
    ["acr_values", acrValues?.join(" ")],
    ["max_age", maxAge === undefined ? undefined : String(maxAge)],
  ];
}

function formatScheme(scheme: string, parameters: readonly Parameter[]): string {
  const present = parameters
    .filter((parameter): parameter is [string, string] => parameter[1] !== undefined)
    .map(([name, value]) => `${name}="${quotable(value)}"`);
  return present.length === 0 ? scheme : `${scheme} ${present.join(", ")}`;
}

/** %x20-21 / %x23-5B / %x5D-7E (RFC 6750 §3): no quote, no backslash, no control character. */
function quotable(value: string): string {
  return value.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "");
}
