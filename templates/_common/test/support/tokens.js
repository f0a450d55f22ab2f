/** Variables that the server needs besides the addresses. */
export const environment = {};

/** A token as this server takes them. */
export function issueToken(issuer, claims) {
  return issuer.sign(claims);
}
