import { anotherWay, documented, met, section, type SourceDocument } from "./demand.js";

/** The guide to OAuth 2.1 of Fast MCP (Ruby). */
export const fastMcpGuide: SourceDocument = {
  title: "The configuration guide of Fast MCP",
  introduction: "OAuth 2.1 for servers in Ruby: tokens, scopes, metadata, health.",
  demands: [
    ...section(
      "Overview",
      met(
        "The MCP server is a resource server and issues no tokens.",
        "The authorization server is a separate entry point that the resource server never imports.",
        "test/unit/architecture.test.ts",
        "keeps the resource server free of what is built around it",
      ),
      met(
        "JWTs and opaque tokens are validated.",
        "`validation` and `introspection`, also both at once.",
        "test/integration/tokens.test.ts",
        "tells JWTs and opaque tokens apart, with a top-level introspection alone",
      ),
      met(
        "Tokens are bound to an audience.",
        "`aud` must contain `resource`.",
        "test/integration/provider.test.ts",
        "for another resource",
      ),
      met(
        "Operations need scopes.",
        "`scopes`: by method, tool, resource and prompt.",
        "test/integration/provider.test.ts",
        "that are missing make one byte-stable 403",
      ),
      met(
        "Errors are those of OAuth 2.1.",
        "The challenge of RFC 6750, in one order of parameters.",
        "test/unit/credentials/challenge.test.ts",
        "names error, scope, metadata, description in this order",
      ),
    ),
    ...section(
      "Security features",
      met(
        "HTTPS is required in production.",
        "`requireHttps` is on with NODE_ENV=production.",
        "test/integration/limits.test.ts",
        "is every one in production, unless it says otherwise",
      ),
      met(
        "Tokens in query strings do not count.",
        "One header, once.",
        "test/integration/guard.test.ts",
        "is refused when the token is in the query",
      ),
      met(
        "No token is in a log.",
        "Logs, events, errors and spans are searched for tokens.",
        "test/integration/secrets-scan.test.ts",
        "no token and no secret leaves the process sideways",
      ),
      met(
        "The tolerance for clocks is configurable.",
        "`clockToleranceSeconds`, 0–120.",
        "test/unit/validators/jwt-validator.test.ts",
        "allows for as much as configured",
      ),
      met(
        "Origins are validated.",
        "A foreign `Origin` gets 403 before anything else.",
        "test/integration/guard.test.ts",
        "of a foreign page is refused before anything else",
      ),
      met(
        "Limits on bad credentials.",
        "`rateLimit`, per address: they are evaluated slowly beyond the limit.",
        "test/integration/limits.test.ts",
        "get 401 while they are evaluated, then 429 with Retry-After",
      ),
      met(
        "Limits on good requests.",
        "`rateLimit.perPrincipal` and `perTool`, off by default, shared by processes through the store.",
        "test/integration/request-quota.test.ts",
        "get 429 with Retry-After beyond perPrincipal",
      ),
    ),
    ...section(
      "Quick start",
      met(
        "Snippet: a function of the application validates opaque tokens, beside scopes and metadata.",
        '`validation: { type: "custom" }` and `mcpScopes`.',
        "test/conformance/documents/snippets.test.ts",
        "lets a function of the application decide about opaque tokens, with scopes of its own",
      ),
      met(
        "Snippet: JWTs by issuer, audience and key set.",
        '`validation: { type: "jwt" }`.',
        "test/conformance/documents/snippets.test.ts",
        "takes JWTs by issuer, audience and key set, or by the issuer alone",
      ),
      met(
        "Snippet: an initializer that reads the environment.",
        "`OAuthAuthProvider.fromEnv()`.",
        "test/conformance/documents/snippets.test.ts",
        "reads issuer, audience, key set and origins from the environment",
      ),
      met(
        "A secret shared with the authorization server (HMAC).",
        "`secret`, with HS256, HS384 or HS512.",
        "test/integration/provider.test.ts",
        "is taken with HS256 where the author shares a secret with the issuer",
      ),
    ),
    ...section(
      "Configuration options",
      met(
        "OAuth can be switched off.",
        "`enabled: false` and `OAUTH_ENABLED=false`, in development.",
        "test/integration/open-server.test.ts",
        "lets every client list and call everything, and tools find no token",
      ),
      met(
        "HTTPS can be made optional.",
        "`requireHttps: false`.",
        "test/unit/gate/admission.test.ts",
        "does not mind when its resource is on loopback, or when it is switched off",
      ),
      met(
        "Localhost needs no HTTPS.",
        "A resource on loopback is exempt.",
        "test/unit/gate/admission.test.ts",
        "does not mind when its resource is on loopback, or when it is switched off",
      ),
      met(
        "Introspection with endpoint, client id and secret.",
        "The options of the framework's own provider work unchanged.",
        "test/integration/tokens.test.ts",
        "takes the built-in provider's introspection options unchanged",
      ),
      met(
        "A minute of clock skew by default.",
        "Default 60.",
        "test/unit/validators/jwt-validator.test.ts",
        "allows for a minute between the clocks",
      ),
      met(
        "The scopes for tools, resources and administration can be renamed.",
        "`mcpScopes({ tools, resources, admin })`.",
        "test/unit/policy/mcp-scopes.test.ts",
        "takes other names, also one for all",
      ),
      met(
        "Allowed origins.",
        "`allowedOrigins`.",
        "test/unit/gate/cors.test.ts",
        "a page may talk to the server",
      ),
      met(
        "CORS can be switched off.",
        "`cors: false` sends no headers; `Origin` is still checked.",
        "test/integration/transport-options.test.ts",
        "sends none to pages, in preflights or with metadata, and checks their origin: %s",
      ),
    ),
    ...section(
      "Environment variables",
      met(
        "Issuer, key set, secret, audience and introspection come from the environment.",
        "Each variable of the reference is read.",
        "test/unit/options/environment/options-from-env.test.ts",
        "reads every variable of the table somewhere",
      ),
      met(
        "HTTPS and origins come from the environment.",
        "`OAUTH_REQUIRE_HTTPS`, `OAUTH_ALLOWED_ORIGINS`.",
        "test/conformance/documents/snippets.test.ts",
        "reads issuer, audience, key set and origins from the environment",
      ),
      anotherWay(
        "The variables have the names `MCP_CLIENT_ID`, `JWT_HMAC_SECRET`, `REQUIRE_HTTPS` and so on.",
        "All variables start with `OAUTH_`, so that a misspelt one can be noticed.",
      ),
    ),
    ...section(
      "Token validation",
      met(
        "The issuer alone is enough: endpoints are discovered.",
        "RFC 8414 and OpenID Connect Discovery.",
        "test/integration/remote-keys.test.ts",
        "finds a key from the issuer alone",
      ),
      met(
        "A validator returns validity, scopes, subject, client and expiry.",
        "The result of `validate`.",
        "test/unit/validators/callback-validator.test.ts",
        "returns what the application knows",
      ),
      met(
        "Snippet: introspection at the authorization server.",
        '`validation: { type: "introspection" }`.',
        "test/conformance/documents/snippets.test.ts",
        "introspects opaque tokens with this server's own credentials",
      ),
    ),
    ...section(
      "Protected resource metadata",
      met(
        "The document is at the root's well-known path, without authentication.",
        "At the root and at the path of RFC 9728 §3.1.",
        "test/integration/provider.test.ts",
        "is public at both URLs, by GET, HEAD and OPTIONS, with any query",
      ),
      met(
        "It names the resource and every authorization server, as JSON.",
        "`resource` and `authorizationServers`.",
        "test/conformance/documents/snippets.test.ts",
        "publishes several authorization servers, and names the document in the challenge",
      ),
      met(
        "The challenge of a refused token names the document.",
        "`resource_metadata`.",
        "test/conformance/documents/snippets.test.ts",
        "publishes several authorization servers, and names the document in the challenge",
      ),
      met(
        "Only listed authorization servers are trusted.",
        "An issuer that is not listed is never called.",
        "test/integration/tokens.test.ts",
        "never contacts an issuer that is not listed",
      ),
      met(
        "A curl command shows the document.",
        "The page is compared with what the server publishes.",
        "test/integration/metadata-page.test.ts",
        "shows the document that the server publishes",
      ),
      met(
        "The document needs HTTPS in production.",
        "It follows `requireHttps`, which is on with NODE_ENV=production.",
        "test/integration/limits.test.ts",
        "publishes no metadata over plain HTTP: %s",
      ),
    ),
    ...section(
      "Scope management",
      met(
        "Scopes for tools, resources and administration, with descriptions.",
        "`mcpScopes()`.",
        "test/unit/policy/mcp-scopes.test.ts",
        "describes every scope",
      ),
      met(
        "Scopes of the application are defined with descriptions, and published.",
        "`descriptions` and `supported` add to the scopes of the rules.",
        "test/unit/policy/scope-policy.test.ts",
        "adds what classes ask for, what is described and listed, and leaves out what only implies",
      ),
      met(
        "A tool looks at the scopes and the subject of its caller.",
        "`requireScopes()` and `getAccessToken()`, never headers, which a client can write.",
        "test/conformance/documents/snippets.test.ts",
        "lets a tool ask for the scope that it needs",
      ),
    ),
    ...section(
      "Security best practices",
      documented(
        "A checklist for production.",
        "docs/guides/security-checklist.md",
        "Each point with the option or command for it.",
      ),
      documented(
        "Advice on secrets, audiences and expiry.",
        "docs/guides/tokens.md",
        "With the rules that the server enforces.",
      ),
      met(
        "Secrets rotate.",
        "The old secret stays valid for an overlap.",
        "test/integration/tokens.test.ts",
        "verifies with the new one and, for the overlap, with the one before",
      ),
      met(
        "Attempts, refusals and violations are recorded.",
        "`audit`: one event for each decision.",
        "test/integration/guard.test.ts",
        "has one event for each decision, and no token",
      ),
      met(
        "The audit goes to a file.",
        "`jsonLinesAudit(path)`.",
        "test/unit/telemetry/audit.test.ts",
        "go to a file that others cannot read, one event a line",
      ),
    ),
    ...section(
      "Troubleshooting",
      met(
        "Header and claims of a token can be read.",
        "`mcp-oauth explain`.",
        "test/integration/cli/explain.test.ts",
        "reads a token without a verdict when nothing is configured",
      ),
      met(
        "The application can decode a token.",
        "`decodeToken` reads header and claims, and verifies nothing.",
        "test/unit/jose/decode-token.test.ts",
        "reads header and claims with any signature",
      ),
      met(
        "The scope of each operation can be listed.",
        "`provider.requirements()` lists them, and `doctor --env` prints them with what each scope opens.",
        "test/integration/tool-rights.test.ts",
        "names the tools of the running server, and what a scope opens",
      ),
      met(
        "The scopes that a token lacks are named.",
        "`mcp-oauth explain`, and the challenge.",
        "test/integration/cli/explain.test.ts",
        "tells of scopes and keys that a good token still needs",
      ),
      met(
        "The key set can be tested.",
        "`mcp-oauth doctor --env`.",
        "test/integration/cli/doctor-configuration.test.ts",
        "finds a key set that is not there",
      ),
      met(
        "Key ids can be compared with the token's.",
        "`mcp-oauth explain` checks the signature and names the cause.",
        "test/unit/cli/explain/jwt-checks.test.ts",
        "name everything that is wrong, where the validator stops at the first",
      ),
      met(
        "HTTPS behind a proxy is found out.",
        "`X-Forwarded-Proto` of trusted proxies; the reason names a proxy that is not.",
        "test/integration/limits.test.ts",
        "does not trust a proxy that is not configured",
      ),
    ),
    ...section(
      "Health checks",
      met(
        "An endpoint says whether the key set can be reached.",
        "`GET /health/oauth`.",
        "test/integration/health.test.ts",
        "says that tokens can be judged, having made sure of the keys",
      ),
      anotherWay(
        "It publishes the issuer and the time.",
        "A public answer says no more than ok, degraded or unavailable; `provider.health()` has the rest.",
      ),
    ),
  ],
};
