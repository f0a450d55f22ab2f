/** Variables that the server needs besides the addresses. */
export const environment = {
  OAUTH_TOKEN_TYPE: "introspection",
  OAUTH_CLIENT_ID: "test-server",
  OAUTH_CLIENT_SECRET: "only-for-tests",
  // Discovered from the test issuer's metadata, regardless of the local .env.
  OAUTH_INTROSPECTION_ENDPOINT: "",
};

/** A token that this server accepts: random text that the issuer knows. */
export async function issueToken(issuer, claims) {
  return issuer.opaque(claims);
}
