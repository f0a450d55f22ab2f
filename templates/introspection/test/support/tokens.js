/** Variables that the server needs besides the addresses. */
export const environment = {
  OAUTH_TOKEN_TYPE: "introspection",
  OAUTH_CLIENT_ID: "test-server",
  OAUTH_CLIENT_SECRET: "only-for-tests",
  // Found through the test issuer's metadata, whatever this computer's .env says.
  OAUTH_INTROSPECTION_ENDPOINT: "",
};

/** A token as this server takes them: random text that the issuer knows. */
export async function issueToken(issuer, claims) {
  return issuer.opaque(claims);
}
