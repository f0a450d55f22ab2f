import { logger } from "mcp-framework";
import { ConfigurationError } from "../core/errors.js";
import type { SignatureOptions } from "../options/validation.js";
import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, type Preset } from "./preset.js";

/** Options of {@link supabase}. */
interface SupabasePresetOptions extends Readonly<
  Pick<SignatureOptions, "secretTtlSeconds" | "secretOverlapSeconds">
> {
  /** The project's URL: `https://abcdefghijkl.supabase.co`. */
  readonly url: string;
  /** The legacy JWT secret, for projects that still sign with HS256. @default the project's public keys */
  readonly jwtSecret?: NonNullable<SignatureOptions["secret"]>;
}

const MIN_SECRET_BYTES = 32;

/**
 * Supabase Auth. The audience of every token is `authenticated`, so tokens for
 * other applications of the project are accepted as well; the log warns about
 * it. Session tokens of the project's own application are refused: only tokens
 * of its OAuth server have a client id.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, supabase } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...supabase({ url: "https://abcdefghijkl.supabase.co" }),
 * });
 * ```
 */
export function supabase({ url, jwtSecret, ...rotation }: SupabasePresetOptions): Preset {
  const project = baseUrlOf(url, "supabase.url", "https://abcdefghijkl.supabase.co");
  const issuer = `${project.replace(/\/auth\/v1$/, "")}/auth/v1`;
  if (jwtSecret !== undefined) checkSecret(jwtSecret);
  logger.warn(
    "mcp-framework-oauth: Supabase's tokens are not bound to this server: tokens issued to any OAuth " +
      "client of the project are accepted.",
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
      "§3.2). Preferably let the project sign with ES256 and omit the secret.",
  );
}

/** Facts about Supabase Auth. */
export const supabaseProvider = defineProvider({
  id: "supabase",
  label: "Supabase",
  issuerExample: "https://your-project.supabase.co/auth/v1",
  issuerPattern: /^https:\/\/[a-z0-9-]+\.supabase\.co(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  fixedAudience: true,
  hint: {
    detail:
      'Supabase always writes aud "authenticated": tokens of the project\'s other services are accepted as well.',
    fix: "Accept that audience knowingly, and check the role.",
  },
  summary: { tokens: "JWT", audience: "**not bound**", scopes: "none", registration: "yes" },
  variables: [
    {
      name: "SUPABASE_URL",
      kind: "text",
      option: "supabase.url",
      required: true,
      text: "The project's URL.",
      example: "https://abcdefghijkl.supabase.co",
    },
    {
      name: "SUPABASE_JWT_SECRET",
      kind: "secret",
      option: "supabase.jwtSecret",
      required: false,
      text: "The legacy JWT secret, for projects that still sign with HS256.",
      example: "file:/run/secrets/supabase",
    },
  ],
  fromEnv: (env) => {
    const url = env.requiredText("SUPABASE_URL");
    const { secret: jwtSecret, ...rotation } = env.verificationSecret("SUPABASE_JWT_SECRET") ?? {};
    return supabase({ url, ...given("jwtSecret", jwtSecret), ...rotation });
  },
  consoleSteps: [
    "**Authentication → OAuth Server:** turn it on and set the path of your consent page.",
    "**Project settings → JWT keys:** migrate to an asymmetric key (ES256). Projects with the legacy secret pass `jwtSecret`, which must have 32 bytes.",
    "Every token has the audience `authenticated`, so **this server accepts tokens of any OAuth client of the project**; the log warns about it at start. Allow only trusted clients in the project, or check `clientId` in `scopes.authorize`.",
    "Supabase has no custom scopes. Use `role`, `aal` and your own claims in `scopes.authorize`.",
  ],
  sources: [
    {
      facts: "The claims of an access token, and the fixed audience.",
      url: "https://supabase.com/docs/guides/auth/oauth-server/token-security",
      read: "2026-11",
    },
    {
      facts: "The settings that turn on the OAuth server and dynamic registration.",
      url: "https://supabase.com/docs/guides/auth/oauth-server/getting-started",
      read: "2026-11",
    },
  ],
  unverified: ["ES256 as the default of new projects."],
});
