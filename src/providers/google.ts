import { z } from "zod";
import { InvalidTokenError, UnavailableError } from "../core/errors.js";
import { createOutboundFetch } from "../net/guarded-fetch.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import type { CallbackResult } from "../validators/callback-validator.js";
import { defineProvider } from "./define-provider.js";
import { requiredList, type Preset } from "./preset.js";

/** Options of {@link google}. */
interface GooglePresetOptions {
  /** Accepted OAuth clients of your project: Google's tokens have no audience for your resource. */
  readonly clientIds: string | readonly string[];
  /** How long Google's answer about a token is cached, in seconds. @default 60 */
  readonly cacheSeconds?: number;
  /** Fetch implementation for requests to Google. @default a guarded fetch */
  readonly fetch?: OutboundFetch;
}

const ISSUER = "https://accounts.google.com";
const TOKEN_INFO = "https://oauth2.googleapis.com/tokeninfo";

const tokenInfo = z.object({
  aud: z.string().min(1),
  sub: z.string().min(1).optional(),
  scope: z.string().optional(),
  // Google writes numbers as text here.
  exp: z.union([z.number(), z.string().regex(/^\d{1,12}$/)]),
  email: z.string().optional(),
  email_verified: z.union([z.boolean(), z.string()]).optional(),
});

const SCOPES = ["openid", "email"];

/**
 * Google. Access tokens are opaque, so each is looked up at Google's tokeninfo
 * endpoint. They are bound only to the client, so the clients are listed. The
 * answer must name the user: clients have to request `openid`.
 *
 * @example
 * ```ts
 * import { google, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...google({ clientIds: ["1234-abc.apps.googleusercontent.com"] }),
 * });
 * ```
 */
export function google({ clientIds, cacheSeconds = 60, fetch }: GooglePresetOptions): Preset {
  const clients = requiredList(
    clientIds,
    "google.clientIds",
    "1234-abc.apps.googleusercontent.com",
  );
  let send = fetch;
  return {
    authorizationServers: [ISSUER],
    scopes: { supported: { only: SCOPES }, initial: SCOPES },
    validation: {
      type: "custom",
      cacheSeconds,
      negativeCacheSeconds: Math.min(10, cacheSeconds),
      validate: async (token, signal) => {
        // ID tokens are JWTs and are not access tokens.
        if (token.startsWith("eyJ")) return undefined;
        send ??= createOutboundFetch();
        return describe(await ask(send, token, signal), clients);
      },
    },
  };
}

async function ask(fetch: OutboundFetch, token: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(TOKEN_INFO, {
    method: "POST",
    // In a header, because a token in a URL ends up in logs.
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "",
    signal,
  }).catch(() => {
    throw new UnavailableError("tokeninfo_unreachable");
  });
  if (response.status === 400 || response.status === 401) return undefined;
  if (response.status !== 200) throw new UnavailableError(`tokeninfo_http_${response.status}`);
  return response.json().catch(() => {
    throw new UnavailableError("tokeninfo_malformed");
  });
}

function describe(answer: unknown, clients: readonly string[]): CallbackResult | undefined {
  if (answer === undefined) return undefined;
  const parsed = tokenInfo.safeParse(answer);
  if (!parsed.success) throw new UnavailableError("tokeninfo_malformed");
  const { aud, sub, scope = "", exp, email, email_verified } = parsed.data;
  if (!clients.includes(aud)) throw new InvalidTokenError("client_not_allowed");
  // Without a subject, all users of a client would share sessions and tasks.
  if (sub === undefined) throw new InvalidTokenError("subject_missing");
  return {
    active: true,
    issuer: ISSUER,
    subject: sub,
    clientId: aud,
    scopes: scope.split(" ").filter((name) => name !== ""),
    expiresAt: Number(exp),
    claims: {
      iss: ISSUER,
      sub,
      scope,
      ...(email !== undefined && { email }),
      ...(email_verified !== undefined && { email_verified: String(email_verified) === "true" }),
    },
  };
}

/** Facts about Google. */
export const googleProvider = defineProvider({
  id: "google",
  label: "Google",
  issuerExample: ISSUER,
  issuerPattern: /^https:\/\/accounts\.google\.com(?:\/|$)/,
  validates: "callback",
  fixedAudience: true,
  hint: {
    detail: "Google's access tokens are opaque and cannot be bound to this server.",
    fix: "Use the preset google() with a list of client ids, or an authorization server that signs users in with Google.",
  },
  unsuitable: ({ hostname }) =>
    hostname === "accounts.google.com"
      ? {
          code: "ERR_OAUTH_GOOGLE_OPAQUE",
          message:
            "Google's access tokens are opaque, and its ID tokens are not access tokens: neither can be " +
            "validated as a JWT or by introspection. Use the preset: ...google({ clientIds })",
        }
      : undefined,
  summary: {
    tokens: "opaque, looked up at `tokeninfo`",
    audience: "none: client ids",
    scopes: "Google's own",
    registration: "no",
  },
  variables: [
    {
      name: "GOOGLE_CLIENT_IDS",
      kind: "list",
      option: "google.clientIds",
      required: true,
      text: "OAuth clients whose tokens are accepted.",
      example: "1234-abc.apps.googleusercontent.com",
    },
  ],
  fromEnv: (env) =>
    google({ clientIds: env.list("GOOGLE_CLIENT_IDS") ?? env.missing("GOOGLE_CLIENT_IDS") }),
  consoleSteps: [
    "**APIs & Services → Credentials → Create OAuth client ID**, in your own project, one per MCP client.",
    "Clients must request `openid`: a token without a user is refused.",
    "Google's scopes are for Google's APIs. Authorize users with `scopes.authorize`.",
  ],
  sources: [
    {
      facts: "Members of the token information, in the reference of Google's auth library.",
      url: "https://cloud.google.com/nodejs/docs/reference/google-auth-library/latest/google-auth-library/tokeninfo",
      read: "2026-11",
    },
  ],
  unverified: [
    "The format of `tokeninfo` answers: numbers as text, `scope` as text.",
    "`tokeninfo` accepts the token in the `Authorization` header.",
  ],
});
