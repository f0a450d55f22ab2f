import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { hostOf, type Preset } from "./preset.js";

/** Options of {@link workos}. */
interface WorkosPresetOptions {
  /** The AuthKit domain: `acme.authkit.app`, or a custom one. */
  readonly domain: string;
  /** @default the resource, which must be registered as a resource indicator */
  readonly audience?: string | readonly string[];
}

/**
 * WorkOS AuthKit. The resource is the audience once it is registered in the dashboard.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider, workos } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...workos({ domain: "acme.authkit.app" }),
 * });
 * ```
 */
export function workos({ domain, audience }: WorkosPresetOptions): Preset {
  const issuer = `https://${hostOf(domain, "workos.domain", "acme.authkit.app")}`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      ...given("audience", audience),
      jwksUri: `${issuer}/oauth2/jwks`,
      algorithms: ["RS256"],
      allowJwtTyp: true,
    },
  };
}

/** Facts about WorkOS AuthKit. */
export const workosProvider = defineProvider({
  id: "workos",
  label: "WorkOS AuthKit",
  issuerExample: "https://your-app.authkit.app",
  issuerPattern: /^https:\/\/[^/]+\.authkit\.app(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  summary: { tokens: "JWT", audience: "resource", scopes: "`scope`", registration: "yes" },
  variables: [
    {
      name: "AUTHKIT_DOMAIN",
      kind: "text",
      option: "workos.domain",
      required: true,
      text: "The AuthKit domain.",
      example: "acme.authkit.app",
    },
  ],
  fromEnv: (env) =>
    workos({
      domain: env.requiredText("AUTHKIT_DOMAIN"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "Copy the **AuthKit domain** from the dashboard.",
    "**Connect → Configuration:** register your resource URL as a resource indicator. It becomes the audience of tokens that clients request with `resource`; without it the audience is the environment's default.",
  ],
  sources: [
    {
      facts: "Resource indicators (RFC 8707) of an environment.",
      url: "https://workos.com/docs/reference/authkit/oauth-resource",
      read: "2026-11",
    },
    {
      facts:
        "The resource indicator becomes `aud`; dynamic registration under Connect → Configuration.",
      url: "https://docs.skybridge.tech/api-reference/workos-provider",
      read: "2026-11",
    },
  ],
  unverified: ["The key set at `/oauth2/jwks`.", "The environment's default audience."],
});
