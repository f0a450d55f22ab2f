import { InvalidTokenError } from "../core/errors.js";

/** Longest token that is looked at, in characters. Node's own header limit is 16 KiB for all headers together. */
export const MAX_TOKEN_LENGTH = 8192;

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Refuses text that cannot be a token, before it costs a hash, a look-up or a
 * call to another server. Opaque tokens may hold any visible ASCII character
 * (RFC 6749 Appendix A.12 without the space, which no header form can carry).
 *
 * @throws InvalidTokenError
 */
export function assertTokenText(token: string, maxLength: number = MAX_TOKEN_LENGTH): void {
  if (token.length > maxLength) throw new InvalidTokenError("token_too_long");
  if (!VISIBLE_ASCII.test(token)) throw new InvalidTokenError("token_malformed");
}
