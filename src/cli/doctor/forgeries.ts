import { generateKeyPairSync, randomUUID } from "node:crypto";
import { signCompact, unsecuredCompact } from "../../testing/compact-jws.js";

interface Forgery {
  readonly issuer: string;
  readonly resource: string;
  readonly now: number;
}

/** Claims that would be right, if they were signed. */
function claimsOf({ issuer, resource, now }: Forgery): Record<string, unknown> {
  const seconds = Math.floor(now);
  return {
    iss: issuer,
    aud: resource,
    sub: "mcp-oauth-doctor",
    client_id: "mcp-oauth-doctor",
    iat: seconds,
    exp: seconds + 60,
    jti: randomUUID(),
  };
}

/** `alg: none`: no server may take it (RFC 8725 §3.1). */
export function unsignedToken(forgery: Forgery): string {
  return unsecuredCompact(claimsOf(forgery), { alg: "none", typ: "at+jwt" });
}

/**
 * Signed by a key that was made a moment ago and is thrown away. Without `kid`:
 * the made-up id would make some servers fetch their key set.
 */
export function forgedToken(forgery: Forgery): Promise<string> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return signCompact(claimsOf(forgery), { alg: "ES256", typ: "at+jwt" }, "ES256", privateKey);
}
