import type { DPoPMode } from "../binding/dpop.js";
import type { CertificateProxyOptions } from "../binding/certificate.js";
import type { AsymmetricAlgorithm } from "../core/algorithms.js";
import type { Store } from "../stores/store.js";

/** 32 random bytes: as they are, or as base64url text. */
export type SecretBytes = string | Uint8Array;

/** Nonces that DPoP proofs must carry (RFC 9449 §9). */
export interface DPoPNonceOptions {
  /** What nonces are made from, the same in every process. Give this or `secrets`. */
  secret?: SecretBytes;
  /** To rotate: the current secret first, then the one before it. All are accepted. */
  secrets?: readonly SecretBytes[];
  /**
   * How long one nonce is handed out, in seconds; it is accepted for one period
   * longer. Every period costs each client one more round trip or header. @default 300
   */
  periodSeconds?: number;
}

/** Proof of possession by DPoP (RFC 9449). */
export interface DPoPOptions {
  /**
   * - `allowed`: a bound token must come with its proof, an unbound one may come as Bearer;
   * - `required`: unbound tokens are refused;
   * - `off`: proofs are not looked at, so bound tokens are refused.
   *
   * @default "allowed"
   */
  mode?: DPoPMode;
  /**
   * How far a proof's `iat` may lie from our clock, in seconds, to either side.
   * A longer window means more replay markers in the store. @default 300
   */
  proofMaxAgeSeconds?: number;
  /** Accepted signature algorithms of proofs. @default every asymmetric one */
  algorithms?: readonly AsymmetricAlgorithm[];
  /** Ask for a nonce of this server in every proof. @default none is asked for */
  nonce?: DPoPNonceOptions;
  /**
   * While the store is away: refuse proofs with 503, or accept them without
   * remembering, so that an overheard one can be used again. @default "refuse"
   */
  onStoreFailure?: "refuse" | "continue";
}

/** Tokens bound to client certificates (RFC 8705 §3). */
export interface MtlsOptions {
  /** The proxies that end TLS, and how they tell the client's certificate. @default the TLS connection itself */
  proxy?: CertificateProxyOptions;
  /** Refuse tokens that are not bound to a certificate. @default false */
  required?: boolean;
}

/** How revocations are looked up. */
export interface RevocationOptions {
  /**
   * How long an answer of the store is used again, in seconds, 0–300: the longest
   * time for which another process may still accept what this one revoked. @default 5
   */
  cacheSeconds?: number;
  /**
   * While the store is away: refuse with 503, or accept what is not known in
   * this process to be revoked. @default "refuse"
   */
  onStoreFailure?: "refuse" | "continue";
}

/** One key for values at rest. */
export interface StoreEncryptionKey {
  /** Names the key in what it sealed: 1–32 letters, digits, `-`, `_`. */
  id: string;
  secret: SecretBytes;
}

/** Options that make a stolen token useless, and where state is kept. */
export interface SenderGroup {
  /** Proof of possession by DPoP (RFC 9449). @default "allowed" */
  dpop?: DPoPMode | DPoPOptions;
  /** Tokens bound to client certificates; such a token is refused without its certificate in any case. */
  mtls?: MtlsOptions;
  /**
   * Where replay markers, revocations and cached introspection answers are kept.
   * Several processes need one they share: `createRedisStore` of
   * `mcp-framework-oauth/redis`. @default the memory of this process, bounded
   */
  store?: Store;
  /**
   * Share introspection answers through `store`, encrypted. The first key seals, all
   * open. @default each process asks for itself: claims are never stored in the clear
   */
  storeEncryptionKeys?: readonly StoreEncryptionKey[];
  /** How revocations are looked up; see `provider.revoke()`. */
  revocation?: RevocationOptions;
}
