import type { AuditSink } from "../auth-event.js";
import type { Clock } from "../clock.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import type { ScopeOptions } from "../policy/scope-options.js";
import type { ClaimMapping } from "../validators/claims.js";

/** JWS algorithms that can be allowed; `none` is not among them. */
export type JwsAlgorithm =
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"
  | "Ed25519"
  | "HS256"
  | "HS384"
  | "HS512";

/** How JSON Web Tokens of one issuer are checked (RFC 9068). */
export interface JwtValidationOptions {
  type: "jwt";
  /** `iss` of the tokens, exactly. @default `authorizationServers[0]` */
  issuer?: string;
  /**
   * Values of which `aud` must contain one. Name more than the resource only
   * where the authorization server cannot put the resource into its tokens.
   * @default `resource`
   */
  audience?: string | readonly string[];
  /** Where the issuer's keys are. @default found through the issuer's metadata */
  jwksUri?: string;
  /** The issuer's public key, as PEM or JWK, instead of a key set from the network. */
  publicKey?: string | Readonly<Record<string, unknown>>;
  /** Secret shared with the issuer, for HS256/384/512 only; at least as long as the hash. */
  secret?: string | Uint8Array;
  /**
   * Signature algorithms to accept.
   * @default every asymmetric one, or HS256 with `secret`
   */
  algorithms?: readonly JwsAlgorithm[];
  /** How far clocks may differ, in seconds, 0–120. @default 60 */
  clockToleranceSeconds?: number;
  /**
   * Also accept tokens with `typ: "JWT"` or none, as Auth0 (in its default
   * profile), Entra and Keycloak issue them. ID tokens stay refused by their
   * other marks. @default false: only `at+jwt` (RFC 9068 §2.1)
   */
  allowJwtTyp?: boolean;
  /** For issuers whose access tokens have no `aud`: client ids that may stand in for it. */
  clientIds?: readonly string[];
  /** Claims that must have exactly this value. */
  equals?: Readonly<Record<string, string>>;
  /** Refuse tokens without a subject. @default false */
  requireSubject?: boolean;
  /** Refuse tokens without a client id. @default false */
  requireClientId?: boolean;
  /** Where the issuer keeps scopes, subject and client. */
  claims?: ClaimMapping;
  /** How long a fetched key set is used before it is fetched anew, in seconds. @default 600 */
  jwksTtlSeconds?: number;
  /**
   * How long the last good key set is used while the issuer is down, in
   * seconds. A key withdrawn during the outage stays good for as long.
   * @default 86400
   */
  jwksMaxStaleSeconds?: number;
  /** How long a validated token is remembered, in seconds; never past `exp`. 0 turns it off. @default 300 */
  cacheSeconds?: number;
}

/** What one-line descriptions a client may show of this server (RFC 9728 §2). */
export interface MetadataOptions {
  /** `resource_name`: shown to users. */
  resourceName?: string;
  /** `resource_documentation`: a page for developers. */
  documentation?: string;
  /** `resource_policy_uri`. */
  policyUri?: string;
  /** `resource_tos_uri`. */
  termsOfServiceUri?: string;
  /** More paths at which the same document is served, for example `/.well-known/resource-server`. */
  aliases?: readonly string[];
  /**
   * Serve the authorization server's metadata at this origin as well, for
   * clients of MCP 2025-03-26. @default true
   */
  mirrorAuthorizationServer?: boolean;
}

/** Options of {@link OAuthAuthProvider}. */
export interface OAuthAuthProviderOptions {
  /**
   * The URL that clients use to reach this server, as they write it, path
   * included. It is the audience that tokens must be issued for (RFC 8707),
   * and every URL this server publishes is built from it, never from `Host`.
   */
  resource: string;
  /**
   * Issuers of the authorization servers whose tokens are accepted, exactly as
   * their metadata spells them. Clients use the first one.
   */
  authorizationServers: readonly string[];
  /** How tokens are checked. @default JWTs of every authorization server, keys found through its metadata */
  validation?: JwtValidationOptions;
  /**
   * Who may do what: the scopes that every request needs, or a whole policy.
   * Published, and put into challenges. @default any valid token may do everything
   */
  scopes?: readonly string[] | ScopeOptions;
  /** Header that carries the credential. @default "Authorization" */
  headerName?: string;
  /** Let tools see the raw token, to exchange it. A token handed on to another service can be replayed there. @default false */
  exposeToken?: boolean;
  /**
   * Origins of pages that may use this server from a browser, or `"*"`.
   * @default the resource's own origin and pages on the user's own machine
   */
  allowedOrigins?: readonly string[] | "*";
  /** How long a standing stream may outlive the token that opened it, in seconds. @default 0 */
  streamGraceSeconds?: number;
  /** Largest JSON-RPC body, in bytes. @default the transport's `maxMessageSize`, or 4 MiB */
  maxBodyBytes?: number;
  /**
   * Whether to check the authorization servers' metadata at start: say what is
   * amiss in the log, refuse to start, or do nothing. @default "warn"
   */
  verifyAtStart?: "warn" | "fail" | "off";
  metadata?: MetadataOptions;
  /** Takes every decision. @default refusals as one line each in the framework's log */
  audit?: AuditSink;
  /** @default the machine's clock */
  clock?: Clock;
  /** The way out of the process. @default a guarded fetch: https, no private addresses, bounded */
  fetch?: OutboundFetch;
}
