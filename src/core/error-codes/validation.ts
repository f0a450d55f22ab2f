import type { ErrorCodeSection } from "./row.js";

/** How tokens are validated: `validation`, `introspection`, `issuers`, presets. */
export const VALIDATION = {
  title: "Token validation",
  codes: {
    ERR_OAUTH_AUDIENCE: {
      meaning:
        "The audience is empty or a wildcard, so tokens for other services would be accepted.",
      cure: "Name the audience, or omit the option to require `resource`.",
    },
    ERR_OAUTH_JWKS_URI: {
      meaning: "`jwksUri` is not an absolute URL.",
      cure: "Set the URL of the key set, or omit it to discover the key set.",
    },
    ERR_OAUTH_HTTP_JWKS: {
      meaning: "`jwksUri` uses http on a host other than localhost, or on localhost in production.",
      cure: "Set the https URL of the key set. For a sidecar, set `dangerouslyAllowLoopbackHttp`.",
    },
    ERR_OAUTH_PUBLIC_KEY: {
      meaning: "`publicKey` is not a usable public key.",
      cure: "Pass a public key as PEM, JWK or JWK Set.",
    },
    ERR_OAUTH_SECRET_TOO_SHORT: {
      meaning: "The HMAC secret is too short for its algorithm (RFC 7518 §3.2).",
      cure: "Generate a longer one: `openssl rand -base64 48`.",
    },
    ERR_OAUTH_SECRET_TYPE: {
      meaning: "The HMAC secret is an asymmetric key.",
      cure: "Pass a secret, or configure the key as `publicKey`.",
    },
    ERR_OAUTH_SECRET_ALGORITHM: {
      meaning: "An algorithm does not fit an HMAC secret.",
      cure: "Allow HS256, HS384 or HS512 only, or configure public keys.",
    },
    ERR_OAUTH_HMAC_WITH_KEY_SET: {
      meaning:
        "HMAC algorithms are allowed without a secret. They are never checked against a key set.",
      cure: "Remove them from `algorithms`, or set `secret`.",
    },
    ERR_OAUTH_ISSUER_TWICE: {
      meaning: "`validation` has two entries for one issuer.",
      cure: "Keep one. An entry without `issuer` is for `authorizationServers[0]`.",
    },
    ERR_OAUTH_OPAQUE_TWICE: {
      meaning: "`validation` has several entries for opaque tokens.",
      cure: 'Keep one. Use `"jwt"` or `"hybrid"` for issuers that sign JWTs.',
    },
    ERR_OAUTH_STATIC_TWICE: {
      meaning: "`validation` has several entries of type `static`.",
      cure: "Put all tokens into one entry.",
    },
    ERR_OAUTH_STATIC_TOKENS_EMPTY: {
      meaning: "`validation.tokens` is empty, so every request would be refused.",
      cure: "Add at least one token.",
    },
    ERR_OAUTH_STATIC_TOKENS_IN_PRODUCTION: {
      meaning: "Static tokens are configured and `NODE_ENV` is `production`.",
      cure: "Use an authorization server, or set `dangerouslyAllowInProduction: true`.",
    },
    ERR_OAUTH_STATIC_TOKEN_FORM: {
      meaning: "A static token is too short or has characters that a header cannot carry.",
      cure: "Generate one with `openssl rand -hex 32`.",
    },
    ERR_OAUTH_STATIC_TOKEN_MEMBERS: {
      meaning: "A static token lacks `clientId` or `scopes`, or has a wrong `expiresAt`.",
      cure: "Set `clientId` (text) and `scopes` (list). `expiresAt` is in seconds since the epoch.",
    },
    ERR_OAUTH_INTROSPECTION_MISSING: {
      meaning: "The type of validation needs `introspection`, but it is not set.",
      cure: "Set `introspection` to `{ clientId, clientSecret }` of a client that may introspect.",
    },
    ERR_OAUTH_INTROSPECTION_CREDENTIALS: {
      meaning: "`introspection` lacks a member that its `authMethod` needs.",
      cure: "Set the member that the message names, or choose another `authMethod`.",
    },
    ERR_OAUTH_INTROSPECTION_ENDPOINT: {
      meaning: "`introspection.endpoint` is not an absolute URL.",
      cure: "Set the URL of the endpoint, or omit it to discover the endpoint.",
    },
    ERR_OAUTH_HTTP_INTROSPECTION: {
      meaning:
        "`introspection.endpoint` uses http on a host other than localhost, or on localhost in production.",
      cure: "Set the https URL of the endpoint. For a sidecar, set `dangerouslyAllowLoopbackHttp`.",
    },
    ERR_OAUTH_TENANT_ISSUER: {
      meaning:
        "Your `issuers` function returned options for an issuer other than the requested one.",
      cure: "Return options for the requested issuer, or omit `issuer`.",
    },
    ERR_OAUTH_TENANT_OPTIONS: {
      meaning: "Your `issuers` function returned options that are not valid.",
      cure: "Correct the member that the message names.",
    },
    ERR_OAUTH_PRESET: {
      meaning: "A preset was called with a wrong or missing option.",
      cure: "Use a value as in the example of the message, or see the [provider's page](../providers/README.md).",
    },
    ERR_OAUTH_CLERK_AUDIENCE: {
      meaning: "Tokens of Clerk have no audience, and no other check is configured.",
      cure: "Set `clientIds` or `audience`; see [Clerk](../providers/clerk.md).",
    },
    ERR_OAUTH_ENTRA_TENANT: {
      meaning: "`common`, `organizations`, `consumers` or a domain is not an Entra issuer.",
      cure: "Use the tenant's id, or `entraMultiTenant`; see [Entra](../providers/entra.md).",
    },
    ERR_OAUTH_GITHUB: {
      meaning:
        "GitHub cannot be the authorization server: its tokens are opaque and have no audience.",
      cure: "Use an authorization server that signs users in with GitHub.",
    },
    ERR_OAUTH_GOOGLE_OPAQUE: {
      meaning: "Google's access tokens are opaque and cannot be introspected.",
      cure: "Use the preset `google({ clientIds })`; see [Google](../providers/google.md).",
    },
    ERR_OAUTH_OKTA_ORG_SERVER: {
      meaning: "Tokens of Okta's org authorization server are for Okta's own API only.",
      cure: "Use a custom authorization server; see [Okta](../providers/okta.md).",
    },
  },
} as const satisfies ErrorCodeSection;
