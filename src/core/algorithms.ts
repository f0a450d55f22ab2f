/** RSA signatures (RFC 7518 §3.3, §3.5). */
export const RSA_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;

/** Signatures over elliptic curves (RFC 7518 §3.4, RFC 8037, RFC 9864). */
const CURVE_ALGORITHMS = ["ES256", "ES384", "ES512", "EdDSA", "Ed25519"] as const;

/** Algorithms whose verification key may be public; the default allow-list. */
export const ASYMMETRIC_ALGORITHMS = [...RSA_ALGORITHMS, ...CURVE_ALGORITHMS] as const;

/** Algorithms with a shared secret: a server that can verify can also sign. */
export const HMAC_ALGORITHMS = ["HS256", "HS384", "HS512"] as const;

export type AsymmetricAlgorithm = (typeof ASYMMETRIC_ALGORITHMS)[number];
export type HmacAlgorithm = (typeof HMAC_ALGORITHMS)[number];
/** `alg` values that can be verified. `none` is not among them. */
export type SignatureAlgorithm = AsymmetricAlgorithm | HmacAlgorithm;
