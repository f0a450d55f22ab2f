/** Variables that the server needs besides the addresses. */
export const environment = {};

/** A token that this server accepts. */
export function issueToken(issuer, claims) {
  return issuer.sign(claims);
}
