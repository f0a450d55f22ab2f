import type { AccessToken } from "../access-token.js";
import { InvalidTokenError } from "../errors.js";
import { assertTokenText, MAX_TOKEN_LENGTH } from "./token-text.js";
import type { TokenValidator } from "./token-validator.js";

/** A validator that can say, without asking anybody, whether a token is one of its own. */
export interface SelectiveValidator extends TokenValidator {
  recognizes(token: string): boolean;
}

/** Finds the validator of one issuer; `undefined` when the issuer is not ours. */
export type IssuerLookup = (issuer: string) => Promise<TokenValidator | undefined>;

export interface IssuerRouterOptions {
  /** Validators by exact issuer. */
  readonly issuers: ReadonlyMap<string, TokenValidator>;
  /** Asked for issuers that are not in `issuers`; see {@link DynamicIssuers}. */
  readonly lookup?: IssuerLookup;
  /**
   * For whatever is not a JWT with an `iss`: the first that recognises the
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
  async validate(token: string): Promise<AccessToken> {
    assertTokenText(token);
    const issuer = peekIssuer(token);
    const validator =
      issuer === undefined ? this.#opaqueValidator(token) : await this.#issuerValidator(issuer);
    return validator.validate(token);
  }

  async #issuerValidator(issuer: string): Promise<TokenValidator> {
    const { issuers, lookup } = this.options;
    const validator = issuers.get(issuer) ?? (await lookup?.(issuer));
    if (validator === undefined) throw new InvalidTokenError("issuer_unknown");
    return validator;
  }

  #opaqueValidator(token: string): TokenValidator {
    for (const validator of this.options.opaque ?? []) {
      if (!("recognizes" in validator) || validator.recognizes(token)) return validator;
    }
    throw new InvalidTokenError("token_form_unsupported");
  }
}

const COMPACT_JWS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*$/;

/**
 * `iss` of a token that looks like a compact JWS, unverified: good for choosing
 * a validator and for nothing else. `undefined` for every other token.
 */
export function peekIssuer(token: string): string | undefined {
  // Decoding is paid for by anybody's request: bound it first.
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const parts = COMPACT_JWS.exec(token);
  if (parts === null) return undefined;
  const header = parseObject(parts[1]!);
  if (typeof header?.["alg"] !== "string") return undefined;
  const issuer = parseObject(parts[2]!)?.["iss"];
  return typeof issuer === "string" ? issuer : undefined;
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
