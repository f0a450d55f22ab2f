import type { KeyObject } from "node:crypto";
import type { AccessToken } from "../core/access-token.js";
import type { Clock } from "../core/clock.js";
import { InvalidTokenError, OAuthError, UnavailableError } from "../core/errors.js";
import { DEFAULT_MAX_TOKEN_BYTES, parseClaims, parseCompactJws } from "../jose/jws.js";
import type { JwsHeader, KeySource } from "../keys/key-source.js";
import type { SignatureAlgorithm } from "../core/algorithms.js";
import {
  isHmacAlgorithm,
  isKeyFitFor,
  isSignatureAlgorithm,
  verifySignature,
} from "../keys/signature.js";
import {
  toAccessToken,
  validateClaims,
  type ClaimPaths,
  type ClaimRequirements,
  type Claims,
} from "./claims.js";
import { SharedTexts } from "./remembered/shared-texts.js";
import type { TokenValidator } from "./token-validator.js";

export interface JwtValidatorOptions {
  /** Exact `iss` of the tokens. Tokens of any other issuer are refused before a key is asked for. */
  readonly issuer: string;
  /** Values of which `aud` must contain one: the resource identifier, usually alone. */
  readonly audience: readonly string[];
  /** The issuer's keys, and no other issuer's. */
  readonly keys: KeySource;
  /** Values of `alg` to accept: HMAC ones, or others. */
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly clock: Clock;
  /** Clock skew tolerance: an expired token is accepted for this long, in seconds. */
  readonly clockToleranceSeconds: number;
  /**
   * Accept `typ: JWT` and a missing `typ` beside `at+jwt`. Other kinds of JWT, ID tokens above all,
   * are then recognised by their claims only (see {@link JwtValidator}).
   */
  readonly allowJwtTyp: boolean;
  /** What the claims must say beyond issuer, audience and times. */
  readonly requirements: Pick<
    ClaimRequirements,
    "clientIds" | "equals" | "requireSubject" | "requireClientId"
  >;
  /** Where this issuer keeps scopes, subject and client. */
  readonly mapping: ClaimPaths;
  /**
   * Largest token that is looked at, in bytes.
   * @default 16384
   */
  readonly maxTokenBytes?: number;
}

/**
 * Validates JWT access tokens of one issuer (RFC 7519, RFC 8725, RFC 9068 §4).
 *
 * Everything that needs no key is decided first, so that a foreign, expired or
 * misdirected token never costs a key look-up. Those checks only refuse: nothing
 * a token says is used before its signature holds.
 *
 * With `allowJwtTyp`, a token typed `JWT` or not typed is refused when a claim
 * marks it as something else: `nonce`, `at_hash`, `c_hash`, `s_hash`,
 * `token_use: "id"` or `typ: "ID"` (ID tokens), `events` (logout tokens and other
 * security events), `token_introspection` (RFC 9701). A `nonce` beside
 * `typ: "Bearer"` is tolerated: older Keycloak versions put it into access tokens.
 *
 * Members of the header that carry or point to keys (`jku`, `x5u`, `jwk`, `x5c`)
 * are ignored; `crit` and `b64` are always refused.
 *
 * Does not check scopes, who sends the token (`cnf` is only reported), nor revocation.
 */
export class JwtValidator implements TokenValidator {
  readonly #keys: KeySource;
  readonly #algorithms: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #allowJwtTyp: boolean;
  readonly #requirements: ClaimRequirements;
  readonly #mapping: ClaimPaths;
  readonly #maxTokenBytes: number;
  readonly #texts = new SharedTexts();

  constructor(options: JwtValidatorOptions) {
    this.#keys = options.keys;
    this.#algorithms = new Set(options.algorithms);
    this.#clock = options.clock;
    this.#allowJwtTyp = options.allowJwtTyp;
    this.#requirements = {
      ...options.requirements,
      issuer: options.issuer,
      audience: [...options.audience],
      clockToleranceSeconds: options.clockToleranceSeconds,
      // A JWT without issuer or expiry is never valid, even with untyped options.
      optional: new Set(),
    };
    this.#mapping = options.mapping;
    this.#maxTokenBytes = options.maxTokenBytes ?? DEFAULT_MAX_TOKEN_BYTES;
  }

  async validate(token: string, block?: string): Promise<AccessToken> {
    const { header, payload, signingInput, signature } = parseCompactJws(
      token,
      this.#maxTokenBytes,
    );
    const alg = this.#allowedAlgorithm(header);
    validateHeader(header);
    const claims = parseClaims(payload);
    this.#validateType(header, claims);
    validateClaims(claims, this.#requirements, this.#clock(), this.#mapping);

    const verifies = (key: KeyObject) => verifySignature(alg, key, signingInput, signature);
    await this.#verify(header, alg, verifies, block);
    this.#texts.shareIn(claims);
    return toAccessToken(claims, this.#mapping, this.#requirements);
  }

  #allowedAlgorithm({ alg }: JwsHeader): SignatureAlgorithm {
    // The list first: a key is never chosen, nor used, by an algorithm the sender liked better.
    if (!this.#algorithms.has(alg) || !isSignatureAlgorithm(alg)) {
      throw new InvalidTokenError("algorithm_not_allowed");
    }
    return alg;
  }

  #validateType(header: JwsHeader, claims: Claims): void {
    const type = mediaType(header.typ);
    if (type === "at+jwt") return;
    // Every other type is refused by not being named here: dpop+jwt, logout+jwt and those to come.
    if (!this.#allowJwtTyp || (type !== undefined && type !== "jwt")) {
      throw new InvalidTokenError("type_not_allowed");
    }
    if (isIdToken(claims)) throw new InvalidTokenError("id_token");
    if (claims["events"] !== undefined || claims["token_introspection"] !== undefined) {
      throw new InvalidTokenError("type_not_allowed");
    }
  }

  /**
   * Tries the keys that may have signed. Where none did and no `kid` names the
   * key (a secret has none that counts), the source is asked once for keys
   * beyond those: only that tells a rotated-in key from a forged signature.
   */
  async #verify(
    header: JwsHeader,
    alg: SignatureAlgorithm,
    verifies: (key: KeyObject) => boolean,
    block: string | undefined,
  ): Promise<void> {
    const keys = await this.#getKeys(header, [], block);
    const fit = keys.filter((key) => isKeyFitFor(alg, key));
    if (fit.length === 0) throw new InvalidTokenError("key_not_fit_for_algorithm");
    if (fit.some(verifies)) return;
    const isNamed = header.kid !== undefined && !isHmacAlgorithm(alg);
    if (isNamed || this.#keys.getKeys === undefined) throw signatureInvalid();
    const others = await this.#getKeys(header, keys, block).catch((error: unknown) => {
      throw error instanceof InvalidTokenError ? signatureInvalid() : error;
    });
    if (!others.some(verifies)) throw signatureInvalid();
  }

  async #getKeys(
    header: JwsHeader,
    tried: readonly KeyObject[],
    block: string | undefined,
  ): Promise<readonly KeyObject[]> {
    try {
      const source = this.#keys;
      return source.getKeys === undefined
        ? [await source.getKey(header)]
        : await source.getKeys(header, tried, block);
    } catch (cause) {
      if (cause instanceof OAuthError) throw cause;
      // A key source that breaks says nothing about the token.
      throw new UnavailableError("key_source_failed", { cause });
    }
  }
}

function signatureInvalid(): InvalidTokenError {
  return new InvalidTokenError("signature_invalid");
}

/** An extension that must be understood (RFC 7515 §4.1.11) and is not, or that changes what is signed (RFC 7797). */
function validateHeader(header: JwsHeader): void {
  if (header["crit"] !== undefined || header["b64"] !== undefined) {
    throw new InvalidTokenError("critical_header");
  }
}

/** `typ` in lower case and without `application/`, which senders may leave out (RFC 7515 §4.1.9). */
function mediaType(typ: string | undefined): string | undefined {
  const type = typ?.toLowerCase();
  return type?.startsWith("application/") ? type.slice("application/".length) : type;
}

function isIdToken(claims: Claims): boolean {
  return (
    claims["at_hash"] !== undefined ||
    claims["c_hash"] !== undefined ||
    claims["s_hash"] !== undefined ||
    claims["token_use"] === "id" ||
    claims["typ"] === "ID" ||
    (claims["nonce"] !== undefined && claims["typ"] !== "Bearer")
  );
}
