import { anotherWay, documented, met, section, type SourceDocument } from "./demand.js";

/** The guide from API keys to OAuth 2.1 (Python). */
export const implementationGuide: SourceDocument = {
  title: "The implementation guide",
  introduction: "From API keys to OAuth 2.1, in phases.",
  demands: [
    ...section(
      "Phase 1: setup",
      anotherWay(
        "Modules named config, token validator, resource server, key client, middleware, errors.",
        "The folders of src/ have the same subjects under the names of their RFCs.",
      ),
      documented(
        "Dependencies are named.",
        "docs/explanation/dependencies.md",
        "Each with its reason; a test compares the page with the lock file.",
      ),
    ),
    ...section(
      "Phase 2: validation",
      met(
        "Issuer, audience and key set are enough as variables.",
        "An audience that is one https URL is the resource, too.",
        "test/unit/options/environment/options-from-env.test.ts",
        "a resource that the audience names",
      ),
      met(
        "A JWT's structure is checked.",
        "One strict parser.",
        "test/unit/validators/jwt-validator.test.ts",
        "refuses encrypted, broken and large tokens",
      ),
      met(
        "Signatures are verified by the key set.",
        "With the issuer's keys only.",
        "test/unit/validators/jwt-validator.test.ts",
        "refuses a token signed by another key",
      ),
      met(
        "Issuer, audience, expiry and issue time are checked.",
        "Claims over plain data and a time.",
        "test/unit/validators/claims.test.ts",
        "counts exp, nbf and iat with the tolerance",
      ),
      met(
        "Custom claims can be checked.",
        "`equals`, `requireSubject`, and the function `enrich`.",
        "test/unit/validators/claims.test.ts",
        "wants claims that must have a value to have exactly it",
      ),
      met(
        "Key sets are cached for a time.",
        "`jwksTtlSeconds`.",
        "test/unit/keys/remote-jwks.test.ts",
        "fetches anew in the background before their time is over",
      ),
      met(
        "Keys rotate.",
        "An unknown `kid` causes one fetch for all.",
        "test/integration/provider.test.ts",
        "of a key that has just come into the set is taken",
      ),
      met(
        "Opaque tokens are introspected, and answers cached.",
        "`cacheSeconds`.",
        "test/integration/tokens.test.ts",
        "asks once for 1,000 concurrent requests",
      ),
      met(
        "A failing introspection endpoint is handled.",
        "503 with `Retry-After`, and it heals.",
        "test/integration/faults.test.ts",
        "is 503, a bounded number of calls, and heals",
      ),
      met(
        "A middleware puts the authentication where handlers find it.",
        "`getAccessToken()` in every tool.",
        "test/integration/session-isolation.test.ts",
        "answers each of many callers with its own identity, with colliding ids in flight",
      ),
    ),
    ...section(
      "Phase 3: security",
      met(
        "Tokens for other servers are refused.",
        "Strict audience.",
        "test/integration/provider.test.ts",
        "for another resource",
      ),
      met(
        "DPoP.",
        "All checks of RFC 9449 §4.3.",
        "test/integration/sender-constrained.test.ts",
        "opens the door with its proof",
      ),
      met(
        "A proof cannot be replayed.",
        "Each proof counts once, over all processes.",
        "test/integration/several-processes.test.ts",
        "of two hundred uses of one proof at once, one gets through",
      ),
      met(
        "Scopes for reading and writing, for each endpoint.",
        "`scopes.operations`, `tools`, `resources` and `prompts`.",
        "test/integration/authorization.test.ts",
        "lists show what the token may use",
      ),
      met(
        "Snippet: 401 and 403 with errors of OAuth.",
        "In the challenge.",
        "test/conformance/documents/snippets.test.ts",
        "answers 401 and 403 with the errors of OAuth",
      ),
      anotherWay(
        "The description tells why a token is refused (`Token expired`).",
        "The client gets one fixed text for every cause; the reason is in the operator's log.",
      ),
    ),
    ...section(
      "Phase 4: integration",
      met(
        "The middleware replaces the old wrapper.",
        "One option on the transport.",
        "test/integration/install.test.ts",
        "is guarded by the provider of the whole server, where it has none of its own",
      ),
      met(
        "Health checks.",
        "`GET /health/oauth`.",
        "test/integration/health.test.ts",
        "says that tokens can be judged, having made sure of the keys",
      ),
      met(
        "`/.well-known/oauth-authorization-server`.",
        "The authorization server's own document, mirrored.",
        "test/integration/provider.test.ts",
        "of the authorization server is mirrored for clients of 2025-03-26, and can be off",
      ),
      met(
        "`/.well-known/resource-server`.",
        "`metadata.aliases`.",
        "test/integration/metadata-page.test.ts",
        "lists the paths at which the document is served",
      ),
      met(
        "That path is a variable.",
        "`OAUTH_METADATA_ALIASES`.",
        "test/integration/metadata-page.test.ts",
        "serves the document at the path that OAUTH_METADATA_ALIASES names",
      ),
    ),
    ...section(
      "Phase 5: migration",
      met(
        "Snippet: AUTH_MODE is oauth, api_key or both.",
        "`AUTH_MODE` and `authMode`.",
        "test/conformance/documents/snippets.test.ts",
        "accepts API keys and tokens while AUTH_MODE is both, and one kind with the others",
      ),
      documented(
        "Steps for clients, from both to OAuth alone.",
        "docs/guides/api-key-migration.md",
        "Accept both, announce, watch, switch off.",
      ),
      met(
        "A variable turns on warnings about API keys.",
        "`API_KEY_DEPRECATION_WARNING`: a line in the log for each key and hour, and `Deprecation`.",
        "test/integration/api-keys.test.ts",
        "is turned on by API_KEY_DEPRECATION_WARNING, and names the announced end",
      ),
      met(
        "Clients learn that keys end.",
        "`Deprecation`, `Sunset` and `Link` with each answer.",
        "test/integration/api-keys.test.ts",
        "work on SSE, with the SDK's client, on every answer",
      ),
    ),
    ...section(
      "Phase 6: tests",
      met(
        "Expiry.",
        "With and without a cached decision.",
        "test/integration/provider.test.ts",
        "that was good is refused once it has expired, cached or not",
      ),
      met(
        "Audience.",
        "As a string and as a list.",
        "test/unit/validators/claims.test.ts",
        "wants the resource in aud, as text or in a list",
      ),
      met(
        "Scopes.",
        "Against a naive evaluator, with random policies.",
        "test/unit/policy/policy-fuzz.test.ts",
        "allows exactly what a naive evaluator allows",
      ),
      met(
        "Rotation of key sets.",
        "A key that appears, for 1,000 callers.",
        "test/integration/remote-keys.test.ts",
        "gives a rotated-in key to 1,000 callers with one fetch",
      ),
    ),
    ...section(
      "Phase 7: documentation",
      met(
        "CLAUDE.md has the variables.",
        "The section is generated from the rows of the options.",
        "test/unit/options/environment/documents.test.ts",
        "CLAUDE.md",
      ),
      met(
        "Clients learn to get tokens, send requests and refresh.",
        "The code of the page runs against the embedded authorization server.",
        "test/integration/clients-page.test.ts",
        "goes from 401 to a list of tools, and refreshes when the token expires",
      ),
      met(
        "The same with curl.",
        "The commands of the page run as they are.",
        "test/integration/clients-page.test.ts",
        "goes from 401 to a list of tools, and refreshes",
      ),
      documented("Clients learn to handle errors.", "docs/guides/clients.md", "Every error."),
    ),
    ...section(
      "Phase 8: monitoring",
      met(
        "Success, failure, latency and cache hits are measured.",
        "Metrics of OpenTelemetry.",
        "test/integration/observability.test.ts",
        "tell Prometheus how requests were decided, and what that leaned on",
      ),
      met(
        "Progress of the migration is visible.",
        "Each event and metric has the scheme of the credential.",
        "test/integration/observability.test.ts",
        "tell of introspection, API keys, and a store that is away",
      ),
      met(
        "Logs are structured.",
        "`jsonLinesAudit`.",
        "test/unit/telemetry/audit.test.ts",
        "go to a file that others cannot read, one event a line",
      ),
    ),
    ...section(
      "Security considerations and pitfalls",
      met(
        "Cached decisions do not outlive a revocation for long.",
        "60 seconds for introspection; `provider.revoke()` at once.",
        "test/integration/introspection-oidc-provider.test.ts",
        "[intro-cache] notices a revocation when the time to live is over",
      ),
      met(
        "An outage of the authorization server does not stop everything.",
        "The last good keys stay in use.",
        "test/integration/provider.test.ts",
        "is not noticed by good tokens once its keys are known",
      ),
      met(
        "Errors help to debug.",
        "A reason in the log, and `mcp-oauth explain`.",
        "test/integration/cli/explain.test.ts",
        "puts the first thing that is wrong on top, with its cause and cure",
      ),
    ),
  ],
};
