import type { ClaimMapping } from "../../validators/claims.js";

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

/** Options that say which tokens are good. */
export interface ValidationGroup {
  /** How tokens are checked. @default JWTs of every authorization server, keys found through its metadata */
  validation?: JwtValidationOptions;
}
