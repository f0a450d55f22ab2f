import type { AccessToken } from "../core/access-token.js";

/**
 * Decides whether a token is good, and says what it grants.
 *
 * Throws {@link InvalidTokenError} for a token that is not, and
 * {@link UnavailableError} if that cannot be determined. Does not check who sends
 * the token (DPoP, certificates) nor what it may do (scopes).
 */
export interface TokenValidator {
  /**
   * @param block of the client's address (`addressBlock`): the share of bounded
   *   work and of places to wait that this token may use; `undefined` where the
   *   address is not known
   * @throws InvalidTokenError
   * @throws UnavailableError
   * @throws RateLimitedError when the share is used up and the token was not looked at
   */
  validate(token: string, block?: string): Promise<AccessToken>;
  /**
   * The result for a cached valid token, without I/O;
   * `undefined` says nothing about the token. By its hash, so that a caller who
   * needs the hash as well works it out once.
   *
   * @param hash from `sha256` of its text
   */
  remembered?(hash: string): AccessToken | undefined;
}
