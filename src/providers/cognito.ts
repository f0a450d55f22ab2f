import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { invalid, required, requiredList, type Preset } from "./preset.js";

/** Options of {@link cognito}. */
interface CognitoPresetOptions {
  /** Id of the user pool: `eu-west-1_AbCdEfGhI`. The region is read from it. */
  readonly userPoolId: string;
  /**
   * App clients whose tokens are accepted without an audience. Without this
   * option, only tokens bound to the resource are accepted.
   */
  readonly clientIds?: string | readonly string[];
  /** Audience of tokens that have one. @default the resource */
  readonly audience?: string | readonly string[];
  /** Identifier of the pool's resource server: its scopes are `identifier/name`, and are checked as `name`. */
  readonly resourceServer?: string;
}

const EXAMPLE = "eu-west-1_AbCdEfGhI";

/**
 * AWS Cognito. Its access tokens have no audience unless the client sends
 * `resource`, so the accepted clients are listed. `token_use` tells access
 * tokens from ID tokens.
 *
 * @example
 * ```ts
 * import { cognito, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...cognito({
 *     userPoolId: "eu-west-1_AbCdEfGhI",
 *     clientIds: ["1example23456789"],
 *     resourceServer: "https://mcp.example.com/mcp",
 *   }),
 * });
 * ```
 */
export function cognito(options: CognitoPresetOptions): Preset {
  const { userPoolId, clientIds, audience, resourceServer } = options;
  const pool = required(userPoolId, "cognito.userPoolId", EXAMPLE);
  const region = /^([a-z]{2,}(?:-[a-z]+)+-\d)_[A-Za-z0-9]+$/.exec(pool)?.[1];
  if (region === undefined) {
    const found = `must be the id of a user pool, found ${JSON.stringify(pool)}`;
    throw invalid("cognito.userPoolId", found, EXAMPLE);
  }
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const issuer = `https://cognito-idp.${region}.${suffix}/${pool}`;
  const scopePrefix = resourceServer === undefined ? undefined : `${resourceServer}/`;
  return {
    authorizationServers: [issuer],
    ...(scopePrefix !== undefined && { scopePrefix }),
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", audience),
      ...(clientIds !== undefined && {
        clientIds: requiredList(clientIds, "cognito.clientIds", "1example23456789"),
      }),
      algorithms: ["RS256"],
      allowJwtTyp: true,
      equals: { token_use: "access" },
      claims: {
        scopes: ["scope"],
        clientId: ["client_id"],
        ...(scopePrefix !== undefined && { scopePrefix }),
      },
    },
  };
}

/** Facts about AWS Cognito. */
export const cognitoProvider = defineProvider({
  id: "cognito",
  label: "AWS Cognito",
  issuerExample: "https://cognito-idp.eu-central-1.amazonaws.com/your-pool",
  issuerPattern: /^https:\/\/cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  hint: {
    detail: "Cognito's access tokens have no aud unless the pool binds resources.",
    fix: "Bind the resource in the user pool, or accept named client ids with token_use=access.",
  },
  summary: {
    tokens: "JWT",
    audience: "none, or the resource",
    scopes: "`scope`, prefixed",
    registration: "no",
  },
  variables: [
    {
      name: "COGNITO_USER_POOL_ID",
      kind: "text",
      option: "cognito.userPoolId",
      required: true,
      text: "Id of the user pool; the region is read from it.",
      example: EXAMPLE,
    },
    {
      name: "COGNITO_CLIENT_IDS",
      kind: "list",
      option: "cognito.clientIds",
      required: false,
      text: "App clients whose tokens are accepted without an audience.",
      example: "1example23456789",
    },
    {
      name: "COGNITO_RESOURCE_SERVER",
      kind: "text",
      option: "cognito.resourceServer",
      required: false,
      text: "Identifier of the pool's resource server, which is the prefix of its scopes.",
      example: "https://mcp.example.com/mcp",
    },
  ],
  fromEnv: (env) =>
    cognito({
      userPoolId: env.requiredText("COGNITO_USER_POOL_ID"),
      ...given("clientIds", env.list("COGNITO_CLIENT_IDS")),
      ...given("resourceServer", env.text("COGNITO_RESOURCE_SERVER")),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "Create a user pool with managed login and a domain.",
    "**Branding → Resource servers:** create one whose identifier is your resource URL, and add custom scopes. Cognito calls them `identifier/name`; with `resourceServer` they are published under this name and checked as `name`.",
    "Pools on a newer feature plan put the resource into `aud` when the client sends `resource`. Then omit `clientIds`: only bound tokens are accepted.",
  ],
  sources: [
    {
      facts: "Resource servers, scopes as `identifier/name`, and a section on resource binding.",
      url: "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html",
      read: "2026-11",
    },
    {
      facts: "`client_id` in access tokens, and `aud` for a resource only.",
      url: "https://docs.aws.amazon.com/verifiedpermissions/latest/userguide/cognito-validation.html",
      read: "2026-11",
    },
    {
      facts: "`token_use`, and no `typ` in the header.",
      url: "https://repost.aws/questions/QUdDANuP-mSLaNNwpQevEsyQ/cognito-oauth-access-token-missing-typ-header-parameter",
      read: "2026-11",
    },
  ],
  unverified: ["Which feature plans bind the resource.", "The metadata names no PKCE methods."],
});
