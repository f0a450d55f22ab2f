import { defineProvider } from "./define-provider.js";
import { baseUrlOf, required, requiredList, type Preset } from "./preset.js";

const URL_EXAMPLE = "https://authentik.example.com";
const SLUG_EXAMPLE = "mcp";
const CLIENT_EXAMPLE = "WEWLO0iF9pNbGSnjVNYqvZNHBYfWnbLc";

/** Options of {@link authentik}. */
interface AuthentikPresetOptions {
  /** Base URL of the instance: `https://authentik.example.com`. */
  readonly url: string;
  /** Slug of the application. Each application has its own issuer. */
  readonly application: string;
  /** Client id of the application's provider. It is the audience of its tokens. */
  readonly clientIds: string | readonly string[];
}

/**
 * authentik, one application. Its access tokens look like its ID tokens, but
 * have `azp`. They carry no scopes unless a scope mapping adds some.
 *
 * @example
 * ```ts
 * import { authentik, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...authentik({
 *     url: "https://authentik.example.com",
 *     application: "mcp",
 *     clientIds: "WEWLO0iF9pNbGSnjVNYqvZNHBYfWnbLc",
 *   }),
 * });
 * ```
 */
export function authentik({ url, application, clientIds }: AuthentikPresetOptions): Preset {
  const base = baseUrlOf(url, "authentik.url", URL_EXAMPLE);
  const slug = encodeURIComponent(required(application, "authentik.application", SLUG_EXAMPLE));
  const issuer = `${base}/application/o/${slug}/`;
  return {
    authorizationServers: [issuer],
    validation: {
      type: "jwt",
      issuer,
      audience: requiredList(clientIds, "authentik.clientIds", CLIENT_EXAMPLE),
      jwksUri: `${issuer}jwks/`,
      allowJwtTyp: true,
      // An ID token has the same audience and issuer, but no azp.
      requireClientId: true,
      claims: { scopes: ["scope"], clientId: ["azp"] },
    },
  };
}

/** Facts about authentik. */
export const authentikProvider = defineProvider({
  id: "authentik",
  label: "authentik",
  issuerExample: "https://auth.example.com/application/o/your-application/",
  issuerPattern: /\/application\/o\/[^/]+\/$/,
  validates: "jwt",
  typesTokensJwt: true,
  fixedAudience: true,
  hint: {
    detail: "authentik puts the client's id into aud, never this server's URL.",
    fix: "Accept the client id as the audience, and refuse tokens without azp: they are ID tokens.",
  },
  summary: {
    tokens: "JWT",
    audience: "client id",
    scopes: "by a scope mapping",
    registration: "with a token",
  },
  variables: [
    {
      name: "AUTHENTIK_URL",
      kind: "text",
      option: "authentik.url",
      required: true,
      text: "Base URL of the instance.",
      example: URL_EXAMPLE,
    },
    {
      name: "AUTHENTIK_APPLICATION",
      kind: "text",
      option: "authentik.application",
      required: true,
      text: "Slug of the application.",
      example: SLUG_EXAMPLE,
    },
    {
      name: "AUTHENTIK_CLIENT_IDS",
      kind: "list",
      option: "authentik.clientIds",
      required: true,
      text: "Client id of the application's provider, which is the audience of its tokens.",
      example: CLIENT_EXAMPLE,
    },
  ],
  fromEnv: (env) =>
    authentik({
      url: env.requiredText("AUTHENTIK_URL"),
      application: env.requiredText("AUTHENTIK_APPLICATION"),
      clientIds: env.list("AUTHENTIK_CLIENT_IDS") ?? env.missing("AUTHENTIK_CLIENT_IDS"),
    }),
  consoleSteps: [
    "**Applications → Applications → Create with provider:** choose **OAuth2/OpenID**. Copy the slug of the application and the client id.",
    "Select a **Signing Key** and no **Encryption Key**. Without a signing key, tokens are signed with the client secret (HS256); with an encryption key, they are encrypted. Both are refused.",
    "Leave **Issuer mode** at one issuer per application.",
    'Access tokens have no `scope`. Under **Customization → Property Mappings**, create a scope mapping per scope that returns it, for example `return {"scope": "mcp:tools"}`, and select it in the provider. Or decide by `groups` in `scopes.authorize`.',
    "A server for several applications needs one entry of `validation` for each: every application has its own issuer.",
  ],
  sources: [
    {
      facts:
        "Issuer per application with a trailing slash, `aud` as the client id, `azp` and `uid` in access tokens only, no scopes in either.",
      url: "https://github.com/goauthentik/authentik/blob/main/authentik/providers/oauth2/id_token.py",
      read: "2026-11",
    },
    {
      facts: "An access token repeats the `nonce` of the authorization request.",
      url: "https://github.com/goauthentik/authentik/blob/main/authentik/providers/oauth2/views/token.py",
      read: "2026-11",
    },
    {
      facts: "Endpoints, including the key set; signing and encryption.",
      url: "https://github.com/goauthentik/authentik/blob/main/website/docs/add-secure-apps/providers/oauth2/index.mdx",
      read: "2026-11",
    },
    {
      facts:
        "Introspection answers for refresh tokens as for access tokens, and `client_id` is the client that introspects. The preset does not use it.",
      url: "https://github.com/goauthentik/authentik/blob/main/authentik/providers/oauth2/views/introspection.py",
      read: "2026-11",
    },
    {
      facts: "Dynamic client registration since 2026.8, with an access token.",
      url: "https://github.com/goauthentik/authentik/blob/main/website/docs/add-secure-apps/providers/oauth2/dynamic-client-registration.mdx",
      read: "2026-11",
    },
  ],
  unverified: ["Paths in the console.", "Claims of a scope mapping reach the access token."],
});
