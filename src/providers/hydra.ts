import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { issuerOf, type Preset } from "./preset.js";

/** Options of {@link hydra}. */
interface HydraPresetOptions {
  /** `urls.self.issuer` of the configuration, including a trailing slash if it has one. */
  readonly issuer: string;
  /** The `audience` that clients request. @default the resource */
  readonly audience?: string | readonly string[];
}

/**
 * Ory Hydra with `strategies.access_token: jwt`. For opaque tokens configure
 * `validation: { type: "introspection" }` by hand: that endpoint is on the
 * admin port, which you must protect.
 *
 * @example
 * ```ts
 * import { hydra, OAuthAuthProvider } from "mcp-framework-oauth";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   ...hydra({ issuer: "https://auth.example.com/" }),
 * });
 * ```
 */
export function hydra({ issuer, audience }: HydraPresetOptions): Preset {
  const exact = issuerOf(issuer, "hydra.issuer", "https://auth.example.com");
  return {
    authorizationServers: [exact],
    validation: {
      type: "jwt",
      issuer: exact,
      ...given("audience", audience),
      allowJwtTyp: true,
      claims: { scopes: ["scp", "scope"], clientId: ["client_id"] },
    },
  };
}

/** Facts about Ory Hydra. */
export const hydraProvider = defineProvider({
  id: "hydra",
  label: "Ory Hydra",
  issuerExample: "https://your-project.projects.oryapis.com",
  issuerPattern: /^https:\/\/[^/]+\.projects\.oryapis\.com(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  introspection: "/admin/oauth2/introspect on the admin port",
  summary: { tokens: "JWT", audience: "as requested", scopes: "`scp`", registration: "yes" },
  variables: [
    {
      name: "HYDRA_ISSUER",
      kind: "text",
      option: "hydra.issuer",
      required: true,
      text: "`urls.self.issuer`, including a trailing slash if it has one.",
      example: "https://auth.example.com/",
    },
  ],
  fromEnv: (env) =>
    hydra({
      issuer: env.requiredText("HYDRA_ISSUER"),
      ...given("audience", env.list("OAUTH_AUDIENCE")),
    }),
  consoleSteps: [
    "Set `strategies.access_token: jwt`, for the server or per client.",
    "Add your resource URL to the clients' `audience` list. Hydra writes a requested `audience` from that list into `aud`; without a request, `aud` is empty.",
    'Opaque tokens need `validation: { type: "introspection" }` by hand: the endpoint is on the admin port, which must use https and which you must protect.',
  ],
  sources: [
    {
      facts: "`audience` per client and as a request parameter.",
      url: "https://www.ory.sh/docs/hydra/advanced",
      read: "2026-11",
    },
  ],
  unverified: [
    "`scp` as a list by default, and an empty `aud` (read in the documentation and the source of the token library, pages not recorded).",
    "Introspection on the admin port.",
    "The address of Ory Network projects.",
  ],
});
