import type { AccessToken } from "../core/access-token.js";
import { InvalidTokenError } from "../core/errors.js";
import { assertTokenText, MAX_TOKEN_LENGTH } from "./token-text.js";
import type { TokenValidator } from "./token-validator.js";

/** A validator that can tell without I/O whether a token belongs to it. */
export interface SelectiveValidator extends TokenValidator {
  recognizes(token: string): boolean;
}

/** Validates a token of an issuer that is not configured; see {@link DynamicIssuers}. */
export type IssuerLookup = (issuer: string, token: string, block?: string) => Promise<AccessToken>;

export interface IssuerRouterOptions {
  /** Validators by exact issuer. */
  readonly issuers: ReadonlyMap<string, TokenValidator>;
  /** Asked for issuers that are not in `issuers`; see {@link DynamicIssuers}. */
  readonly lookup?: IssuerLookup;
  /**
   * For tokens that are not JWTs with an `iss`, and for every token if no issuer
   * is configured: the first that recognises the
   * token decides, and one without `recognizes` takes every token. Put static
   * tokens and keys before introspection or a callback.
   */
  readonly opaque?: readonly (TokenValidator | SelectiveValidator)[];
}

/**
 * Sends a token to the validator of its kind and issuer, by its look.
 *
 * `iss` is read before anything is verified and chooses among configured
 * validators only: an issuer that is not listed is never contacted, and a JWT
 * that fails is never tried elsewhere. Verifies nothing itself.
 */
export class IssuerRouter implements TokenValidator {
  constructor(private readonly options: IssuerRouterOptions) {}

  /** @throws InvalidTokenError, UnavailableError */
  async validate(token: string, block?: string): Promise<AccessToken> {
    assertTokenText(token);
    const { issuers, lookup } = this.options;
    const issuer = this.#routesIssuers ? peekIssuer(token) : undefined;
    if (issuer === undefined) return this.#opaqueValidator(token).validate(token, block);
    const validator = issuers.get(issuer);
    if (validator !== undefined) return validator.validate(token, block);
    if (lookup === undefined) throw new InvalidTokenError("issuer_unknown");
    return lookup(issuer, token, block);
  }

  /**
   * Whether a validator here is responsible for this token, by its form, for
   * servers where another provider validates the other tokens.
   * An issuer that only `lookup` could know counts as expected.
   */
  expects(token: string): boolean {
    const issuer = peekIssuer(token);
    if (this.#routesIssuers && issuer !== undefined) {
      return this.options.issuers.has(issuer) || this.options.lookup !== undefined;
    }
    // A JWT without an issuer does not belong to an authorization server.
    return !isCompactJws(token) && this.#findOpaque(token) !== undefined;
  }

  get #routesIssuers(): boolean {
    return this.options.issuers.size > 0 || this.options.lookup !== undefined;
  }

  /** A token that no validator recognizes is for the last one to refuse, which counts it. */
  #opaqueValidator(token: string): TokenValidator {
    const validator = this.#findOpaque(token) ?? this.options.opaque?.at(-1);
    if (validator === undefined) throw new InvalidTokenError("token_form_unsupported");
    return validator;
  }

  #findOpaque(token: string): TokenValidator | undefined {
    return this.options.opaque?.find(
      (validator) => !("recognizes" in validator) || validator.recognizes(token),
    );
  }
}

// Any third part: lenient decoders read past characters that do not belong there.
const COMPACT_JWS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[^.]*$/;

/**
 * `iss` of a token that looks like a compact JWS, unverified: good for choosing
 * a validator and for nothing else. `undefined` for every other token.
 */
export function peekIssuer(token: string): string | undefined {
  // Any request can cause decoding, so it is bounded first.
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const parts = COMPACT_JWS.exec(token);
  if (parts === null) return undefined;
  const header = parseObject(parts[1]!);
  if (typeof header?.["alg"] !== "string") return undefined;
  const issuer = parseObject(parts[2]!)?.["iss"];
  return typeof issuer === "string" ? issuer : undefined;
}

function isCompactJws(token: string): boolean {
  const parts = token.length > MAX_TOKEN_LENGTH ? null : COMPACT_JWS.exec(token);
  return parts !== null && typeof parseObject(parts[1]!)?.["alg"] === "string";
}

function parseObject(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
