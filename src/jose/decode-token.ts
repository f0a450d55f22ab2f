import { parseClaims } from "./jws.js";

type Json = Readonly<Record<string, unknown>>;

/** The unverified content of a token. */
export interface DecodedToken {
  /** Form of the text: a JWT, an encrypted JWT (JWE), or text without a readable structure. */
  readonly form: "jwt" | "encrypted" | "opaque";
  readonly header: Json | undefined;
  readonly claims: Json | undefined;
}

/**
 * Reads a token's header and claims, for logs, tools and debugging.
 *
 * Verifies nothing: neither the signature nor issuer, audience and expiry.
 * Anyone can write a token with any claims, so never decide by the result.
 * Inside a request, `getAccessToken()` returns the claims of the validated token.
 *
 * More lenient than validation, so that a refused token can be read too. Leaves
 * out the signature. Never throws.
 *
 * @example
 * ```ts
 * import { decodeToken } from "mcp-framework-oauth";
 *
 * const { form, claims } = decodeToken("eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.");
 * if (form === "jwt") console.log(claims?.["iss"]); // what the token claims, not a fact
 * ```
 */
export function decodeToken(token: string): DecodedToken {
  const parts = token.split(".", MAX_PARTS);
  const header = decodePart(parts[0]);
  if (parts.length === 5 && header !== undefined) {
    return { form: "encrypted", header, claims: undefined };
  }
  if (parts.length !== 3 || header === undefined) {
    return { form: "opaque", header: undefined, claims: undefined };
  }
  return { form: "jwt", header, claims: decodePart(parts[1]) };
}

/** One part more than the longest form has. */
const MAX_PARTS = 6;

function decodePart(part = ""): Json | undefined {
  try {
    return parseClaims(Buffer.from(part, "base64url"));
  } catch {
    return undefined;
  }
}
