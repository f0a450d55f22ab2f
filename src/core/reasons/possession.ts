import { reasons } from "./row.js";

/** Refusals because the request does not prove possession of the token's key (RFC 9449, RFC 8705). */
export const POSSESSION = {
  title: "Proof of possession",
  introduction:
    "DPoP (RFC 9449) and mutual TLS (RFC 8705): the proof does not match the token or the request.",
  reasons: reasons(401, {
    confirmation_mismatch: {
      meaning: "The JWT and the introspection response name different keys in `cnf`.",
      cure: "Fix the issuer: both must describe the same binding.",
    },
    confirmation_missing: {
      meaning: "The token type is DPoP, but the introspection response has no `cnf.jkt`.",
      cure: "Have the introspection endpoint return `cnf`.",
      costsUpstream: true,
    },
    confirmation_malformed: {
      meaning: "`cnf` is not an object, or its thumbprint is not one.",
      cure: "Fix the issuer's tokens.",
    },
    confirmation_unsupported: {
      meaning: "The token is bound (`cnf`) by a method that this server cannot check.",
      cure: "Bind tokens by DPoP (`jkt`) or by certificate (`x5t#S256`), or not at all.",
    },
    certificate_missing: {
      meaning: "The token is bound to a client certificate, but the connection has none.",
      cure: "Have the client connect with its certificate. Behind a proxy, check that the proxy forwards it.",
    },
    certificate_mismatch: {
      meaning: "The client certificate is not the one that the token is bound to.",
      cure: "Have the client use the certificate it got the token with.",
    },
    certificate_binding_required: {
      meaning: "The server requires certificate-bound tokens, but this token is not bound.",
      cure: "Turn on certificate-bound tokens (RFC 8705) at the issuer.",
    },
    certificate_header_malformed: {
      meaning: "The proxy's header with the client certificate cannot be read.",
      cure: "Compare the format the proxy writes with the configured encoding.",
    },
    certificate_header_repeated: {
      meaning: "The request has the client certificate header more than once.",
      cure: "Have the proxy replace the header instead of adding one.",
    },
    dpop_required: {
      meaning: "The server requires DPoP, but the token is not bound to a key.",
      cure: 'Have the client use DPoP, or set `dpop` to `"allowed"`.',
    },
    dpop_off: {
      meaning: 'The client uses DPoP, but `dpop` is `"off"`.',
      cure: 'Set `dpop` to `"allowed"`, or have the client send a bearer token.',
    },
    dpop_token_not_bound: {
      meaning: "The token was sent with the `DPoP` scheme but is not bound to a key.",
      cure: "Have the client send unbound tokens with `Authorization: Bearer`.",
    },
    dpop_token_sent_as_bearer: {
      meaning: "The token is bound to a key but was sent with the `Bearer` scheme.",
      cure: "Have the client send it with `Authorization: DPoP` and a proof.",
    },
    dpop_proof_missing: {
      meaning: "The request has no DPoP proof.",
      cure: "Have the client send a `DPoP` header with every request.",
    },
    dpop_proof_repeated: {
      meaning: "The request has more than one `DPoP` header.",
      cure: "Have the client send one. Check whether a proxy repeats headers.",
    },
    dpop_proof_malformed: {
      meaning: "The DPoP proof is not a well-formed JWT.",
      cure: "Fix the client.",
    },
    dpop_type_mismatch: {
      meaning: "The proof's `typ` is not `dpop+jwt`.",
      cure: "Fix the client.",
    },
    dpop_crit_unsupported: {
      meaning: "The proof's header requires an extension (`crit`) that is not supported.",
      cure: "Fix the client.",
    },
    dpop_algorithm_not_allowed: {
      meaning: "The proof's `alg` is not an asymmetric algorithm that the server accepts.",
      cure: "Have the client sign with one of the `algs` in the challenge, for example ES256.",
    },
    dpop_key_malformed: {
      meaning: "The proof's `jwk` is not a usable public key.",
      cure: "Fix the client.",
    },
    dpop_key_mismatch: {
      meaning: "The proof is signed by a key other than the one the token is bound to.",
      cure: "Have the client use the key it got the token with.",
    },
    dpop_signature_invalid: {
      meaning: "The proof's signature does not match its key.",
      cure: "Fix the client.",
    },
    dpop_htm_mismatch: {
      meaning: "The proof was made for another HTTP method.",
      cure: "Have the client make a new proof for every request.",
    },
    dpop_htu_mismatch: {
      meaning: "The proof was made for another URL.",
      cure: "`htu` must be the configured `resource`: have the client use the public URL.",
    },
    dpop_ath_mismatch: {
      meaning: "The proof was made for another token, or has no `ath`.",
      cure: "Have the client make a new proof after it renews the token.",
    },
    dpop_iat_malformed: {
      meaning: "The proof's `iat` is missing or not a number.",
      cure: "Fix the client.",
    },
    dpop_iat_outside_window: {
      meaning: "The proof's `iat` is too old or in the future.",
      cure: "Synchronize the clocks (NTP), or set `dpop.nonce` so that the client's clock no longer matters.",
    },
    dpop_expired: {
      meaning: "The proof's `exp` has passed.",
      cure: "Synchronize the clocks (NTP), and have the client make a new proof for every request.",
    },
    dpop_not_yet_valid: {
      meaning: "The proof's `nbf` is in the future.",
      cure: "Synchronize the clocks (NTP).",
    },
    dpop_jti_malformed: {
      meaning: "The proof's `jti` is missing, too long or not a string.",
      cure: "Fix the client.",
    },
    dpop_proof_replayed: {
      meaning: "The proof was used before.",
      cure: "Have the client make a new proof for every request. If legitimate clients see this, check whether a proxy repeats requests.",
    },
    dpop_nonce_missing: {
      meaning: "The proof has no nonce, but the server requires one.",
      cure: "Nothing to do: the client repeats the request with the nonce from `DPoP-Nonce`.",
    },
    dpop_nonce_invalid: {
      meaning: "The proof's nonce is too old or was not issued by this server.",
      cure: "Nothing to do: the client repeats the request with the nonce from `DPoP-Nonce`.",
    },
    dpop_nonce_malformed: {
      meaning: "The proof's `nonce` is not a string.",
      cure: "Fix the client.",
    },
  }),
} as const;
