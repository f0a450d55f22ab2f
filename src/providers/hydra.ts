import { given } from "../options/environment/given.js";
import { defineProvider } from "./define-provider.js";
import { issuerOf, type Preset } from "./preset.js";

/** Options of {@link hydra}. */
export interface HydraPresetOptions {
  /** `urls.self.issuer` of the configuration, with its slash if it has one. */
  readonly issuer: string;
  /** What clients are allowed to ask with `audience`. @default the resource */
  readonly audience?: string | readonly string[];
}

/**
 * Ory Hydra with `strategies.access_token: jwt`. For opaque tokens configure
 * `validation: { type: "introspection" }` by hand: that endpoint is on the
 * admin port, whose protection is your own.
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

/** Everything known about Ory Hydra. */
export const hydraProvider = defineProvider({
  id: "hydra",
  label: "Ory Hydra",
  issuerExample: "https://your-project.projects.oryapis.com",
  issuerPattern: /^https:\/\/[^/]+\.projects\.oryapis\.com(?:\/|$)/,
  validates: "jwt",
  typesTokensJwt: true,
  introspection: "/admin/oauth2/introspect on the admin port",
  summary: { tokens: "JWT", audience: "as asked", scopes: "`scp`", registration: "yes" },
  variables: [
    {
      name: "HYDRA_ISSUER",
      kind: "text",
      option: "hydra.issuer",
      required: true,
      text: "`urls.self.issuer`, with its slash if it has one.",
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
    "Put your resource URL into the clients' `audience` list. Hydra puts into `aud` what the client asked for with `audience` and what is in that list; a client that asks for nothing gets an empty one.",
    'Opaque tokens need `validation: { type: "introspection" }` by hand: the endpoint is on the admin port, which must be reachable by https and protected by you.',
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
