import { z } from "zod";
import type { EmbeddedAuthorizationServer } from "../core/embedded-authorization-server.js";
import { apiKeysShape } from "./api-keys.js";
import { limitsShape, networkShape } from "./limits.js";
import { env, type Input, type Output, type Schema } from "./row.js";
import { senderShape } from "./sender.js";
import { operationsShape, serverShape } from "./server.js";
import { validationShape } from "./validation.js";

/** May be left out beside `embedded`, which `parseOptions` then puts in. */
const issuers = z.array(z.string().min(1)).readonly() as unknown as Schema<
  readonly string[] | undefined,
  readonly string[]
>;

function isEmbedded(value: unknown): boolean {
  const { issuer, owns, handle } = (value ?? {}) as Partial<EmbeddedAuthorizationServer>;
  return typeof issuer === "string" && typeof owns === "function" && typeof handle === "function";
}

export const authorizationServersShape = {
  /**
   * Issuers of the authorization servers whose tokens are accepted, exactly as written in their
   * metadata. Clients use the first one.
   *
   * Required, except with `embedded`, whose issuer comes first. May be empty only with
   * `authMode: "api_key"` or `enabled: false`.
   */
  authorizationServers: env("OAUTH_AUTHORIZATION_SERVERS", issuers, {
    kind: "urls",
    text: "Issuers of several authorization servers. Clients use the first one.",
    example: "https://auth.example.com,https://auth.example.org",
  }),
  /**
   * An authorization server in this process that answers on this server's own port. Its metadata
   * and keys are read without the network, and tokens that it revokes are refused immediately.
   *
   * For transports that listen: with `handleRequest` or Lambda it is an error at start.
   *
   * @default none
   */
  embedded: z
    .custom<EmbeddedAuthorizationServer>(isEmbedded, "must be made by createAuthorizationServer")
    .optional(),
};

/**
 * Options of {@link OAuthAuthProvider}.
 *
 * @example
 * ```ts
 * import type { OAuthAuthProviderOptions } from "mcp-framework-oauth";
 *
 * const options: OAuthAuthProviderOptions = {
 *   resource: "https://mcp.example.com/mcp",
 *   authorizationServers: ["https://auth.example.com"],
 *   scopes: ["mcp:tools"],
 * };
 * ```
 */
export interface OAuthAuthProviderOptions
  extends
    Input<typeof serverShape>,
    Input<typeof authorizationServersShape>,
    Input<typeof validationShape>,
    Input<typeof apiKeysShape>,
    Input<typeof senderShape>,
    Input<typeof networkShape>,
    Input<typeof limitsShape>,
    Input<typeof operationsShape> {}

/** Options after parsing: defaults that do not depend on other options are filled in. */
export interface ParsedOptions
  extends
    Output<typeof serverShape>,
    Output<typeof authorizationServersShape>,
    Output<typeof validationShape>,
    Output<typeof apiKeysShape>,
    Output<typeof senderShape>,
    Output<typeof networkShape>,
    Output<typeof limitsShape>,
    Output<typeof operationsShape> {}

export const optionsSchema: Schema<OAuthAuthProviderOptions, ParsedOptions> = z
  .object({
    ...serverShape,
    ...authorizationServersShape,
    ...validationShape,
    ...apiKeysShape,
    ...senderShape,
    ...networkShape,
    ...limitsShape,
    ...operationsShape,
  })
  .strict();
