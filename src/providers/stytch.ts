import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { hostOf, type Preset } from "./preset.js";

const EXAMPLE = "word-word-1234.customers.stytch.dev";

/** Options of {@link stytch}. */
interface StytchPresetOptions {
  /** The project's domain: `word-word-1234.customers.stytch.dev`, or a custom domain. */
  readonly domain: string;
  /**
   * A custom audience of the clients that may call (`access_token_custom_audience`).
   * Do not use the project id, which is in every token of the project, or a
   * client id, which is also in ID tokens.
   * @default the resource
   */
  readonly audience?: string | readonly string[];
}

/**
 * Stytch Connected Apps. Tokens contain this server's URL if the client has it as a custom audience.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, stytch } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...stytch({ domain: "word-word-1234.customers.stytch.dev" }),
 * });
 * ```
 */
export function stytch({ domain, audience }: StytchPresetOptions): Preset {
  const issuer = `https://${hostOf(domain, "stytch.domain", EXAMPLE)}`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", audience),
      algorithms: ["RS256"],
      allowJwtTyp: true,
      claims: { scopes: ["scope"] },
    },
  };
}

/** Facts about Stytch. */
export const stytchProvider = defineProvider({
  id: "stytch",
  label: "Stytch",
  issuerExample: "https://your-project.customers.stytch.dev",
  issuerPattern: /^https:\/\/[^/]+\.customers\.stytch\.(?:dev|com)(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  hint: {
    detail:
      "Stytch puts the client and the project into aud, and this server's URL only if the client has it as a custom audience.",
    fix: "Set access_token_custom_audience of each client to this server's URL.",
  },
  summary: {
    tokens: "JWT",
    audience: "custom, per client",
    scopes: "`scope`",
    registration: "yes, but without the audience",
  },
  variables: [
    {
      name: "STYTCH_DOMAIN",
      kind: "text",
      option: "stytch.domain",
      required: true,
      text: "The project's domain, or its custom domain.",
      example: EXAMPLE,
    },
  ],
  fromEnv: (env) =>
    stytch({
      domain: env.requiredText("STYTCH_DOMAIN"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**Connected Apps:** create a client for each MCP client, or let them register, and copy the project's domain. Tokens from `api.stytch.com` have another issuer, `stytch.com/{project id}`, and are refused.",
    "Set `access_token_custom_audience` of each client to your resource URL, with the API. Without it `aud` has only the client and the project, so all servers of the project would share tokens; such tokens are refused.",
    "Define your scopes in the project's RBAC policy.",
  ],
  sources: [
    {
      facts: "RS256, `iss`, `aud` as the client id and custom audiences, `scope` as text.",
      url: "https://stytch.com/docs/api-reference/b2b/api/connected-apps/tokens/connected-app-access-token-object",
      read: "2026-11",
    },
    {
      facts: "The issuer is the domain that the request used; both forms of metadata are served.",
      url: "https://stytch.com/docs/connected-apps/resources/custom-domains",
      read: "2026-11",
    },
    {
      facts: "`typ: JWT`, and the project id in `aud`.",
      url: "https://github.com/stytchauth/stytch-node/blob/main/lib/b2c/idp.ts",
      read: "2026-11",
    },
  ],
  unverified: [
    "Paths in the console.",
    "A client that registered dynamically can be given a custom audience afterwards.",
    "A custom audience is added to the client and the project in `aud`, and does not replace them.",
  ],
});
