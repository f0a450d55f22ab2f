import type { IntrospectionOptions } from "../options/introspection.js";
import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { baseUrlOf, required, type Preset } from "./preset.js";

/** Options of {@link zitadel}. */
interface ZitadelPresetOptions {
  /** The instance: `https://acme-1a2b3c.zitadel.cloud`, or a custom domain. */
  readonly domain: string;
  /** The project this server belongs to. Clients request a special scope to get it into `aud`. */
  readonly projectId: string;
  /** Client id of this server's API application. */
  readonly clientId: string;
  /** Its secret (method Basic). */
  readonly clientSecret?: NonNullable<IntrospectionOptions["clientSecret"]>;
  /** Or the key file's `key` and `keyId` (method Private Key JWT). */
  readonly privateKey?: NonNullable<IntrospectionOptions["privateKey"]>;
  readonly keyId?: string;
}

/**
 * Zitadel. Tokens are opaque by default, so they are introspected.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, zitadel } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...zitadel({
 *     domain: "acme-1a2b3c.zitadel.cloud",
 *     projectId: "269012345678901234",
 *     clientId: "269012345678905678",
 *     clientSecret: process.env.OAUTH_CLIENT_SECRET!,
 *   }),
 * });
 * ```
 */
export function zitadel(options: ZitadelPresetOptions): Preset {
  const issuer = baseUrlOf(options.domain, "zitadel.domain", "https://acme-1a2b3c.zitadel.cloud");
  const projectId = required(options.projectId, "zitadel.projectId", "269012345678901234");
  const clientId = required(options.clientId, "zitadel.clientId", "269012345678905678");
  const { clientSecret, privateKey, keyId } = options;
  // Without this scope the project is not in the audience, and introspection reports the token as inactive.
  const scopes = ["openid", `urn:zitadel:iam:org:project:id:${projectId}:aud`];
  return {
    authorizationServers: [issuer],
    scopes: { supported: scopes, initial: scopes },
    validation: {
      type: "introspection",
      issuer,
      audience: projectId,
      introspection: {
        endpoint: `${issuer}/oauth/v2/introspect`,
        clientId,
        ...(privateKey === undefined
          ? {
              clientSecret:
                clientSecret ??
                required(undefined, "zitadel.clientSecret", "the secret, or privateKey and keyId"),
            }
          : { authMethod: "private_key_jwt", privateKey, ...(keyId !== undefined && { keyId }) }),
      },
    },
  };
}

/** Facts about Zitadel. */
export const zitadelProvider = defineProvider({
  id: "zitadel",
  label: "Zitadel",
  issuerExample: "https://your-instance.zitadel.cloud",
  validates: "introspection",
  introspection: "{issuer}/oauth/v2/introspect",
  fixedAudience: true,
  summary: {
    tokens: "opaque, introspected",
    audience: "project",
    scopes: "`scope`",
    registration: "no",
  },
  variables: [
    {
      name: "ZITADEL_DOMAIN",
      kind: "text",
      option: "zitadel.domain",
      required: true,
      text: "The instance.",
      example: "acme-1a2b3c.zitadel.cloud",
    },
    {
      name: "ZITADEL_PROJECT_ID",
      kind: "text",
      option: "zitadel.projectId",
      required: true,
      text: "The project. Also needs OAUTH_CLIENT_ID, and OAUTH_CLIENT_SECRET or OAUTH_PRIVATE_KEY.",
      example: "269012345678901234",
    },
  ],
  fromEnv: (env) => {
    const privateKey = env.privateKey("OAUTH_PRIVATE_KEY");
    return zitadel({
      domain: env.requiredText("ZITADEL_DOMAIN"),
      projectId: env.requiredText("ZITADEL_PROJECT_ID"),
      clientId: env.requiredText("OAUTH_CLIENT_ID"),
      ...(privateKey === undefined
        ? { clientSecret: env.secret("OAUTH_CLIENT_SECRET") ?? env.missing("OAUTH_CLIENT_SECRET") }
        : { privateKey, ...given("keyId", env.text("OAUTH_PRIVATE_KEY_ID")) }),
    });
  },
  consoleSteps: [
    "In your project create an application of type **API** for this server: method _Basic_ gives a secret, _Private Key JWT_ a key file, whose `key` and `keyId` go into `privateKey` and `keyId`.",
    "Clients must request the scope `urn:zitadel:iam:org:project:id:{projectId}:aud`; otherwise the project is not in the audience. The preset publishes it, and it stays in `scopes_supported` when you set required scopes by environment. In code, list it in `scopes.supported` yourself.",
  ],
  sources: [
    {
      facts:
        "An API application with method Basic, credentials form-encoded, and `/oauth/v2/introspect`.",
      url: "https://zitadel.com/docs/guides/integrate/token-introspection/basic-auth",
      read: "2026-11",
    },
    {
      facts: "The method Private Key JWT and its key file.",
      url: "https://zitadel.com/docs/guides/integrate/token-introspection/private-key-jwt",
      read: "2026-11",
    },
  ],
  unverified: [
    "The scope that puts the project into the audience.",
    "Access tokens are opaque by default.",
  ],
});
