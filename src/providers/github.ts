import type { KnownServer, Unsuitable } from "./define-provider.js";

const REFUSAL: Unsuitable = {
  code: "ERR_OAUTH_GITHUB",
  message:
    "GitHub cannot be the authorization server: its tokens are opaque, have no audience and do not " +
    "expire, and it publishes no metadata for clients. Use an authorization server that signs users in " +
    "with GitHub (Auth0, Keycloak, WorkOS, the embedded authorization server).",
};

/** GitHub has no preset: its tokens cannot be bound to this server. */
export const githubServer = {
  id: "github",
  label: "GitHub",
  issuerPattern: /^https:\/\/(?:[^/]+\.)?github\.com(?:\/|$)/,
  hint: {
    detail: "GitHub's tokens are opaque, have no audience and do not expire.",
    fix: "Use an authorization server that signs users in with GitHub.",
  },
  unverified: [],
  refusal: REFUSAL,
  unsuitable: ({ hostname }) =>
    hostname === "github.com" || hostname.endsWith(".github.com") ? REFUSAL : undefined,
} satisfies KnownServer & { refusal: Unsuitable };
