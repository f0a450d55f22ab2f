import { z } from "zod";
import { InvalidTokenError, UnavailableError } from "../core/errors.js";
import { createOutboundFetch } from "../net/guarded-fetch.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import type { CallbackResult } from "../validators/callback-validator.js";
import { defineProvider } from "./define-provider.js";
import { invalid, requiredList, type Preset } from "./preset.js";

/** Options of {@link google} for the access tokens of users. */
interface GoogleAccessTokenOptions {
  /** Accepted OAuth clients of your project: Google's tokens have no audience for your resource. */
  readonly clientIds: string | readonly string[];
  /** How long Google's answer about a token is cached, in seconds. @default 60 */
  readonly cacheSeconds?: number;
  /** Fetch implementation for requests to Google. @default a guarded fetch */
  readonly fetch?: OutboundFetch;
}

/** Options of {@link google} for the identity tokens of services. */
interface GoogleIdentityTokenOptions {
  /**
   * Accept identity tokens of service accounts (`gcloud auth print-identity-token --audiences=…`),
   * and no access tokens of users.
   */
  readonly identityTokens: {
    /**
     * Accepted audiences: usually this server's URL. No client id, which is the audience of every user's
     * ID token.
     */
    readonly audience: string | readonly string[];
  } & (
    | {
        /** E-mail addresses of the accepted service accounts. */
        readonly serviceAccounts: string | readonly string[];
      }
    | {
        /**
         * Anyone with a Google Cloud project can get a token of their own service account for any
         * audience. Only for servers that such a caller cannot reach, for example behind the IAM check
         * of Cloud Run. Required to confirm this.
         */
        readonly dangerouslyAcceptAnyServiceAccount: true;
      }
  );
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
const SERVICE_ACCOUNT = "caller@my-project.iam.gserviceaccount.com";

/**
 * Google. Access tokens are opaque, so each is looked up at Google's tokeninfo
 * endpoint. They are bound only to the client, so the clients are listed. The
 * answer must name the user: clients have to request `openid`.
 *
 * Between services, `identityTokens` accepts identity tokens of service accounts instead.
 *
 * @example
 * ```ts
 * import { google, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...google({ clientIds: ["1234-abc.apps.googleusercontent.com"] }),
 * });
 *
 * const services = google({
 *   identityTokens: {
 *     audience: "https://mcp.example.com/mcp",
 *     serviceAccounts: "caller@my-project.iam.gserviceaccount.com",
 *   },
 * });
 * ```
 */
export function google(options: GoogleAccessTokenOptions | GoogleIdentityTokenOptions): Preset {
  if (!("identityTokens" in options)) return accessTokens(options);
  if ("clientIds" in options) {
    const problem =
      "cannot be combined with google.clientIds: one server accepts users or services";
    throw invalid("google.identityTokens", problem, "one of them");
  }
  return identityTokens(options.identityTokens);
}

function identityTokens(options: GoogleIdentityTokenOptions["identityTokens"]): Preset {
  const name = "google.identityTokens";
  const audience = requiredList(
    options.audience,
    `${name}.audience`,
    "https://mcp.example.com/mcp",
  );
  const client = audience.find((entry) => entry.endsWith(".apps.googleusercontent.com"));
  if (client !== undefined) {
    const problem = `must not be a client id, which is in every user's ID token; found ${client}`;
    throw invalid(`${name}.audience`, problem, "https://mcp.example.com/mcp");
  }
  return {
    authorizationServers: [ISSUER],
    validation: {
      type: "jwt",
      issuer: ISSUER,
      audience,
      jwksUri: "https://www.googleapis.com/oauth2/v3/certs",
      algorithms: ["RS256"],
      allowJwtTyp: true,
      requireSubject: true,
      equals: { email_verified: true, ...callersOf(options, `${name}.serviceAccounts`) },
      claims: { clientId: ["azp"] },
    },
  };
}

/** The audience alone is no authorization: Google signs a token of any service account for any audience. */
function callersOf(
  options: GoogleIdentityTokenOptions["identityTokens"],
  name: string,
): { readonly email?: readonly string[] } {
  if ("serviceAccounts" in options) {
    const email = requiredList(options.serviceAccounts, name, SERVICE_ACCOUNT);
    const wrong = email.find((entry) => !/^[^@\s]+@[^@\s]+\.gserviceaccount\.com$/.test(entry));
    if (wrong === undefined) return { email };
    const found = `must be e-mail addresses of service accounts, found ${JSON.stringify(wrong)}`;
    throw invalid(name, found, SERVICE_ACCOUNT);
  }
  const { dangerouslyAcceptAnyServiceAccount: any } = options;
  if ((any as unknown) === true) return {};
  const problem = "is missing. Without it every Google Cloud customer could call";
  throw invalid(name, problem, SERVICE_ACCOUNT);
}

function accessTokens({ clientIds, cacheSeconds = 60, fetch }: GoogleAccessTokenOptions): Preset {
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
  unsuitable: ({ hostname }, equals) =>
    hostname === "accounts.google.com" && equals["email_verified"] !== true
      ? {
          code: "ERR_OAUTH_GOOGLE_OPAQUE",
          message:
            "Google's access tokens are opaque, and its ID tokens are not access tokens: neither can be " +
            "validated as a JWT or by introspection. Use the preset: ...google({ clientIds }) for users, " +
            "or ...google({ identityTokens }) for service accounts.",
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
      required: "usually",
      text: "OAuth clients whose tokens are accepted.",
      example: "1234-abc.apps.googleusercontent.com",
    },
    {
      name: "GOOGLE_IDENTITY_AUDIENCE",
      kind: "list",
      option: "google.identityTokens.audience",
      required: false,
      text: "Accept identity tokens of service accounts for these audiences, and no access tokens. Needs GOOGLE_SERVICE_ACCOUNTS.",
      example: "https://mcp.example.com/mcp",
    },
    {
      name: "GOOGLE_SERVICE_ACCOUNTS",
      kind: "list",
      option: "google.identityTokens.serviceAccounts",
      required: false,
      text: "E-mail addresses of the service accounts whose identity tokens are accepted.",
      example: SERVICE_ACCOUNT,
    },
  ],
  fromEnv: (env) => {
    const clientIds = env.list("GOOGLE_CLIENT_IDS");
    const audience = env.list("GOOGLE_IDENTITY_AUDIENCE");
    const serviceAccounts = env.list("GOOGLE_SERVICE_ACCOUNTS");
    if (audience === undefined && serviceAccounts === undefined) {
      return google({ clientIds: clientIds ?? env.missing("GOOGLE_CLIENT_IDS") });
    }
    return google({
      ...(clientIds !== undefined && { clientIds }),
      identityTokens: {
        audience: audience ?? env.missing("GOOGLE_IDENTITY_AUDIENCE"),
        serviceAccounts: serviceAccounts ?? env.missing("GOOGLE_SERVICE_ACCOUNTS"),
      },
    });
  },
  consoleSteps: [
    "**APIs & Services → Credentials → Create OAuth client ID**, in your own project, one per MCP client.",
    "Clients must request `openid`: a token without a user is refused.",
    "Google's scopes are for Google's APIs. Authorize users with `scopes.authorize`.",
  ],
  sources: [
    {
      facts: "`gcloud auth print-identity-token` with `--audiences` and `--include-email`.",
      url: "https://cloud.google.com/sdk/gcloud/reference/auth/print-identity-token",
      read: "2026-12",
    },
    {
      facts:
        "Identity tokens between services: the audience is the receiving service, the caller is in `email`.",
      url: "https://cloud.google.com/run/docs/authenticating/service-to-service",
      read: "2026-12",
    },
    {
      facts: "Members of the token information, in the reference of Google's auth library.",
      url: "https://cloud.google.com/nodejs/docs/reference/google-auth-library/latest/google-auth-library/tokeninfo",
      read: "2026-11",
    },
  ],
  unverified: [
    "Identity tokens of service accounts have `email` and `email_verified: true`.",
    "The format of `tokeninfo` answers: numbers as text, `scope` as text.",
    "`tokeninfo` accepts the token in the `Authorization` header.",
  ],
});
