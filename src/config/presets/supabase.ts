import { logger } from "mcp-framework";
import { ConfigurationError } from "../../core/errors.js";
import type { SignatureOptions } from "../../options/validation.js";
import { baseUrlOf, type Preset } from "./preset.js";

/** Options of {@link supabase}. */
export interface SupabasePresetOptions extends Readonly<
  Pick<SignatureOptions, "secretTtlSeconds" | "secretOverlapSeconds">
> {
  /** The project's URL: `https://abcdefghijkl.supabase.co`. */
  readonly url: string;
  /** The legacy JWT secret, for projects that still sign with HS256. @default the project's public keys */
  readonly jwtSecret?: NonNullable<SignatureOptions["secret"]>;
}

const MIN_SECRET_BYTES = 32;

/**
 * Supabase Auth. The audience of every token is `authenticated`, whatever it
 * was issued for, so that a token for another application of the project is
 * good here too; it is said in the log. Sessions of the project's own
 * application are refused: only tokens of its OAuth server name a client.
 */
export function supabase({ url, jwtSecret, ...rotation }: SupabasePresetOptions): Preset {
  const project = baseUrlOf(url, "supabase.url", "https://abcdefghijkl.supabase.co");
  const issuer = `${project.replace(/\/auth\/v1$/, "")}/auth/v1`;
  if (jwtSecret !== undefined) checkSecret(jwtSecret);
  logger.warn(
    "mcp-framework-oauth: Supabase's tokens are not bound to this server: one issued to any OAuth " +
      "client of the project is accepted.",
  );
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      audience: "authenticated",
      allowJwtTyp: true,
      requireSubject: true,
      requireClientId: true,
      claims: { clientId: ["client_id"] },
      ...(jwtSecret === undefined
        ? { jwksUri: `${issuer}/.well-known/jwks.json`, algorithms: ["ES256", "RS256"] }
        : { secret: jwtSecret, algorithms: ["HS256"], ...rotation }),
    },
  };
}

function checkSecret(secret: NonNullable<SignatureOptions["secret"]>): void {
  if (typeof secret === "function") return;
  const bytes = typeof secret === "string" ? Buffer.byteLength(secret) : secret.byteLength;
  if (bytes >= MIN_SECRET_BYTES) return;
  throw new ConfigurationError(
    "ERR_OAUTH_SECRET_TOO_SHORT",
    `supabase.jwtSecret has ${bytes} bytes; HS256 needs at least ${MIN_SECRET_BYTES} (RFC 7518 ` +
      "§3.2). Better than a longer one: let the project sign with ES256, and leave it out.",
  );
}
