import type { SecretSource } from "../keys/rotating-secret.js";
import type { ClaimOptions, SignatureOptions } from "./validation.js";

/** How an introspection endpoint is asked (RFC 7662). */
export interface IntrospectionOptions {
  /** URL of the endpoint. @default found through the issuer's metadata */
  endpoint?: string;
  /** This server's client id at the issuer. */
  clientId?: string;
  /** Secret of that client, or a function that fetches it; it is asked for every call. */
  clientSecret?: string | SecretSource;
  /**
   * How this server says who it is. `tls_client_auth` presents `tls`, `bearer`
   * sends `token`. @default "client_secret_basic"
   */
  authMethod?:
    "client_secret_basic" | "client_secret_post" | "private_key_jwt" | "tls_client_auth" | "bearer";
  /** Key for `private_key_jwt`: PEM, or a JWK as JSON text. */
  privateKey?: string | SecretSource;
  /** `kid` of that key. */
  keyId?: string;
  /** Algorithm of that key. @default what fits it: RS256, ES256, ES384, ES512 or EdDSA */
  algorithm?: string;
  /** Token for `bearer`. */
  token?: string | SecretSource;
  /** Client certificate, its key and the authorities to trust, as PEM. */
  tls?: { cert?: string; key?: string; ca?: string };
  /**
   * How long a good answer counts, in seconds; never past `exp`. A revoked
   * token works for that long. 0 asks every time. @default 60
   */
  cacheSeconds?: number;
  /** How long "not active" counts, in seconds. 0 asks every time. @default 10 */
  negativeCacheSeconds?: number;
  /** `cacheSeconds` in milliseconds, as the framework's built-in provider has it. */
  cacheTTL?: number;
  /**
   * Members that answers may lack: each name switches one check off for answers
   * without that member. @default none, or all three in a hybrid, whose JWT has them
   */
  allowMissing?: readonly ("iss" | "aud" | "exp")[];
  /** Ask for signed answers and take no others (RFC 9701). @default false */
  signedResponse?: boolean;
  /** Time for endpoint, secret and answer together, in seconds. @default 5 */
  timeoutSeconds?: number;
}

/** Tokens that the issuer itself is asked about. */
export interface IntrospectionValidationOptions extends ClaimOptions {
  type: "introspection";
  /** @default the top-level `introspection` */
  introspection?: IntrospectionOptions;
}

/** JWTs that are verified here, and whose issuer is asked whether they were revoked. */
export interface HybridValidationOptions extends ClaimOptions, SignatureOptions {
  type: "hybrid";
  /** @default the top-level `introspection` */
  introspection?: IntrospectionOptions;
  /**
   * While introspection is away, go on accepting a token for this long after it
   * was last found active, in seconds. A revoked token works for that much
   * longer. @default 0: refuse with 503
   */
  continueSeconds?: number;
}
