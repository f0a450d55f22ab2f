import type { AccessToken } from "../core/access-token.js";
import type { AuthScheme } from "../credentials/credential.js";
import { InvalidDPoPProofError, InvalidTokenError, UseDPoPNonceError } from "../core/errors.js";
import { parseClaims, parseCompactJws, type Claims, type CompactJws } from "../jose/jws.js";
import { isTime } from "../core/clock.js";
import { isSameText, sha256 } from "../core/hashes.js";
import { ASYMMETRIC_ALGORITHMS, type AsymmetricAlgorithm } from "../core/algorithms.js";
import { verifySignature } from "../keys/signature.js";
import type { DPoPNonce } from "./dpop-nonce.js";
import { importProofKey, parseProofKey, type ProofKey } from "./proof-key.js";
import { normalizeTarget } from "./proof-target.js";
import type { ReplayMemory } from "./replay.js";

/** How far `iat` may lie from our clock, in seconds, unless configured otherwise. */

/** An RSA key of 4096 bits and its signature need 1,400 characters; all headers together get 16 KiB. */
const MAX_PROOF_BYTES = 8_192;
const MAX_JTI_CHARACTERS = 256;

export interface ProofOptions {
  /**
   * How far a proof's `iat` may lie from our clock, in seconds, to either side.
   * A longer window means more replay markers in the store.
   */
  readonly proofMaxAgeSeconds: number;
  /** Accepted signature algorithms; asymmetric ones only. */
  readonly algorithms: readonly AsymmetricAlgorithm[];
  readonly replay: ReplayMemory;
  /** Given, every proof must carry one of its nonces (RFC 9449 §9). */
  readonly nonce?: DPoPNonce;
}

/** The request a proof must be made for. */
export interface DPoPContext {
  readonly method: string;
  /** URLs of the endpoint, built from the configured resource, never from `Host` or a forwarded header. */
  readonly targets: readonly string[];
  /** The token as sent. */
  readonly accessToken: string;
  /** `cnf.jkt` of the validated token; without one the token cannot be used with DPoP. */
  readonly thumbprint: string | undefined;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly options: ProofOptions;
}

/** What an accepted proof showed. */
export interface DPoPProof {
  /** Thumbprint of the key that signed it, the token's own. */
  readonly thumbprint: string;
  /** A newer nonce than the one used, to be sent as `DPoP-Nonce` (RFC 9449 §8.2). */
  readonly nextNonce?: string;
}

/** Whether tokens must be bound to a key of the sender (RFC 9449): see {@link ProofOptions.mode}. */
export type DPoPMode = "allowed" | "required" | "off";

/**
 * Whether this request must come with a proof; refuses combinations that could
 * strip a token of its binding (RFC 9449 §7.1, §7.2): a bound token sent as
 * Bearer, an unbound one sent as DPoP, either where `mode` does not allow it.
 *
 * @throws InvalidTokenError
 */
export function requiresProof(scheme: AuthScheme, token: AccessToken, mode: DPoPMode): boolean {
  const isBound = token.confirmation?.jkt !== undefined;
  // Proofs are not checked when DPoP is off, so tokens that need one are refused.
  if (mode === "off" && scheme === "DPoP") throw new InvalidTokenError("dpop_off");
  if (scheme === "DPoP") {
    if (!isBound) throw new InvalidTokenError("dpop_token_not_bound");
    return true;
  }
  if (isBound) throw new InvalidTokenError("dpop_token_sent_as_bearer");
  if (mode === "required") throw new InvalidTokenError("dpop_required");
  return false;
}

/**
 * Checks that the sender holds the key its token is bound to: the twelve checks
 * of RFC 9449 §4.3, cheap ones first. The thumbprint is compared before the key
 * is imported or used, so work with keys is done only for keys that an accepted
 * token names; the replay memory is asked last, so that nothing but a good proof
 * leaves a trace in it.
 *
 * Does not check the access token: validate it before. Does not compare the
 * request's body or headers, which a proof does not cover.
 *
 * @param proofs every value of the request's `DPoP` headers
 * @throws InvalidDPoPProofError
 * @throws UseDPoPNonceError when everything holds but the nonce
 * @throws InvalidTokenError when the token is not bound to a key
 * @throws UnavailableError when the replay memory cannot be asked
 */
export async function validateDPoPProof(
  proofs: readonly string[],
  context: DPoPContext,
): Promise<DPoPProof> {
  const { now, options, thumbprint } = context;
  const maxAge = options.proofMaxAgeSeconds;
  if (thumbprint === undefined) throw new InvalidTokenError("dpop_token_not_bound");

  const jws = parseProof(proofs);
  const algorithm = validateHeader(jws, options.algorithms);
  const key = validateKey(jws, thumbprint);

  const claims = readClaims(jws);
  validateRequest(claims, context);
  validateTime(claims, now, maxAge);
  const jti = validateIdentifier(claims);

  const publicKey = importProofKey(key);
  if (
    publicKey === undefined ||
    !verifySignature(algorithm, publicKey, jws.signingInput, jws.signature)
  ) {
    throw new InvalidDPoPProofError("dpop_signature_invalid");
  }

  const nextNonce = validateNonce(claims, options.nonce, now);

  if (!(await options.replay.isFirstUse(key.thumbprint, jti, maxAge, now))) {
    throw new InvalidDPoPProofError("dpop_proof_replayed");
  }
  return { thumbprint: key.thumbprint, ...(nextNonce !== undefined && { nextNonce }) };
}

/** Checks 1 and 2: one header, one well-formed JWT. */
function parseProof(proofs: readonly string[]): CompactJws {
  const [proof] = proofs;
  if (proof === undefined) throw new InvalidDPoPProofError("dpop_proof_missing");
  // With two, a proxy may have checked the other one.
  if (proofs.length > 1) throw new InvalidDPoPProofError("dpop_proof_repeated");
  return asProofError(() => parseCompactJws(proof, MAX_PROOF_BYTES));
}

/** Checks 4 and 5: type and algorithm. */
function validateHeader(
  { header }: CompactJws,
  allowed: readonly AsymmetricAlgorithm[],
): AsymmetricAlgorithm {
  // The type keeps other JWTs this client signs, an assertion for instance, from passing as proofs.
  if (header.typ !== "dpop+jwt") throw new InvalidDPoPProofError("dpop_type_mismatch");
  // No extension is understood here (RFC 7515 §4.1.11).
  if (header["crit"] !== undefined) throw new InvalidDPoPProofError("dpop_crit_unsupported");
  // Looked up among the asymmetric ones as well: no configuration may let `none` or HMAC in.
  const algorithm = ASYMMETRIC_ALGORITHMS.find((name) => name === header.alg);
  if (algorithm === undefined || !allowed.includes(algorithm)) {
    throw new InvalidDPoPProofError("dpop_algorithm_not_allowed");
  }
  return algorithm;
}

/** Checks 7 and 12b: a public key, and the one the token is bound to. */
function validateKey({ header }: CompactJws, thumbprint: string): ProofKey {
  const key = parseProofKey(header["jwk"]);
  if (key === undefined) throw new InvalidDPoPProofError("dpop_key_malformed");
  if (!isSameText(key.thumbprint, thumbprint)) {
    throw new InvalidDPoPProofError("dpop_key_mismatch");
  }
  return key;
}

function readClaims({ payload }: CompactJws): Claims {
  return asProofError(() => parseClaims(payload));
}

/** Checks 3, 8, 9 and 12a: made for this method, this URL and this token. */
function validateRequest(claims: Claims, { method, targets, accessToken }: DPoPContext): void {
  const { htm, htu, ath } = claims;
  // Methods are case-sensitive (RFC 9110 §9.1).
  if (htm !== method) throw new InvalidDPoPProofError("dpop_htm_mismatch");
  const target = typeof htu === "string" ? normalizeTarget(htu) : undefined;
  if (target === undefined || !targets.some((url) => normalizeTarget(url) === target)) {
    throw new InvalidDPoPProofError("dpop_htu_mismatch");
  }
  if (typeof ath !== "string" || !isSameText(ath, sha256(accessToken))) {
    throw new InvalidDPoPProofError("dpop_ath_mismatch");
  }
}

/** Check 11: fresh. `exp` and `nbf` are not asked for, but mean what they say when there (RFC 7519 §4.1). */
function validateTime({ iat, exp, nbf }: Claims, now: number, maxAge: number): void {
  if (!isTime(iat)) throw new InvalidDPoPProofError("dpop_iat_malformed");
  if (Math.abs(now - iat) > maxAge) throw new InvalidDPoPProofError("dpop_iat_outside_window");
  if (exp !== undefined && !(isTime(exp) && now < exp + maxAge)) {
    throw new InvalidDPoPProofError("dpop_expired");
  }
  if (nbf !== undefined && !(isTime(nbf) && nbf <= now + maxAge)) {
    throw new InvalidDPoPProofError("dpop_not_yet_valid");
  }
}

/** Check 3: an identifier by which the proof can be remembered. */
function validateIdentifier({ jti }: Claims): string {
  if (typeof jti !== "string" || jti === "" || jti.length > MAX_JTI_CHARACTERS) {
    throw new InvalidDPoPProofError("dpop_jti_malformed");
  }
  return jti;
}

/** Check 10: the nonce we handed out, where we hand out any. */
function validateNonce(
  { nonce }: Claims,
  nonces: DPoPNonce | undefined,
  now: number,
): string | undefined {
  if (nonces === undefined) return undefined;
  if (nonce === undefined) throw new UseDPoPNonceError("dpop_nonce_missing");
  if (typeof nonce !== "string") throw new InvalidDPoPProofError("dpop_nonce_malformed");
  const verdict = nonces.verify(nonce, now);
  if (verdict === "invalid") throw new UseDPoPNonceError("dpop_nonce_invalid");
  return verdict === "outdated" ? nonces.issue(now) : undefined;
}

/** The parsers speak of tokens; here it is the proof that cannot be read. */
function asProofError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof InvalidTokenError)) throw cause;
    throw new InvalidDPoPProofError("dpop_proof_malformed", { cause });
  }
}
