import { anotherWay, documented, met, section, type SourceDocument } from "./demand.js";

/** The quickstart about compliance and hardening (Python, Cloud Run). */
export const hardeningQuickstart: SourceDocument = {
  title: "The hardening quickstart",
  introduction: "Deployments on Cloud Run with secrets, several providers, limits and checklists.",
  demands: [
    ...section(
      "Quick start",
      met(
        "Snippet: static tokens with a required scope, for development.",
        '`validation: { type: "static" }`.',
        "test/conformance/documents/snippets.test.ts",
        "takes static tokens with a required scope in development, and stops in production",
      ),
      met(
        "Static tokens do not work in production.",
        "The server does not start with them.",
        "test/unit/validators/static-validator.test.ts",
        "does not start with NODE_ENV=%s",
      ),
      met(
        "Authentication can be left out, by a dangerous name.",
        "`enabled: false` with `dangerouslyOmitAuth: true`; without it, in development only.",
        "test/unit/options/rules/enabled.test.ts",
        "starts with dangerouslyOmitAuth and NODE_ENV=%j, and is logged",
      ),
      met(
        "Static tokens come from the environment.",
        "`OAUTH_TOKEN_TYPE=static` and `OAUTH_STATIC_TOKENS`, in development only.",
        "test/unit/options/environment/options-from-env.test.ts",
        "is a server with tokens for development in production",
      ),
    ),
    ...section(
      "Scenario 1: Google",
      met(
        "Google's identity tokens are accepted.",
        "`google({ identityTokens })`: audience, issuer, verified e-mail, and a list of service accounts.",
        "test/unit/providers/recorded-providers.ts",
        "google, identity tokens",
      ),
      met(
        "Issuer, audience and key set come from Secret Manager.",
        "`fromEnv(await resolveEnvironment())`.",
        "test/unit/options/resolve-environment.test.ts",
        "are issuer, audience and key set, as stored with echo",
      ),
      documented(
        "A recipe for Cloud Run with Secret Manager.",
        "docs/recipes/cloud-run.md",
        "A test starts a provider with its variables.",
      ),
      met(
        "Algorithm and required scopes are variables.",
        "`OAUTH_ALGORITHMS`, `OAUTH_REQUIRED_SCOPES`.",
        "test/conformance/documents/snippets.test.ts",
        "is configured by variables for JWTs with a required scope",
      ),
      met(
        "Secrets come from Google Secret Manager.",
        "`gcp-secret-manager:` in a variable.",
        "test/unit/secrets/resolve-secret.test.ts",
        "fetches from Google once per five minutes, for all callers",
      ),
      anotherWay(
        "Cloud Run checks the caller as well (`--no-allow-unauthenticated`).",
        "Cloud Run's own check takes the `Authorization` header, in which MCP clients send the token for this server.",
      ),
    ),
    ...section(
      "Scenario 2: Microsoft Entra ID",
      met(
        "Tokens of one tenant, for an application id URI.",
        "The preset `entra()`.",
        "test/unit/providers/presets.test.ts",
        "for Entra advertises scopes with the application in front, and checks them without",
      ),
      documented(
        "Steps in the console.",
        "docs/providers/entra.md",
        "The server is started with the environment of the page.",
      ),
    ),
    ...section(
      "Scenario 3: introspection",
      met(
        "Snippet: introspection by variables, with required scopes.",
        "`OAUTH_TOKEN_TYPE=introspection`.",
        "test/conformance/documents/snippets.test.ts",
        "is configured by variables for introspection",
      ),
      documented("Okta.", "docs/providers/okta.md", "Console steps and mistakes."),
      anotherWay(
        "Auth0 is introspected.",
        "Auth0 issues JWTs for an API, so the preset verifies those.",
      ),
      met(
        "The timeout of introspection is a variable.",
        "`OAUTH_INTROSPECTION_TIMEOUT`.",
        "test/unit/options/environment/options-from-env.test.ts",
        "times of introspection and proofs",
      ),
    ),
    ...section(
      "Scenario 4: HMAC between services",
      met(
        "Snippet: the test token of PyJWT is accepted.",
        "`OAUTH_JWT_SECRET`, and `OAUTH_ALLOW_JWT_TYP` because PyJWT writes `typ: JWT`.",
        "test/conformance/documents/snippets.test.ts",
        "takes the HMAC token that PyJWT makes, between services",
      ),
      met(
        "The key has at least the length of the hash.",
        "Checked at start; the message says how long it is, never what.",
        "test/unit/keys/static-keys.test.ts",
        "says how long the secret is, never what",
      ),
      documented(
        "A recipe on one page.",
        "docs/recipes/hmac.md",
        "A test sends the token of its script.",
      ),
    ),
    ...section(
      "Scenario 5: a tunnel to this machine",
      documented(
        "A recipe for a local tunnel.",
        "docs/recipes/tunnel.md",
        "A test starts a provider with its variables.",
      ),
    ),
    ...section(
      "Configuration reference",
      anotherWay("`ENVIRONMENT` says where it runs.", "`NODE_ENV` does, as everywhere in Node.js."),
      met(
        "The kind of token is a variable.",
        "`OAUTH_TOKEN_TYPE`.",
        "test/conformance/documents/snippets.test.ts",
        "is configured by variables for introspection",
      ),
      anotherWay(
        "One backend for secrets, and the project's id.",
        "Each variable says by its prefix where its secret is, and the reference holds the project.",
      ),
      met(
        "Key set, public key, issuer, audience, algorithm, scopes and clock skew are variables.",
        "Each has one.",
        "test/unit/options/environment/options-from-env.test.ts",
        "reads every variable of the table somewhere",
      ),
      met(
        "The clock skew is 120 seconds at most.",
        "`OAUTH_CLOCK_TOLERANCE`.",
        "test/unit/options/environment/options-from-env.test.ts",
        "a number too large",
      ),
      met(
        "The lifetime of key sets is a variable.",
        "`OAUTH_JWKS_TTL`.",
        "test/unit/options/environment/options-from-env.test.ts",
        "times and limits",
      ),
      met(
        "Endpoint, client id and secret of introspection are variables.",
        "Each has one.",
        "test/conformance/documents/snippets.test.ts",
        "is configured by variables for introspection",
      ),
      met(
        "The window of the rate limit and its switch are variables.",
        "`OAUTH_RATE_LIMIT_WINDOW`; `OAUTH_RATE_LIMIT=off`.",
        "test/unit/options/environment/options-from-env.test.ts",
        "no limits",
      ),
      met(
        "Ten failures a minute.",
        "The default of `rateLimit`, for credentials that cost calls or can be guessed.",
        "test/integration/limits.test.ts",
        "get 401 while they are evaluated, then 429 with Retry-After",
      ),
      met(
        "Secrets are read again after five minutes.",
        "`OAUTH_SECRET_TTL`; Google is asked every five minutes.",
        "test/unit/options/environment/rotation.test.ts",
        "is fetched again after OAUTH_SECRET_TTL, also without a token signed by a new secret",
      ),
      met(
        "A variable that is ignored is noticed.",
        "A misspelt name stops the server; for any other unknown `OAUTH_` name the log names the nearest variable.",
        "test/unit/options/environment/options-from-env.test.ts",
        "has a line in the log for a name that may be another program's: %s",
      ),
    ),
    ...section(
      "Troubleshooting",
      met(
        "HMAC with a key set stops the server at start.",
        "The message names `OAUTH_ALGORITHMS`.",
        "test/conformance/documents/snippets.test.ts",
        "does not start with HMAC and a key set, nor with a short secret",
      ),
      met(
        "A public key as an HMAC secret stops the server at start.",
        "PEM text is refused.",
        "test/unit/keys/static-keys.test.ts",
        "refuses PEM text, which others may know",
      ),
      anotherWay(
        "A key set on localhost is refused in production.",
        "Loopback stays allowed: a sidecar is a common way to reach an authorization server, and traffic does not leave the machine.",
      ),
      met(
        "Good tokens are not refused for the failures of others.",
        "JWTs that known keys can decide about, and credentials that were accepted before, are never limited. Behind an address over its budget, a new token that has to be introspected shares a slow lane.",
        "test/integration/limits.test.ts",
        "gets one for every JWT that known keys decide about",
      ),
      met(
        "A denied secret says which permission to grant.",
        "At start with the command; later the cause of the refusal names the role.",
        "test/unit/options/resolve-environment.test.ts",
        "that may not be read are an error with the command that grants access",
      ),
      met(
        "A signature that does not verify can be found out.",
        "`mcp-oauth explain`.",
        "test/integration/cli/explain.test.ts",
        "puts the first thing that is wrong on top, with its cause and cure",
      ),
    ),
    ...section(
      "Security checklist",
      documented(
        "Sixteen points before production.",
        "docs/guides/security-checklist.md",
        "Each with the option or command that satisfies it.",
      ),
      met(
        "Endpoints outside are called by https.",
        "Plain http is accepted for localhost only.",
        "test/unit/options/options.test.ts",
        "an http issuer",
      ),
      met(
        "No secret is in the history of git.",
        "`create` and `init` put `.env` into `.gitignore`.",
        "test/unit/cli/scaffold/templates.test.ts",
        "has what every project needs",
      ),
      documented(
        "Monitoring of 401 and 429.",
        "docs/guides/observability.md",
        "Metrics by reason, and a dashboard.",
      ),
    ),
    ...section(
      "Performance tuning",
      met(
        "The lifetime of key sets is configurable.",
        "`jwksTtlSeconds`.",
        "test/unit/keys/remote-jwks.test.ts",
        "asks at most ten times a minute however short their time",
      ),
      met(
        "Rotated secrets are noticed without a restart.",
        "The source is read again.",
        "test/unit/secrets/cached-secret.test.ts",
        "is replaced without a restart",
      ),
    ),
  ],
};
