import { z } from "zod";
import { ASYMMETRIC_ALGORITHMS } from "../core/algorithms.js";
import type { Store } from "../stores/store.js";
import { env, type Input, type Output, type Schema } from "./row.js";
import { DAY, headerName, onStoreFailure, secretBytes, text, wholeSeconds } from "./values.js";

const mode = z.enum(["allowed", "required", "off"]);

export const dpopNonceShape = {
  /** Secret from which nonces are derived, the same in every process. Set this or `secrets`. */
  secret: env("OAUTH_DPOP_NONCE_SECRET", secretBytes.optional(), {
    kind: "fixed-secret",
    text: "Require a nonce in every proof, derived from this secret: 32 bytes as base64url text, the same in every process. To rotate, append the previous secret.",
    example: "file:/run/secrets/dpop-nonce",
    default: "no nonce is required",
  }),
  /** For rotation: the current secret first, then the previous one. All are accepted. */
  secrets: z.array(secretBytes).min(1).readonly().optional(),
  /**
   * How long one nonce is issued, in seconds; it is accepted for one more period. A short period
   * costs each client more retries.
   *
   * @default 300
   */
  periodSeconds: env("OAUTH_DPOP_NONCE_PERIOD", wholeSeconds(DAY).default(300), { example: "300" }),
};

/**
 * Nonces that DPoP proofs must carry (RFC 9449 §9).
 *
 * @example
 * ```ts
 * dpop: { nonce: { secret: await readSecret("dpop-nonce"), periodSeconds: 600 } },
 * ```
 */
export interface DPoPNonceOptions extends Input<typeof dpopNonceShape> {}
export interface DPoPNonceSettings extends Output<typeof dpopNonceShape> {}
const nonce: Schema<DPoPNonceOptions, DPoPNonceSettings> = z.object(dpopNonceShape).strict();

export const dpopShape = {
  /**
   * Which tokens need a proof.
   *
   * - `allowed`: a bound token needs its proof, an unbound token is accepted as Bearer;
   * - `required`: unbound tokens are refused;
   * - `off`: proofs are ignored, so bound tokens are refused.
   *
   * @default "allowed"
   */
  mode: env("OAUTH_DPOP", mode.default("allowed"), {
    text: "Proof of possession (RFC 9449): `allowed` for tokens bound to a key, `required` for every token, `off` to ignore proofs and refuse bound tokens.",
    example: "required",
  }),
  /**
   * How far a proof's `iat` may be from the clock, in seconds to either side (1–3600). A longer
   * window keeps more replay markers in the store.
   *
   * @default 300
   */
  proofMaxAgeSeconds: env("OAUTH_DPOP_PROOF_MAX_AGE", wholeSeconds(3_600).default(300), {
    example: "60",
  }),
  /** Accepted signature algorithms of proofs. @default every asymmetric one */
  algorithms: z
    .array(z.enum(ASYMMETRIC_ALGORITHMS))
    .min(1)
    .readonly()
    .default([...ASYMMETRIC_ALGORITHMS]),
  /** Require a nonce of this server in every proof. @default no nonce is required */
  nonce: nonce.optional(),
  /**
   * While the store is down: refuse proofs with 503, or accept them without replay protection.
   *
   * @default "refuse"
   */
  onStoreFailure: onStoreFailure.default("refuse"),
};

/**
 * Proof of possession by DPoP (RFC 9449).
 *
 * @example
 * ```ts
 * dpop: { mode: "required", proofMaxAgeSeconds: 60 },
 * ```
 */
export interface DPoPOptions extends Input<typeof dpopShape> {}
export interface DPoPSettings extends Output<typeof dpopShape> {}
const dpop: Schema<DPoPOptions, DPoPSettings> = z.object(dpopShape).strict();

export const certificateProxyShape = {
  /**
   * Proxies that terminate TLS and forward the client certificate: addresses, CIDR ranges,
   * `loopback`, `private` or `linkLocal`. They must remove this header from client requests.
   *
   * From any other peer the header is ignored, because any client can send it.
   */
  addresses: env("OAUTH_MTLS_PROXIES", z.array(text).readonly(), {
    example: "10.0.0.0/8",
    default: "the certificate of the TLS connection",
  }),
  /** Header that carries the client certificate. @default "client-cert" */
  header: env("OAUTH_MTLS_HEADER", headerName.default("client-cert"), {
    example: "X-Amzn-Mtls-Clientcert-Leaf",
    default: "Client-Cert",
  }),
  /**
   * Encoding of that header.
   *
   * - `rfc9440`: `:base64 of DER:` (RFC 9440 §2.1);
   * - `pem-urlencoded`: one PEM block, percent-encoded (nginx `$ssl_client_escaped_cert`, AWS ALB
   *   `X-Amzn-Mtls-Clientcert-Leaf`);
   * - `base64-der`: base64 of DER (HAProxy `ssl_c_der,base64`, Traefik).
   *
   * @default "rfc9440"
   */
  encoding: env(
    "OAUTH_MTLS_ENCODING",
    z.enum(["rfc9440", "pem-urlencoded", "base64-der"]).default("rfc9440"),
    { example: "pem-urlencoded" },
  ),
};

/**
 * Proxies that terminate TLS and forward the client certificate in a header.
 *
 * @example
 * ```ts
 * mtls: { proxy: { addresses: ["10.0.0.0/8"], header: "X-Client-Cert", encoding: "pem-urlencoded" } },
 * ```
 */
export interface CertificateProxyOptions extends Input<typeof certificateProxyShape> {}
export interface CertificateProxySettings extends Output<typeof certificateProxyShape> {}
const certificateProxy: Schema<CertificateProxyOptions, CertificateProxySettings> = z
  .object(certificateProxyShape)
  .strict();

export const mtlsShape = {
  /** The proxies that terminate TLS. @default the certificate of the TLS connection */
  proxy: certificateProxy.optional(),
  /** Refuse tokens that are not bound to a certificate. @default false */
  required: env("OAUTH_MTLS", z.boolean().default(false), {
    kind: "choice",
    choices: ["allowed", "required"],
    text: "`allowed` announces certificate-bound tokens (RFC 8705), `required` refuses all others.",
    example: "required",
    default: "bound tokens need their certificate, but support is not announced",
    from: (choice: string) => choice === "required",
  }),
};

/**
 * Certificate-bound tokens (RFC 8705 §3).
 *
 * @example
 * ```ts
 * mtls: { required: true },
 * ```
 */
export interface MtlsOptions extends Input<typeof mtlsShape> {}
export interface MtlsSettings extends Output<typeof mtlsShape> {}
const mtls: Schema<MtlsOptions, MtlsSettings> = z.object(mtlsShape).strict();

export const revocationShape = {
  /**
   * How long an answer of the store is cached, in seconds (0–300). For that long, another process
   * may still accept a token that this process revoked.
   *
   * @default 5
   */
  cacheSeconds: env("OAUTH_REVOCATION_CACHE", z.number().min(0).max(300).default(5), {
    text: "How long another process may still accept what this one revoked, in seconds (0–300).",
    example: "5",
  }),
  /**
   * While the store is down: refuse with 503, or accept tokens that this process does not know to
   * be revoked.
   *
   * @default "refuse"
   */
  onStoreFailure: onStoreFailure.default("refuse"),
};

/**
 * How revocations are looked up.
 *
 * @example
 * ```ts
 * revocation: { cacheSeconds: 1, onStoreFailure: "refuse" },
 * ```
 */
export interface RevocationOptions extends Input<typeof revocationShape> {}
export interface RevocationSettings extends Output<typeof revocationShape> {}
const revocation: Schema<RevocationOptions, RevocationSettings> = z
  .object(revocationShape)
  .strict();

export const storeEncryptionKeyShape = {
  /** Name of the key, stored with the values it encrypted: 1–32 letters, digits, `-`, `_`. */
  id: z.string().min(1),
  /** 32 random bytes: raw, or as base64url text. */
  secret: secretBytes,
};

/**
 * A key that encrypts values at rest.
 *
 * @example
 * ```ts
 * storeEncryptionKeys: [
 *   { id: "2027-01", secret: await readSecret("store-key") },
 *   { id: "2026-07", secret: await readSecret("store-key-previous") },
 * ],
 * ```
 */
export interface StoreEncryptionKey extends Input<typeof storeEncryptionKeyShape> {}
const storeEncryptionKey: Schema<StoreEncryptionKey, StoreEncryptionKey> = z
  .object(storeEncryptionKeyShape)
  .strict();

const STORE_METHODS = ["get", "getMany", "set", "add", "increment", "delete"] as const;
const store = z.custom<Store>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    STORE_METHODS.every((name) => typeof (value as Record<string, unknown>)[name] === "function"),
  "must be a store, for example the awaited result of createRedisStore() of mcp-framework-oauth/redis",
);

export const senderShape = {
  /** Proof of possession by DPoP (RFC 9449): its mode, or all of its options. @default "allowed" */
  dpop: z.union([mode.transform((value) => dpop.parse({ mode: value })), dpop]).default("allowed"),
  /**
   * Announces support for certificate-bound tokens (RFC 8705). Even without this option, such a
   * token is refused without its certificate.
   */
  mtls: mtls.optional(),
  /**
   * Storage for replay markers, revocations and cached introspection answers. Several processes
   * need a shared store: `createRedisStore` of `mcp-framework-oauth/redis`.
   *
   * @default the memory of this process, bounded
   */
  store: env("OAUTH_REDIS_URL", store.optional(), {
    kind: "fixed-secret",
    text: "Redis shared by all processes, for used proofs, revocations and counts. Needs `npm install ioredis`.",
    example: "rediss://:password@redis.internal:6379",
    default: "the memory of this process",
    option: "Redis URL",
  }),
  /**
   * Share introspection answers through `store`, encrypted. The first key encrypts, all keys decrypt.
   *
   * @default none: claims are never stored unencrypted, and each process introspects for itself
   */
  storeEncryptionKeys: env(
    "OAUTH_STORE_KEYS",
    z.array(storeEncryptionKey).min(1).readonly().optional(),
    {
      kind: "fixed-secret",
      text: "Share introspection answers through Redis, encrypted: `name=key`, the key being 32 bytes as base64url text. The first key encrypts, all keys decrypt.",
      example: "file:/run/secrets/store-keys",
      default: "each process introspects for itself",
    },
  ),
  /** How revocations are looked up; see `provider.revoke()`. */
  revocation: revocation.default({}),
};
