/** Variables that the server needs besides the addresses. */
export const environment = { PARTNER_ISSUER: "https://partners.example.com" };

/** A token that this server accepts. */
export function issueToken(issuer, claims) {
  return issuer.sign(claims);
}
