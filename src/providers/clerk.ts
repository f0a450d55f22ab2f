import { ConfigurationError } from "../core/errors.js";
import type { IntrospectionOptions } from "../options/introspection.js";
import { defineProvider } from "./define-provider.js";
import { hostOf, required, requiredList, type Preset } from "./preset.js";

interface ClerkInstance {
  /** The instance's frontend API: `clerk.example.com`, or `verb-noun-00.clerk.accounts.dev`. */
  readonly frontendApi: string;
}

/** Options of {@link clerk}. */
type ClerkPresetOptions = ClerkInstance &
  (
    | {
        /** Clients whose tokens are accepted without an audience. */
        readonly clientIds: string | readonly string[];
      }
    | {
        /** The `aud` that a JWT template writes. */
        readonly audience: string | readonly string[];
      }
    | {
        /** Client for introspection, for opaque tokens and for clients that register dynamically. */
        readonly clientId: string;
        readonly clientSecret: NonNullable<IntrospectionOptions["clientSecret"]>;
        /**
         * Clerk's tokens have no audience, so tokens of every other application
         * of the instance are accepted too. Required to confirm this.
         */
        readonly dangerouslyAcceptAnyClient: true;
      }
  );

/**
 * Clerk. With JWT access tokens (a setting of the instance) and known clients,
 * tokens are verified locally; otherwise they are introspected at Clerk.
 *
 * @example
 * ```ts
 * import { clerk, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...clerk({ frontendApi: "clerk.example.com", clientIds: ["Ab1Cd2Ef3Gh4"] }),
 * });
 * ```
 */
export function clerk(options: ClerkPresetOptions): Preset {
  const issuer = `https://${hostOf(options.frontendApi, "clerk.frontendApi", "clerk.example.com")}`;
  const authorizationServers = [issuer];
  if ("clientIds" in options && options.clientIds !== undefined) {
    const clientIds = requiredList(options.clientIds, "clerk.clientIds", "Ab1Cd2Ef3Gh4");
    return {
      authorizationServers,
      validation: { type: "jwt", issuer, algorithms: ["RS256"], clientIds },
    };
  }
  if ("audience" in options && options.audience !== undefined) {
    const { audience } = options;
    return {
      authorizationServers,
      validation: { type: "jwt", issuer, algorithms: ["RS256"], audience },
    };
  }
  if (!("dangerouslyAcceptAnyClient" in options) || options.dangerouslyAcceptAnyClient !== true) {
    throw new ConfigurationError(
      "ERR_OAUTH_CLERK_AUDIENCE",
      "clerk: tokens of Clerk have no audience. Set clientIds, the accepted clients; or " +
        "audience, if a template writes one; or, for clients that register dynamically, " +
        "clientId, clientSecret and dangerouslyAcceptAnyClient: true.",
    );
  }
  return {
    authorizationServers,
    validation: {
      type: "introspection",
      issuer,
      requireSubject: true,
      introspection: {
        endpoint: `${issuer}/oauth/token_info`,
        clientId: required(options.clientId, "clerk.clientId", "Ab1Cd2Ef3Gh4"),
        clientSecret: options.clientSecret,
        allowMissing: ["aud", "iss"],
      },
    },
  };
}

/** Facts about Clerk. */
export const clerkProvider = defineProvider({
  id: "clerk",
  label: "Clerk",
  issuerExample: "https://your-app.clerk.accounts.dev",
  issuerPattern: /^https:\/\/(?:[a-z0-9-]+\.clerk\.accounts\.dev|clerk\.[^/]+)\/?$/,
  validates: "jwt",
  hint: {
    detail: "Clerk's tokens usually have no audience.",
    fix: "Turn on JWT access tokens, and accept named client ids.",
  },
  summary: {
    tokens: "JWT or opaque",
    audience: "none: client ids",
    scopes: "`scope`",
    registration: "yes",
  },
  variables: [
    {
      name: "CLERK_FRONTEND_API",
      kind: "text",
      option: "clerk.frontendApi",
      required: true,
      text: "The instance's frontend API.",
      example: "clerk.example.com",
    },
    {
      name: "CLERK_CLIENT_IDS",
      kind: "list",
      option: "clerk.clientIds",
      required: "usually",
      text: "Clients whose tokens are accepted without an audience. Set this, OAUTH_AUDIENCE, or the next variable.",
      example: "Ab1Cd2Ef3Gh4",
    },
    {
      name: "CLERK_DANGEROUSLY_ACCEPT_ANY_CLIENT",
      kind: "flag",
      option: "clerk.dangerouslyAcceptAnyClient",
      required: false,
      text: "Introspect with OAUTH_CLIENT_ID, and accept tokens issued for any application of the instance.",
      example: "true",
    },
  ],
  fromEnv: (env) => {
    const frontendApi = env.requiredText("CLERK_FRONTEND_API");
    const clientIds = env.list("CLERK_CLIENT_IDS");
    if (clientIds !== undefined) return clerk({ frontendApi, clientIds });
    if (env.flag("CLERK_DANGEROUSLY_ACCEPT_ANY_CLIENT") === true) {
      return clerk({
        frontendApi,
        clientId: env.requiredText("OAUTH_CLIENT_ID"),
        clientSecret: env.secret("OAUTH_CLIENT_SECRET") ?? env.missing("OAUTH_CLIENT_SECRET"),
        dangerouslyAcceptAnyClient: true,
      });
    }
    const values = env.list("OAUTH_AUDIENCE");
    return clerk({ frontendApi, audience: values ?? env.missing("CLERK_CLIENT_IDS") });
  },
  consoleSteps: [
    "**OAuth applications → Settings → Generate access tokens as JWTs.**",
    "Clerk's tokens have no audience. Choose how they are bound: `clientIds` lists the accepted OAuth applications; `audience` is for instances whose template writes an `aud`.",
    "If clients register dynamically, you cannot list them. With `clientId`, `clientSecret` and `dangerouslyAcceptAnyClient: true`, each token is introspected at Clerk, and tokens of **any** application of the instance are accepted.",
  ],
  sources: [
    {
      facts:
        "JWT access tokens are the default of new applications; the setting that turns them on.",
      url: "https://clerk.com/changelog/2026-01-08-jwt-oauth-access-tokens",
      read: "2026-11",
    },
    {
      facts: "Dynamic client registration and its risks.",
      url: "https://clerk.com/docs/oauth/how-clerk-implements-oauth",
      read: "2026-11",
    },
    {
      facts: "Custom scopes.",
      url: "https://clerk.com/changelog/2026-08-21-custom-oauth-scopes",
      read: "2026-11",
    },
    {
      facts: "Tokens carry no `aud`.",
      url: "https://docs.skybridge.tech/api-reference/clerk-provider",
      read: "2026-11",
    },
  ],
  unverified: [
    "`typ: at+jwt` (read in the source of the backend SDK, page not recorded).",
    "The endpoint `/oauth/token_info` and its answer.",
  ],
});
