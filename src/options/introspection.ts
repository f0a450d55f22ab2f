import { z } from "zod";
import type { SecretSource } from "../keys/rotating-secret.js";
import { env, type Input, type Output, type Schema } from "./row.js";
import { aFunction, DAY, seconds, text, timeoutSeconds, url, withLineEnds } from "./values.js";

const secret = z.union([text, aFunction<SecretSource>()]);

/** See `onlyWith` of a row. */
const INTROSPECTION =
  "introspection: OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET, or the credentials of another OAUTH_INTROSPECTION_AUTH_METHOD";
const CERTIFICATE = "introspection by tls_client_auth";
const PRIVATE_KEY = "introspection by private_key_jwt";

export const tlsShape = {
  /** Client certificate, as PEM. Needs `key`. */
  cert: env("OAUTH_CLIENT_CERT", text.optional(), {
    kind: "fixed-secret",
    text: "Client certificate for `tls_client_auth`, as PEM. `\\n` is read as a line break.",
    onlyWith: CERTIFICATE,
    example: "file:/run/secrets/client.pem",
    from: withLineEnds,
  }),
  /** Private key of the client certificate, as PEM. */
  key: env("OAUTH_CLIENT_KEY", text.optional(), {
    kind: "fixed-secret",
    onlyWith: CERTIFICATE,
    example: "file:/run/secrets/client-key.pem",
    from: withLineEnds,
  }),
  /** Certificate authorities to trust for the endpoint, as PEM. @default Node's certificate authorities */
  ca: env("OAUTH_INTROSPECTION_CA", text.optional(), {
    kind: "fixed-secret",
    text: "Certificate authorities to trust for the introspection endpoint, as PEM. `\\n` is read as a line break.",
    onlyWith: INTROSPECTION,
    example: "file:/etc/ssl/internal-ca.pem",
    from: withLineEnds,
  }),
};

/**
 * @example
 * ```ts
 * introspection: { tls: { cert, key } },
 * ```
 */
export interface TlsOptions extends Input<typeof tlsShape> {}
const tls: Schema<TlsOptions, Output<typeof tlsShape>> = z.object(tlsShape).strict();

export const introspectionShape = {
  /** URL of the introspection endpoint (RFC 7662). @default discovered from the issuer's metadata */
  endpoint: env("OAUTH_INTROSPECTION_ENDPOINT", url.optional(), {
    onlyWith: INTROSPECTION,
    example: "https://auth.example.com/oauth/introspect",
  }),
  /** This server's client id at the issuer. */
  clientId: env("OAUTH_CLIENT_ID", text.optional(), { example: "mcp-server" }),
  /**
   * Client secret of this server at the issuer.
   *
   * A function is called for every request to the endpoint.
   */
  clientSecret: env("OAUTH_CLIENT_SECRET", secret.optional(), {
    kind: "secret",
    onlyWith: "introspection by client_secret_basic or client_secret_post",
    example: "file:/run/secrets/oauth",
  }),
  /**
   * How this server authenticates at the endpoint.
   *
   * `tls_client_auth` presents `tls`, `bearer` sends `token`.
   *
   * @default "client_secret_basic"
   */
  authMethod: env(
    "OAUTH_INTROSPECTION_AUTH_METHOD",
    z
      .enum([
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "tls_client_auth",
        "bearer",
      ])
      .default("client_secret_basic"),
    {
      onlyWith: INTROSPECTION,
      example: "client_secret_basic",
      default:
        "private_key_jwt with OAUTH_PRIVATE_KEY, tls_client_auth with OAUTH_CLIENT_CERT, bearer with OAUTH_INTROSPECTION_TOKEN, otherwise client_secret_basic",
    },
  ),
  /** Private key for `private_key_jwt`: PEM, or a JWK as JSON text. */
  privateKey: env("OAUTH_PRIVATE_KEY", secret.optional(), {
    kind: "secret",
    text: "Private key for `private_key_jwt`: a JWK, or PEM, in which `\\n` is read as a line break.",
    onlyWith: PRIVATE_KEY,
    example: "file:/run/secrets/oauth.pem",
    from: withLineEnds,
  }),
  /** `kid` of the private key. */
  keyId: env("OAUTH_PRIVATE_KEY_ID", text.optional(), {
    onlyWith: PRIVATE_KEY,
    example: "2026-01",
  }),
  /** Signature algorithm of the private key. @default the one that fits the key: RS256, ES256, ES384, ES512 or EdDSA */
  algorithm: env("OAUTH_PRIVATE_KEY_ALGORITHM", text.optional(), {
    onlyWith: PRIVATE_KEY,
    example: "PS256",
  }),
  /** Access token for `bearer`. */
  token: env("OAUTH_INTROSPECTION_TOKEN", secret.optional(), {
    kind: "secret",
    onlyWith: "introspection by bearer",
    example: "file:/run/secrets/introspection-token",
  }),
  /** TLS client certificate, its key, and the certificate authorities to trust. */
  tls: tls.optional(),
  /**
   * How long an active answer is cached, in seconds, never past `exp`. A revoked token works for
   * that long; 0 introspects every time.
   *
   * @default 60
   */
  cacheSeconds: env("OAUTH_INTROSPECTION_CACHE", seconds(DAY).default(60), {
    onlyWith: INTROSPECTION,
    example: "60",
  }),
  /** How long an inactive answer is cached, in seconds; 0 introspects every time. @default 10 */
  negativeCacheSeconds: env("OAUTH_INTROSPECTION_NEGATIVE_CACHE", seconds(DAY).default(10), {
    onlyWith: INTROSPECTION,
    example: "10",
  }),
  /** `cacheSeconds` in milliseconds, the name in mcp-framework's built-in provider. */
  cacheTTL: seconds(DAY * 1000).optional(),
  /**
   * Members that an answer may omit. Each name switches off one check for answers without that
   * member.
   *
   * @default none; all three for `hybrid`, because its JWT has them
   */
  allowMissing: env(
    "OAUTH_INTROSPECTION_ALLOW_MISSING",
    z
      .array(z.enum(["iss", "aud", "exp"]))
      .readonly()
      .optional(),
    { onlyWith: INTROSPECTION, example: "iss", default: "none" },
  ),
  /** Require signed answers (RFC 9701). @default false */
  signedResponse: env("OAUTH_INTROSPECTION_SIGNED_RESPONSE", z.boolean().default(false), {
    text: "Require signed introspection answers (RFC 9701).",
    onlyWith: INTROSPECTION,
    example: "true",
  }),
  /** Timeout for the whole call, including the secret's function, in seconds (up to 60). @default 5 */
  timeoutSeconds: env("OAUTH_INTROSPECTION_TIMEOUT", timeoutSeconds.default(5), {
    text: "Timeout for introspection in seconds, up to 60.",
    onlyWith: INTROSPECTION,
    example: "10",
  }),
};

/**
 * How to call an introspection endpoint (RFC 7662).
 *
 * @example
 * ```ts
 * introspection: { clientId: "mcp-server", clientSecret: () => readSecret("introspection") },
 * ```
 */
export interface IntrospectionOptions extends Input<typeof introspectionShape> {}
export interface IntrospectionSettings extends Output<typeof introspectionShape> {}
export const introspection: Schema<IntrospectionOptions, IntrospectionSettings> = z
  .object(introspectionShape)
  .strict();
