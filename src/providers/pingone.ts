import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { hostOf, invalid, required, type Preset } from "./preset.js";

const ID = "a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d";

/** Options of {@link pingone}. */
interface PingOnePresetOptions {
  /** Id of the environment, a UUID. */
  readonly environmentId: string;
  /** Host of your region, or a custom domain. @default "auth.pingone.com" */
  readonly domain?: string;
  /** Audience of the custom resource. @default the resource, which must be that audience */
  readonly audience?: string | readonly string[];
}

/**
 * PingOne, tokens for a custom resource.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, pingone } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...pingone({ environmentId: "a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d", domain: "auth.pingone.eu" }),
 * });
 * ```
 */
export function pingone(options: PingOnePresetOptions): Preset {
  const host = hostOf(options.domain ?? "auth.pingone.com", "pingone.domain", "auth.pingone.eu");
  const id = required(options.environmentId, "pingone.environmentId", ID).toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    const found = `must be the id of an environment, found ${JSON.stringify(id)}`;
    throw invalid("pingone.environmentId", found, ID);
  }
  const issuer = `https://${host}/${id}/as`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", options.audience),
      algorithms: ["RS256"],
      allowJwtTyp: true,
      claims: { scopes: ["scope"], clientId: ["client_id"] },
    },
  };
}

/** Facts about PingOne. */
export const pingoneProvider = defineProvider({
  id: "pingone",
  label: "PingOne",
  issuerExample: "https://auth.pingone.com/your-environment-id/as",
  issuerPattern: /^https:\/\/auth\.pingone\.(?:com|eu|ca|asia|sg|com\.au)\//,
  validates: "jwt",
  typesTokensJwt: true,
  hint: {
    detail:
      "PingOne puts the audience of the custom resource into aud, not the requested resource.",
    fix: "Set the audience of the custom resource to this server's URL.",
  },
  summary: {
    tokens: "JWT",
    audience: "of the custom resource",
    scopes: "`scope`",
    registration: "by an administrator",
  },
  variables: [
    {
      name: "PINGONE_ENVIRONMENT_ID",
      kind: "text",
      option: "pingone.environmentId",
      required: true,
      text: "Id of the environment.",
      example: ID,
    },
    {
      name: "PINGONE_DOMAIN",
      kind: "text",
      option: "pingone.domain",
      required: false,
      text: "Host of your region, or a custom domain.",
      example: "auth.pingone.eu",
    },
  ],
  fromEnv: (env) =>
    pingone({
      environmentId: env.requiredText("PINGONE_ENVIRONMENT_ID"),
      ...given("domain", env.text("PINGONE_DOMAIN")),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**Applications → Resources:** add a custom resource, and set its audience to your resource URL. Add your scopes to it.",
    "**Applications:** create one per MCP client, with PKCE, and grant it scopes of that resource. A request may name scopes of one custom resource only.",
    "Copy the environment id, and the host of your region from the issuer.",
  ],
  sources: [
    {
      facts:
        "All tokens are JWTs with RS256 and a `kid`; `typ: at+jwt` on every access token from March 2027 on; `auth_time` and `acr` of user tokens.",
      url: "https://developer.pingidentity.com/pingone-api/foundations/authentication-concepts/access-tokens-and-id-tokens/token-claims.html",
      read: "2026-12",
    },
    {
      facts: "Custom resources, their scopes and the audience of their tokens.",
      url: "https://developer.pingidentity.com/pingone-api/workflow-library/authorization-and-authentication/get-a-token-for-custom-resource-access.html",
      read: "2026-12",
    },
  ],
  unverified: [
    "The issuer `https://auth.pingone.{region}/{environment id}/as`, and the hosts of the regions.",
    "The claims `client_id` and `scope` of access tokens.",
    "Paths in the console.",
  ],
});
