import type { AccessToken } from "../access-token.js";

/**
 * Decides whether a token is good, and says what it grants.
 *
 * Throws {@link InvalidTokenError} for a token that is not, and
 * {@link UnavailableError} when that cannot be told. Does not check who sends
 * the token (DPoP, certificates) nor what it may do (scopes).
 */
export interface TokenValidator {
  validate(token: string): Promise<AccessToken>;
}
