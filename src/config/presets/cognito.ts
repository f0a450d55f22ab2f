import { audienceOf, invalid, required, requiredList, type Preset } from "./preset.js";

/** Options of {@link cognito}. */
export interface CognitoPresetOptions {
  /** Id of the user pool: `eu-west-1_AbCdEfGhI`. The region is read from it. */
  readonly userPoolId: string;
  /**
   * App clients whose tokens are accepted although they name no audience.
   * Without it only tokens bound to the resource are.
   */
  readonly clientIds?: string | readonly string[];
  /** For tokens that do name an audience. @default the resource */
  readonly audience?: string | readonly string[];
  /** Identifier of the pool's resource server: its scopes are `identifier/name`, and are checked as `name`. */
  readonly resourceServer?: string;
}

const EXAMPLE = "eu-west-1_AbCdEfGhI";

/**
 * AWS Cognito. Its access tokens have no audience unless the client asked with
 * `resource`, so the clients that may come are listed; and `token_use` says
 * that a token is one for access.
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
      ...audienceOf(audience),
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
