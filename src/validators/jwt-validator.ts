import type { KeyObject } from "node:crypto";
import type { AccessToken } from "../core/access-token.js";
import { systemClock, type Clock } from "../core/clock.js";
import {
  ConfigurationError,
  InvalidTokenError,
  OAuthError,
  UnavailableError,
} from "../core/errors.js";
import { DEFAULT_MAX_TOKEN_BYTES, parseClaims, parseCompactJws } from "../jose/jws.js";
import type { JwsHeader, KeySource } from "../keys/key-source.js";
import { ASYMMETRIC_ALGORITHMS, type SignatureAlgorithm } from "../core/algorithms.js";
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
import { SharedTexts } from "./shared-texts.js";
import type { TokenValidator } from "./token-validator.js";

export interface JwtValidatorOptions {
  /** Exact `iss` of the tokens. Tokens of any other issuer are refused before a key is asked for. */
  readonly issuer: string;
  /** Values of which `aud` must contain one: the resource identifier, usually alone. */
  readonly audience: readonly string[];
  /** The issuer's keys, and no other issuer's. */
  readonly keys: KeySource;
  /**
   * Values of `alg` to accept. HMAC ones cannot be mixed with others, and need a
   * key source that holds a configured secret, never a published key set.
   * @default all of ASYMMETRIC_ALGORITHMS
   */
  readonly algorithms?: readonly SignatureAlgorithm[];
  /** @default the machine's clock */
  readonly clock?: Clock;
  /**
   * How far the issuer's clock may differ from ours, in seconds, 0 to 120. An
   * expired token is accepted for this long.
   * @default 60
   */
  readonly clockToleranceSeconds?: number;
  /**
   * Accept `typ: JWT` and a missing `typ` beside `at+jwt`, for issuers that do not
   * follow RFC 9068. Other kinds of JWT, ID tokens above all, are then recognised
   * by their claims only (see {@link JwtValidator}).
   * @default false
   */
  readonly allowJwtTyp?: boolean;
  /** What the claims must say beyond issuer, audience and times. */
  readonly requirements?: Pick<
    ClaimRequirements,
    "clientIds" | "equals" | "requireSubject" | "requireClientId"
  >;
  /** Where this issuer keeps scopes, subject and client. */
  readonly mapping?: ClaimPaths;
  /**
   * Largest token that is looked at, in bytes.
   * @default 16384
   */
  readonly maxTokenBytes?: number;
}

const MAX_CLOCK_TOLERANCE_SECONDS = 120;

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
 * are ignored; `crit` and `b64` are refused whatever they say.
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

  /** @throws ConfigurationError for options that cannot work or are not safe */
  constructor(options: JwtValidatorOptions) {
    const { algorithms = ASYMMETRIC_ALGORITHMS, clockToleranceSeconds = 60 } = options;
    validateOptions(options, algorithms, clockToleranceSeconds);
    this.#keys = options.keys;
    this.#algorithms = new Set(algorithms);
    this.#clock = options.clock ?? systemClock;
    this.#allowJwtTyp = options.allowJwtTyp ?? false;
    this.#requirements = {
      ...options.requirements,
      issuer: options.issuer,
      audience: [...options.audience],
      clockToleranceSeconds,
      // A JWT without issuer or expiry is never good, whatever untyped options ask for.
      optional: new Set(),
    };
    this.#mapping = options.mapping ?? {};
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

function validateOptions(
  { issuer, audience, maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES }: JwtValidatorOptions,
  algorithms: readonly SignatureAlgorithm[],
  clockToleranceSeconds: number,
): void {
  if (issuer === "") {
    throw new ConfigurationError("ERR_OAUTH_ISSUER", "issuer must not be empty.");
  }
  if (audience.length === 0 || audience.includes("")) {
    throw new ConfigurationError(
      "ERR_OAUTH_AUDIENCE",
      "audience must name at least one value, none of them empty; use the resource identifier.",
    );
  }
  const unknown = (algorithms as readonly string[]).find((alg) => !isSignatureAlgorithm(alg));
  if (algorithms.length === 0 || unknown !== undefined) {
    throw new ConfigurationError(
      "ERR_OAUTH_ALGORITHMS",
      `algorithms must list supported values${unknown === undefined ? "" : `; "${unknown}" is not`}.` +
        " Leave it out for all asymmetric ones.",
    );
  }
  if (algorithms.some(isHmacAlgorithm) && !algorithms.every(isHmacAlgorithm)) {
    throw new ConfigurationError(
      "ERR_OAUTH_ALGORITHMS",
      "algorithms must not mix HS256, HS384 or HS512 with others; choose one kind per issuer.",
    );
  }
  // Written so that NaN fails.
  if (!(clockToleranceSeconds >= 0 && clockToleranceSeconds <= MAX_CLOCK_TOLERANCE_SECONDS)) {
    throw new ConfigurationError(
      "ERR_OAUTH_CLOCK_TOLERANCE",
      `clockToleranceSeconds must be from 0 to ${MAX_CLOCK_TOLERANCE_SECONDS}.`,
    );
  }
  if (!(Number.isInteger(maxTokenBytes) && maxTokenBytes > 0)) {
    throw new ConfigurationError(
      "ERR_OAUTH_MAX_TOKEN_BYTES",
      "maxTokenBytes must be a whole number greater than 0.",
    );
  }
}
