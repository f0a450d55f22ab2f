import { createHash } from "node:crypto";

export const API_KEY = "key-for-tests-Zm9vYmFyYmF6cXV4";
const hash = createHash("sha256").update(API_KEY).digest("hex");

/** Variables that the server needs besides the addresses. */
export const environment = {
  API_KEYS_SHA256: `old-client=${hash}`,
  API_KEY_DEPRECATION: "2026-01-01",
  API_KEY_SUNSET: "2099-12-31",
};

/** A token that this server accepts. */
export function issueToken(issuer, claims) {
  return issuer.sign(claims);
}
