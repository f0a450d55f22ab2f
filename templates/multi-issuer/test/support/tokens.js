/** Variables that the server needs besides the addresses. Nobody asks an issuer without a token. */
export const environment = { PARTNER_ISSUER: "https://partners.example.com" };

/** A token as this server takes them. */
export function issueToken(issuer, claims) {
  return issuer.sign(claims);
}
