import type { KnownServer, Unsuitable } from "./define-provider.js";

const REFUSAL: Unsuitable = {
  code: "ERR_OAUTH_GITHUB",
  message:
    "GitHub is no authorization server for others: its tokens are opaque, name no audience and " +
    "do not expire, and it publishes no metadata for clients to find. Put one in between that " +
    "signs users in with GitHub (Auth0, Keycloak, WorkOS, the embedded authorization server).",
};

/** GitHub has no preset: its tokens cannot be bound to this server. */
export const githubServer = {
  id: "github",
  label: "GitHub",
  issuerPattern: /^https:\/\/(?:[^/]+\.)?github\.com(?:\/|$)/,
  hint: {
    detail: "GitHub's tokens are opaque, have no audience and do not expire.",
    fix: "Put an authorization server in front that signs users in through GitHub.",
  },
  unverified: [],
  refusal: REFUSAL,
  unsuitable: ({ hostname }) =>
    hostname === "github.com" || hostname.endsWith(".github.com") ? REFUSAL : undefined,
} satisfies KnownServer & { refusal: Unsuitable };
