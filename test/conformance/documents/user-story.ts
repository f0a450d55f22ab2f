import { anotherWay, documented, met, section, type SourceDocument } from "./demand.js";

/** The user story for mcp-framework. */
export const userStory: SourceDocument = {
  title: "The user story",
  introduction: "OAuth 2.1 for mcp-framework, by MCP 2025-06-18.",
  demands: [
    ...section(
      "1 Authorization provider",
      met(
        "`OAuthAuthProvider` implements the framework's `AuthProvider`.",
        "Also called bare, without the guard.",
        "test/integration/provider.test.ts",
        "validates the token by itself and gives the claims, without the token",
      ),
      met(
        "PKCE.",
        "The client and the authorization server do it; `doctor` checks that S256 is advertised.",
        "test/unit/discovery/authorization-server-findings.test.ts",
        "finds nothing wrong with a server that has all MCP clients need",
      ),
      met(
        "Tokens come in `Authorization: Bearer`.",
        "In any case of letters.",
        "test/unit/credentials/credential.test.ts",
        "takes the scheme in any case, with one or more spaces",
      ),
      met(
        "The audience is validated (RFC 8707).",
        "`aud` must contain `resource`.",
        "test/integration/provider.test.ts",
        "for another resource",
      ),
      met(
        "401 with `WWW-Authenticate` for missing and invalid tokens.",
        "On every transport.",
        "test/integration/guard.test.ts",
        "is refused inside a session, too",
      ),
      met(
        "Tokens in query strings are never accepted.",
        "Also beside a header.",
        "test/integration/guard.test.ts",
        "is refused when the token is in the query",
      ),
    ),
    ...section(
      "2 Protected resource metadata",
      met(
        "The well-known endpoint, public, as JSON.",
        "At the root and at the path of RFC 9728 §3.1.",
        "test/integration/provider.test.ts",
        "is public at both URLs, by GET, HEAD and OPTIONS, with any query",
      ),
      met(
        "`authorization_servers` and `resource`.",
        "From the options of the same names.",
        "test/integration/metadata-page.test.ts",
        "shows the document that the server publishes",
      ),
    ),
    ...section(
      "3 Challenge",
      met(
        'error="invalid_token" for expired and malformed tokens.',
        "And no error where there was no token.",
        "test/unit/credentials/challenge.test.ts",
        "names no error when there was no credential",
      ),
      met(
        'error="insufficient_scope" for missing scopes.',
        "With every scope that the operation needs.",
        "test/unit/credentials/challenge.test.ts",
        "names the scopes that are needed, not those of a first visit",
      ),
      anotherWay(
        "The challenge has a parameter `resource`.",
        "It has `resource_metadata` (RFC 9728 §5.1): no specification defines `resource` here, and no client reads it.",
      ),
    ),
    ...section(
      "4 Authorization servers",
      met(
        "One or more authorization servers.",
        "`authorizationServers`.",
        "test/integration/tokens.test.ts",
        "holds each issuer to its own audience and keys",
      ),
      met(
        "Their metadata is checked (RFC 8414).",
        "`verifyAtStart`.",
        "test/integration/provider.test.ts",
        "reports the problem and still starts",
      ),
      met(
        "Custom introspection endpoints.",
        "`introspection.endpoint`.",
        "test/integration/tokens.test.ts",
        "takes the built-in provider's introspection options unchanged",
      ),
      met(
        "Local and remote validation.",
        "`jwt`, `introspection` and `hybrid`.",
        "test/integration/tokens.test.ts",
        "accepts a JWT that is good and not revoked",
      ),
    ),
    ...section(
      "5 Dynamic client registration",
      met(
        "How to configure it, with examples for Auth0, Okta and Cognito.",
        "The page of each provider says how clients register.",
        "test/unit/providers/pages.test.ts",
        "has the common shape: %s",
      ),
      met(
        "The metadata says whether it is available.",
        "The mirrored document; `doctor` checks it.",
        "test/integration/cli/doctor-broken-servers.test.ts",
        "has a row here for every problem it can report",
      ),
    ),
    ...section(
      "6 Token validation",
      met(
        "Signature.",
        "With the issuer's keys only.",
        "test/unit/validators/jwt-validator.test.ts",
        "refuses a token signed by another key",
      ),
      met(
        "Expiry, audience, issuer and not-before.",
        "With the tolerance for clocks.",
        "test/unit/validators/claims.test.ts",
        "counts exp, nbf and iat with the tolerance",
      ),
      met(
        "Symmetric and asymmetric algorithms.",
        "Fourteen of them, never of both kinds at once.",
        "test/unit/validators/jwt-validator.test.ts",
        "refuses a key of another family",
      ),
      met(
        "Key sets are cached.",
        "One fetch for all callers.",
        "test/unit/keys/remote-jwks.test.ts",
        "fetches once for any number of concurrent callers",
      ),
    ),
    ...section(
      "7 Configuration",
      met(
        'Snippet as printed, with `type: "jwt"`.',
        "JWTs are verified locally, other tokens are introspected.",
        "test/conformance/documents/snippets.test.ts",
        "runs the configuration of its section 7 as printed, with type %s",
      ),
      met(
        'Snippet as printed, with `type: "introspection"`.',
        "Every token is introspected; `jwksUri` is not used, and the log says so.",
        "test/conformance/documents/snippets.test.ts",
        "runs the configuration of its section 7 as printed, with type %s",
      ),
      met(
        "`clientSecret: process.env.CLIENT_SECRET` compiles, and a missing variable is named.",
        "The error names the option and says that it is present but undefined.",
        "test/conformance/documents/snippets.test.ts",
        "names the secret of its section 7 when the variable is not set",
      ),
      met(
        "The options of the framework's own provider work.",
        "Every combination of its own tests and docs, with at least its verdict.",
        "test/integration/built-in-options.test.ts",
        "are taken as they are: $type, jwksUri $jwksUri, $algorithms, $introspection, $headerName, $servers",
      ),
    ),
    ...section(
      "8 Transports",
      met(
        "HTTP Stream and SSE.",
        "The same guard in front of both.",
        "test/integration/provider.test.ts",
        "issued for this resource is accepted on every transport",
      ),
      met(
        "CORS headers for OAuth.",
        "Challenge and session id are exposed; preflights need no token.",
        "test/integration/guard.test.ts",
        "sends a preflight, which is answered without a token",
      ),
      met(
        "Batch and stream responses.",
        "Every test of sessions runs on both.",
        "test/conformance/documents/snippets.test.ts",
        "validates JWTs with the options of its section 7 on %s",
      ),
    ),
    ...section(
      "9 Documentation",
      documented(
        "A setup guide in the README.",
        "README.md",
        "From the first snippet to the links.",
      ),
      documented("Every option.", "docs/reference/options.md", "Generated from the sources."),
      documented("Auth0.", "docs/providers/auth0.md", "Console, options, mistakes."),
      documented("Okta.", "docs/providers/okta.md", "Console, options, mistakes."),
      documented("AWS Cognito.", "docs/providers/cognito.md", "Console, options, mistakes."),
      documented(
        "The metadata document.",
        "docs/reference/metadata.md",
        "Member by member, compared with a server.",
      ),
      documented(
        "Security.",
        "docs/guides/security-checklist.md",
        "And the threat model with the test of each defence.",
      ),
      documented(
        "JWT or introspection.",
        "docs/guides/tokens.md",
        "A table of tokens and kinds of validation.",
      ),
      documented("CLAUDE.md.", "CLAUDE.md", "Rules, and the way to the architecture page."),
    ),
    ...section(
      "10 Tests",
      met(
        "Validation, metadata, challenges, audience, expiry, missing and malformed tokens.",
        "Each requirement of the catalogue has a test.",
        "test/conformance/requirement-ids.test.ts",
        "has a test for every id but the unproven ones",
      ),
      met(
        "Integration with an authorization server.",
        "A real oidc-provider.",
        "test/integration/tokens.test.ts",
        "accepts an opaque token at a discovered endpoint",
      ),
    ),
    ...section(
      "11 Command line",
      met(
        "`mcp create` has a template for OAuth.",
        "`init` fixes the output of `mcp create --oauth`; `mcp-oauth create` has templates.",
        "test/scaffold/init.ts",
        "fixes the output of mcp create --oauth: it compiles, and goes from 401 to 200",
      ),
      met(
        "A scaffold of the configuration.",
        "Seven templates, each with tests.",
        "test/scaffold/templates.ts",
        "the template jwt",
      ),
      met(
        "`.env.example` with the variables.",
        "Generated from one table.",
        "test/unit/options/environment/documents.test.ts",
        "the table of variables is what is documented",
      ),
    ),
    ...section(
      "Technical notes",
      anotherWay(
        "`jsonwebtoken` validates JWTs.",
        "node:crypto does, after a stricter parser; the tests compare every verdict with jsonwebtoken's.",
      ),
      met(
        "`jwks-rsa` reads key sets.",
        "With our own cache, limits and fetch.",
        "test/unit/docs/dependencies.test.ts",
        "names every direct one with its version and a reason",
      ),
      anotherWay(
        "The sources have the folders of the drawing.",
        "They are a package of their own, with the drawing of the architecture page.",
      ),
      met(
        "Limits on the metadata endpoint.",
        "600 a minute for each address.",
        "test/integration/limits.test.ts",
        "are limited per address, generously",
      ),
      met(
        "Good tokens are remembered for a short time.",
        "Five minutes, never past `exp`.",
        "test/unit/validators/remembered/token-cache.test.ts",
        "remembers five minutes by default",
      ),
      met(
        "Existing providers of the framework go on working.",
        "Beside OAuth, by `apiKeys.provider`.",
        "test/integration/api-keys.test.ts",
        "the framework's own providers as the fallback",
      ),
      met(
        "An example that was tested.",
        "`npm run demo`.",
        "test/integration/demo.test.ts",
        "lets the real client in on both transports and refuses every other request",
      ),
    ),
  ],
};
