/** Scopes of every key. */
const SCOPES = ["example:use"];

/**
 * Reads `name=hash` pairs, separated by commas. Only hashes are configured: who
 * reads the configuration cannot use them.
 */
export function readApiKeys(text: string) {
  return text
    .split(",")
    .filter((entry) => entry.trim() !== "")
    .map((entry) => {
      const [clientId = "", sha256 = ""] = entry.trim().split("=");
      return { clientId, sha256, scopes: SCOPES };
    });
}
