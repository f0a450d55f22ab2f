import { parseClaims } from "../../jose/jws.js";

type Json = Readonly<Record<string, unknown>>;

/** What a token says of itself. Nothing in it is proven. */
export interface DecodedToken {
  readonly form: "jwt" | "encrypted" | "opaque";
  readonly header: Json | undefined;
  readonly claims: Json | undefined;
}

/**
 * Reads a token for people, more leniently than a validator: what can be shown
 * is shown, also of a token that is refused for its form. The signature is left
 * out.
 */
export function decodeToken(token: string): DecodedToken {
  const parts = token.split(".");
  const header = decodePart(parts[0]);
  if (parts.length === 5 && header !== undefined) {
    return { form: "encrypted", header, claims: undefined };
  }
  if (parts.length !== 3 || header === undefined) {
    return { form: "opaque", header: undefined, claims: undefined };
  }
  return { form: "jwt", header, claims: decodePart(parts[1]) };
}

function decodePart(part = ""): Json | undefined {
  try {
    return parseClaims(Buffer.from(part, "base64url"));
  } catch {
    return undefined;
  }
}
