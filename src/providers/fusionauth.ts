import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { issuerOf, type Preset } from "./preset.js";

const EXAMPLE = "https://auth.example.com";

/** Options of {@link fusionauth}. */
interface FusionAuthPresetOptions {
  /** The tenant's **Issuer**, which must be the URL of the instance: `https://auth.example.com`. */
  readonly issuer: string;
  /**
   * Accepted audiences: the resource, for clients of a CIMD domain that
   * authorizes it; otherwise the ids of the accepted applications.
   * @default the resource
   */
  readonly audience?: string | readonly string[];
}

/**
 * FusionAuth. Its tokens have the client as their audience, and also the
 * resource if the client's CIMD domain authorizes it. `scopes.authorize` can
 * read roles from `token.claims`.
 *
 * @example
 * ```ts
 * import { fusionauth, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...fusionauth({ issuer: "https://auth.example.com" }),
 * });
 * ```
 */
export function fusionauth({ issuer, audience }: FusionAuthPresetOptions): Preset {
  const exact = issuerOf(issuer, "fusionauth.issuer", EXAMPLE);
  return {
    authorizationServers: [exact],
    validation: {
      type: "jwt",
      issuer: exact,
      ...given("audience", audience),
      allowJwtTyp: true,
      claims: { scopes: ["scope"], clientId: ["applicationId"] },
    },
  };
}

/** Facts about FusionAuth. */
export const fusionauthProvider = defineProvider({
  id: "fusionauth",
  label: "FusionAuth",
  issuerExample: EXAMPLE,
  issuerPattern: /^https:\/\/[^/]+\.fusionauth\.io(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  hint: {
    detail:
      "FusionAuth puts the client's id into aud, and this server's URL only for CIMD clients.",
    fix: "Add this server's URL to the authorized resource URIs of the CIMD domain, or accept named application ids.",
  },
  summary: {
    tokens: "JWT",
    audience: "client id; the resource for CIMD clients",
    scopes: "`scope`",
    registration: "metadata documents",
  },
  variables: [
    {
      name: "FUSIONAUTH_ISSUER",
      kind: "text",
      option: "fusionauth.issuer",
      required: true,
      text: "The tenant's issuer, including a trailing slash if it has one.",
      example: EXAMPLE,
    },
  ],
  fromEnv: (env) =>
    fusionauth({
      issuer: env.requiredText("FUSIONAUTH_ISSUER"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "**Tenants → your tenant → General → Issuer:** set the URL of the instance (`https://auth.example.com`). The default is a bare name, which clients cannot discover.",
    "**Tenants → JWT:** sign access tokens with an RSA or EC key.",
    "For clients with a metadata document (MCP clients), create a **CIMD domain** for each origin you trust and list your resource URL among its **Authorized resource URIs**: `aud` then contains it. Add your scopes to the domain.",
    "For clients you create as applications, pass their ids as `audience`: `aud` is only the application's id. ID tokens have the same `aud` and are refused because of their `at_hash`.",
  ],
  sources: [
    {
      facts:
        "`typ: JWT`; the claims of access tokens, ID tokens and client credentials tokens; `aud` is the client id; `at_hash` in ID tokens.",
      url: "https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens",
      read: "2026-11",
    },
    {
      facts:
        "No dynamic client registration; Client ID Metadata Documents since 1.70 (Enterprise); `aud` holds the resource when the CIMD domain authorizes it.",
      url: "https://github.com/FusionAuth/fusionauth-site/blob/main/astro/src/content/docs/lifecycle/authenticate-users/oauth/client-registration.mdx",
      read: "2026-11",
    },
    {
      facts: "The issuer is configured per tenant, and is also the issuer in the metadata.",
      url: "https://github.com/FusionAuth/fusionauth-site/blob/main/astro/src/content/docs/lifecycle/authenticate-users/oauth/issuer-validation.mdx",
      read: "2026-11",
    },
  ],
  unverified: [
    "Paths in the console.",
    "`at_hash` is in every ID token that is issued with an access token.",
    "The address of FusionAuth Cloud instances.",
  ],
});
