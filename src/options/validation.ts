import type { SignatureAlgorithm } from "../core/algorithms.js";
import type { ClaimMapping } from "../validators/claims.js";
import type { TokenCallback } from "../validators/callback-validator.js";
import type { StaticToken } from "../validators/static-validator.js";
import type { SecretSource } from "../keys/rotating-secret.js";
import type { HybridValidationOptions, IntrospectionValidationOptions } from "./introspection.js";
import type { IntrospectionOptions } from "./introspection.js";
import type { Enrich } from "../validators/enrich.js";

/** JWS algorithms that can be allowed; `none` is not among them. */
export type JwsAlgorithm = SignatureAlgorithm;

/** What every validator of an issuer's tokens asks of their claims. */
export interface ClaimOptions {
  /** `iss` of the tokens, exactly. @default `authorizationServers[0]` */
  issuer?: string;
  /**
   * Values of which `aud` must contain one. Name more than the resource only
   * where the authorization server cannot put the resource into its tokens.
   * @default `resource`
   */
  audience?: string | readonly string[];
  /** How far clocks may differ, in seconds, 0–120. @default 60 */
  clockToleranceSeconds?: number;
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
}

/** How the signature of a JWT is checked. */
export interface SignatureOptions {
  /** Where the issuer's keys are. @default found through the issuer's metadata */
  jwksUri?: string;
  /** The issuer's public key, as PEM or JWK, instead of a key set from the network. */
  publicKey?: string | Readonly<Record<string, unknown>>;
  /**
   * Secret shared with the issuer, for HS256/384/512 only; at least as long as
   * the hash. A function is asked again after `secretTtlSeconds`, and
   * when a signature does not verify. It returns the secret, whose predecessor stays
   * good for `secretOverlapSeconds`, or a list with the current one first, of
   * which all are good and nothing else is.
   */
  secret?: string | Uint8Array | SecretSource;
  /**
   * How long the previous secret of a `secret` function still verifies after a
   * new one appeared, in seconds. A leaked secret works for that long.
   * @default 300
   */
  secretOverlapSeconds?: number;
  /**
   * How long the answer of a `secret` function is used without asking again, in
   * seconds. A secret that was taken back works for that long, and then for the
   * overlap; asked at most every five seconds. @default 300
   */
  secretTtlSeconds?: number;
  /**
   * Signature algorithms to accept.
   * @default every asymmetric one, or HS256 with `secret`
   */
  algorithms?: readonly JwsAlgorithm[];
  /**
   * Also accept tokens with `typ: "JWT"` or none, as Auth0 (in its default
   * profile), Entra and Keycloak issue them. ID tokens stay refused by their
   * other marks. @default false: only `at+jwt` (RFC 9068 §2.1)
   */
  allowJwtTyp?: boolean;
  /** How long a fetched key set is used before it is fetched anew, in seconds. @default 600 */
  jwksTtlSeconds?: number;
  /**
   * How long the last good key set is used while the issuer is down, in
   * seconds. A key withdrawn during the outage stays good for as long.
   * @default 86400
   */
  jwksMaxStaleSeconds?: number;
  /** How long a validated token is remembered, in seconds; never past `exp`, nor longer than `jwksTtlSeconds`. 0 turns it off. @default 300 */
  cacheSeconds?: number;
}

/** How JSON Web Tokens of one issuer are checked (RFC 9068). */
export interface JwtValidationOptions extends ClaimOptions, SignatureOptions {
  type: "jwt";
}

/** Asks a function of the application about tokens it keeps itself. */
export interface CustomValidationOptions {
  type: "custom";
  /**
   * Says what a token stands for, or something falsy for one that is unknown.
   * What it throws is an outage, 503, unless it throws an `OAuthError`.
   */
  validate: TokenCallback;
  /**
   * Values of which an `audience` that the function returns must contain one;
   * without one in the result, nothing is compared. @default `resource`
   */
  audience?: string | readonly string[];
  /** How long a good answer counts, in seconds; never past `expiresAt`. A token revoked meanwhile works for that long. @default 0: ask every time */
  cacheSeconds?: number;
  /** How long "no such token" counts, in seconds. @default 0: ask every time */
  negativeCacheSeconds?: number;
  /** Time the function has, in seconds. @default 5 */
  timeoutSeconds?: number;
}

/** Fixed tokens, for development. */
export interface StaticValidationOptions {
  type: "static";
  /** What each token stands for. */
  tokens: Readonly<Record<string, StaticToken>>;
  /**
   * Take them with NODE_ENV=production too. They do not expire by themselves,
   * are bound to nothing and stand in the configuration. @default false
   */
  dangerouslyAllowInProduction?: boolean;
}

/** One way to tell which tokens are good. */
export type ValidationOptions =
  | JwtValidationOptions
  | IntrospectionValidationOptions
  | HybridValidationOptions
  | CustomValidationOptions
  | StaticValidationOptions;

/** Options that say which tokens are good. */
export interface ValidationGroup {
  /**
   * How tokens are checked. In a list, a JWT goes to the entry of its issuer,
   * and everything else to `static`, then to `introspection` or `custom`.
   * @default JWTs of every authorization server, keys found through its metadata
   */
  validation?: ValidationOptions | readonly ValidationOptions[];
  /**
   * The introspection endpoint for entries of `validation` that do not name
   * their own. Without `validation`: JWTs are checked locally, and opaque
   * tokens are introspected at `authorizationServers[0]`.
   */
  introspection?: IntrospectionOptions;
  /**
   * Issuers that are not known at start: what to check for tokens of `issuer`,
   * or `undefined` to refuse them. Answers count for five minutes. With this
   * and without `validation`, `authorizationServers` is only published.
   */
  issuers?: (
    issuer: string,
  ) => JwtValidationOptions | undefined | Promise<JwtValidationOptions | undefined>;
  /**
   * Adds data of the application to `AccessToken.data`; remembered with the
   * token. What it throws is an outage, 503, unless it throws an `OAuthError`.
   */
  enrich?: Enrich;
}
