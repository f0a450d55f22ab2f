import { anotherWay, documented, met, section, type SourceDocument } from "./demand.js";

const AS = "test/integration/authorization-server";
const FLOW = `${AS}/flow.test.ts`;
const TOKENS = `${AS}/tokens.test.ts`;
const PAGES = `${AS}/pages.test.ts`;
const METADATA = `${AS}/metadata.test.ts`;
const REFRESH = `${AS}/refresh.test.ts`;
const UPKEEP = `${AS}/upkeep.test.ts`;
const EMBEDDED = `${AS}/embedded.test.ts`;
const SNIPPETS = "test/conformance/documents/snippets.test.ts";
const GEM_SNIPPETS = "test/conformance/documents/gem-snippets.test.ts";
const GUIDE = "docs/guides/authorization-server.md";

export const mcpAuthGem: SourceDocument = {
  title: "The authorization server of the MCP Auth gem",
  introduction: "OAuth 2.1 inside a Rails application: its users, its database, its upkeep.",
  demands: [
    ...section(
      "Why OAuth",
      met(
        "Users grant clients access without sharing credentials.",
        "The authorization code flow.",
        FLOW,
        "ends with an RFC 9068 token for the resource",
      ),
      met(
        "Scopes limit what a client may do.",
        "A token has the scopes that were requested and granted.",
        FLOW,
        "grants only what was asked for",
      ),
      met(
        "Access tokens are short-lived and refreshed automatically.",
        "15 minutes; the SDK clients refresh.",
        TOKENS,
        "are what ttlSeconds says",
      ),
      met(
        "PKCE protects public clients.",
        "Required of every client.",
        FLOW,
        "is needed of a client with a secret as well",
      ),
    ),
    ...section(
      "Architecture",
      met(
        "One application is MCP server and authorization server.",
        "The option `embedded`, on one port.",
        EMBEDDED,
        "signs in $version on $transport, issuer path '$path'",
      ),
      met(
        "A request without a token gets 401 with `WWW-Authenticate`.",
        "The challenge of RFC 6750.",
        "test/integration/provider.test.ts",
        "is where the challenge says, with the scopes",
      ),
      met(
        "The client discovers the authorization server.",
        "Protected resource metadata, then RFC 8414.",
        EMBEDDED,
        "publishes both discovery documents and its keys, and does not handle other paths",
      ),
      met(
        "The user sees a consent screen and approves.",
        "A page with the client, the resource and the scopes.",
        PAGES,
        "gives a code once it is allowed",
      ),
      met(
        "The user can deny.",
        "The client gets `access_denied`.",
        PAGES,
        "gives none once it is denied",
      ),
      met(
        "The client receives a code by redirect, with its state.",
        "With `state` and `iss` (RFC 9207).",
        FLOW,
        "returns to the client with state and issuer (RFC 9207)",
      ),
      met(
        "The client exchanges the code for an access and a refresh token.",
        "At `/token`.",
        FLOW,
        "come with the registered grant, without offline_access; not without it",
      ),
      met(
        "The MCP server validates the audience of the token.",
        "`aud` must contain the resource.",
        "test/integration/provider.test.ts",
        "for another resource",
      ),
    ),
    ...section(
      "Key security features",
      met(
        "PKCE is validated at the token endpoint.",
        "A wrong verifier is `invalid_grant`.",
        FLOW,
        "refuses the wrong verifier",
      ),
      met(
        "Tokens are bound to the MCP server (RFC 8707).",
        "`resource` becomes the audience.",
        FLOW,
        "ends with an RFC 9068 token for the resource",
      ),
      met(
        "A token cannot be used at another service.",
        "An unknown resource is `invalid_target`.",
        FLOW,
        "that are unknown are refused with invalid_target",
      ),
      met(
        "The resource of the token request must be the authorized one.",
        "Refused with `invalid_target`.",
        FLOW,
        "must not change between authorization and token request",
      ),
      met(
        "Refresh tokens rotate at each use.",
        "Each use returns a successor.",
        REFRESH,
        "sent eight times at once gives one successor and the same answer",
      ),
      met(
        "A stolen refresh token has limited effect.",
        "Reuse after the window revokes the whole grant.",
        REFRESH,
        "used again after the window ends the whole grant, and says no more than that",
      ),
      met(
        "A lost response does not sign the user out.",
        "The response repeats for 30 seconds.",
        REFRESH,
        "repeats a lost response within the window, with the remaining lifetime",
      ),
      anotherWay(
        "Access tokens live for an hour by default.",
        "15 minutes is the default, because a JWT stays valid at other processes until it expires; `ttlSeconds.access` changes it.",
      ),
    ),
    ...section(
      "Features",
      met(
        "OAuth 2.1.",
        "Code flow with PKCE, no implicit grant, exact redirect URIs.",
        METADATA,
        "says what the server can do",
      ),
      met(
        "S256 is the only PKCE method.",
        "`plain` is not offered.",
        METADATA,
        "says what the server can do",
      ),
      met(
        "Clients register dynamically (RFC 7591).",
        "`/register`.",
        METADATA,
        "takes metadata as real clients send it",
      ),
      met(
        "Clients need no registration.",
        "Client id metadata documents, which the document does not know yet.",
        METADATA,
        "replace a registration, with any loopback port",
      ),
      met(
        "Resource indicators (RFC 8707).",
        "Several resources, with a default.",
        FLOW,
        "fall back to the default resource",
      ),
      met(
        "Protected resource metadata (RFC 9728).",
        "Published by the resource server.",
        "test/integration/provider.test.ts",
        "is public at both URLs, by GET, HEAD and OPTIONS, with any query",
      ),
      met(
        "Revocation (RFC 7009).",
        "Access and refresh tokens, JWTs included.",
        TOKENS,
        "is revoked by its client, at once and for its resource server",
      ),
      met(
        "Introspection (RFC 7662).",
        "By the resource server of the token only.",
        TOKENS,
        "is introspected by its resource server, and by no other",
      ),
      met(
        "OpenID Connect discovery.",
        "`/.well-known/openid-configuration`.",
        EMBEDDED,
        "publishes both discovery documents and its keys, and does not handle other paths",
      ),
      met("Lifetimes are configurable.", "`ttlSeconds`.", TOKENS, "are what ttlSeconds says"),
      met(
        "User data are configurable.",
        "`claims` of an account, in tokens and at userinfo.",
        TOKENS,
        "returns the user's claims for a token with openid and %s",
      ),
      met(
        "The consent screen looks good without work.",
        "Pages without scripts, with their own style.",
        `${AS}/chromium.test.ts`,
        "shows the style that its own policy allows",
      ),
      anotherWay(
        "Paths of the endpoints are configurable.",
        "The issuer may have a path; the names below it are fixed, because clients read them from the metadata.",
      ),
    ),
    ...section(
      "Installation",
      documented(
        "A package with installation steps.",
        GUIDE,
        "`npm install oidc-provider` beside this package.",
      ),
      met(
        "A generator writes configuration.",
        "`mcp-oauth create` and `init`.",
        "test/unit/cli/program.test.ts",
        "shows help with examples for every command",
      ),
      met(
        "Migrations prepare the database.",
        "At the start, by one process at a time.",
        `${AS}/postgres-storage.test.ts`,
        "is migrated once by processes that start concurrently",
      ),
      met(
        "A newer schema is not touched.",
        "An older version refuses to start.",
        `${AS}/sqlite-storage.test.ts`,
        "refuses a schema that a newer version wrote, and leaves it as it is",
      ),
    ),
    ...section(
      "Quick start: routes",
      met(
        "The OAuth routes win over the application's own.",
        "A fixed list of paths; a conflict is a start-up error.",
        EMBEDDED,
        "refuses an endpoint that the authorization server owns",
      ),
      met(
        "Other paths stay the application's.",
        "Paths that are not listed are not handled.",
        METADATA,
        "is not there outside the issuer's path",
      ),
      met(
        "It can be mounted in another HTTP server.",
        "`callback`, or `listen()`.",
        METADATA,
        "starts when asked, where asked, and ends",
      ),
    ),
    ...section(
      "Quick start: configuration",
      anotherWay(
        "One HMAC secret signs the tokens.",
        "Asymmetric keys sign, so that a resource server cannot issue tokens; the authorization server generates and rotates them.",
      ),
      met(
        "The resource server accepts HMAC tokens of an existing server.",
        "`secret`, with HS256, HS384 or HS512.",
        "test/integration/provider.test.ts",
        "is taken with HS256 where the author shares a secret with the issuer",
      ),
      met(
        "The URL of the authorization server is optional.",
        "`authorizationServers` defaults to the embedded issuer.",
        EMBEDDED,
        "must be the first of authorizationServers, if these are set",
      ),
      met(
        "The path of the MCP server is configurable.",
        "`resource`, and the endpoint of the transport.",
        GEM_SNIPPETS,
        "call the MCP server, whose tools know the user",
      ),
      met(
        "The documentation URL is a path or a URL.",
        "`metadata.documentation`.",
        "test/integration/provider.test.ts",
        "names what the author wants named and leaves out the rest",
      ),
      anotherWay(
        "The documentation URL has a default below the MCP path.",
        "The framework serves no such page, so a default would be a dead link.",
      ),
      met(
        "Lifetimes of access tokens, refresh tokens and codes.",
        "`ttlSeconds.access`, `refresh` and `code`.",
        TOKENS,
        "are what ttlSeconds says",
      ),
      met(
        "Impossible lifetimes are refused.",
        "`ERR_OAUTH_LIFETIMES` at start.",
        "test/unit/authorization-server/lifetimes.test.ts",
        "refuse %s: %j",
      ),
      anotherWay(
        "Codes live for 30 minutes.",
        "One minute is the default, because a code is used at once; `ttlSeconds.code` allows up to 1,800 seconds.",
      ),
      met(
        "A function loads the user's data for tokens.",
        "`claims` of the account, loaded at each issue.",
        REFRESH,
        "stays unused when the account's claims cannot be loaded",
      ),
      anotherWay(
        "A failing lookup issues a token for an unknown user.",
        "A failing claims function issues nothing and consumes nothing: a token must not name a placeholder.",
      ),
      anotherWay(
        "API keys of the user are put into the token's data.",
        "`enrich` adds application data on the server; secrets do not belong into a token that clients hold.",
      ),
    ),
    ...section(
      "Quick start: users",
      met(
        "The application's users sign in.",
        "`accounts`, with a password or one click.",
        PAGES,
        "accepts the right password and refuses a wrong one",
      ),
      met(
        "The signed-in user is remembered in the browser.",
        "A session with protected cookies.",
        PAGES,
        "keep the cookies from scripts and from other sites",
      ),
      met(
        "Another user can sign in.",
        "A link on the consent page.",
        PAGES,
        "lets another user sign in",
      ),
      met(
        "Methods of the controller name the user.",
        "`authenticate(request)`: the application's own session.",
        `${AS}/own-login.test.ts`,
        "signs in, consents, signs out, and is asked to sign in again",
      ),
      met(
        "Methods of the controller name the organization.",
        "`organizations(account)`; the user chooses on the consent page.",
        `${AS}/organizations.test.ts`,
        "are chosen on the consent page, and become org_id of all tokens",
      ),
    ),
    ...section(
      "Quick start: environment",
      met(
        "Secrets and paths come from variables.",
        "`OAUTH_AS_*`.",
        "test/unit/authorization-server/from-environment.test.ts",
        "needs only the resource: the issuer is its origin",
      ),
      met(
        "A missing variable is an error that names it.",
        "With the cure.",
        "test/unit/authorization-server/from-environment.test.ts",
        "names the variable that is missing",
      ),
      met(
        "A secret may come from a mounted file.",
        "`file:` in `OAUTH_AS_STORAGE_KEYS`.",
        "test/unit/authorization-server/from-environment.test.ts",
        "opens a SQLite file with the key of a mounted secret",
      ),
      met(
        "A restart applies the configuration.",
        "And loses no client, session or token.",
        `${AS}/restart.test.ts`,
        "with SQLite loses no client and no refresh token",
      ),
    ),
    ...section(
      "Discovery endpoints",
      met(
        "Protected resource metadata at the well-known path.",
        "At the root and at the path of the resource.",
        "test/integration/provider.test.ts",
        "is public at both URLs, by GET, HEAD and OPTIONS, with any query",
      ),
      met(
        "Authorization server metadata (RFC 8414).",
        "Built from the issuer, not from request headers.",
        METADATA,
        "is built from the issuer, not from the request's host headers",
      ),
      met(
        "OpenID Connect discovery document.",
        "The same facts.",
        EMBEDDED,
        "publishes both discovery documents and its keys, and does not handle other paths",
      ),
      met(
        "A JSON Web Key Set.",
        "At `/jwks` and `/.well-known/jwks.json`, public members only.",
        METADATA,
        "of three families are there from the start, without private members",
      ),
      anotherWay(
        "The key set is empty, because tokens use HMAC.",
        "It contains the public keys, so that any resource server can verify tokens.",
      ),
    ),
    ...section(
      "OAuth flow endpoints",
      met(
        "Authorization endpoint by GET and POST.",
        "`/authorize`.",
        FLOW,
        "ends with an RFC 9068 token for the resource",
      ),
      met(
        "An endpoint for the user's approval.",
        "A form of `/interaction/…`, bound to its page.",
        PAGES,
        "is refused without the cookie of the interaction",
      ),
      met(
        "Token endpoint for codes and refresh tokens.",
        "`/token`.",
        FLOW,
        "come with the registered grant, without offline_access; not without it",
      ),
      met(
        "Registration endpoint.",
        "`/register`.",
        METADATA,
        "takes metadata as real clients send it",
      ),
      met("Revocation endpoint.", "`/revoke`.", TOKENS, "is not revoked by another client"),
      met(
        "Introspection endpoint.",
        "`/introspect`, for resource servers.",
        FLOW,
        "need the right secret to be introspected",
      ),
      met(
        "UserInfo endpoint.",
        "`/userinfo`, for tokens with `openid`.",
        TOKENS,
        "refuses a token without openid, a revoked token, and a request without one",
      ),
      met(
        "Browsers can call them.",
        "CORS on the endpoints, none on the pages.",
        METADATA,
        "can read the answers, errors included",
      ),
    ),
    ...section(
      "Protecting the MCP server",
      met(
        "Every path of the MCP server needs a token.",
        "Every endpoint of the transport, and only these.",
        "test/integration/guard.test.ts",
        "is refused on HTTP Stream: %s",
      ),
      met(
        "Tools, resources and prompts are protected.",
        "One endpoint; scopes per operation.",
        "test/integration/provider.test.ts",
        "that are missing make one byte-stable 403",
      ),
      anotherWay(
        "Paths beside the MCP path stay open.",
        "A transport serves nothing else: a path that is no endpoint gets 404.",
      ),
    ),
    ...section(
      "Flow 1: register a client",
      met(
        "Snippet: registration with name, redirect URIs, grants and scope.",
        "The fields that real clients send.",
        GEM_SNIPPETS,
        "register a client, with the members that it sent",
      ),
      met(
        "The response repeats the registered metadata.",
        "With the client id.",
        GEM_SNIPPETS,
        "register a client, with the members that it sent",
      ),
      met(
        "A confidential client gets a secret.",
        "If it asks for one.",
        FLOW,
        "works with a secret, sent either way",
      ),
      anotherWay("Every client gets a secret.", "A public client gets none: it could not keep it."),
      met(
        "A body that is not JSON is refused.",
        "`invalid_client_metadata`.",
        METADATA,
        "refuses the body %j",
      ),
      met(
        "A body that is too large is refused.",
        "413, before it is parsed.",
        METADATA,
        "refuses a body that is too large",
      ),
    ),
    ...section(
      "Flow 2: authorize",
      met(
        "Snippet: PKCE with a verifier and an S256 challenge.",
        "The SDK's client, and curl in the page for clients.",
        GEM_SNIPPETS,
        "authorize with PKCE and exchange the code for tokens of an hour",
      ),
      met(
        "Snippet: an authorization URL with resource and state.",
        "The page for clients shows it.",
        GEM_SNIPPETS,
        "authorize with PKCE and exchange the code for tokens of an hour",
      ),
      met(
        "The consent screen names client and scopes.",
        "And the resource, and where the answer goes.",
        PAGES,
        "says who wants what for which resource",
      ),
      met(
        "Unknown scopes are not granted.",
        "A request for nothing else is refused.",
        FLOW,
        "refuses a request for nothing but unknown scopes",
      ),
      met(
        "Without scopes, all of the resource are granted.",
        "After the user's consent.",
        FLOW,
        "grants every scope of the resource where none is named",
      ),
      met(
        "Loopback clients may use any port.",
        "Only the port may differ (RFC 8252).",
        FLOW,
        "passes over a loopback port that differs from the registered one, but not over the path",
      ),
    ),
    ...section(
      "Flow 3: exchange the code",
      met(
        "Snippet: the token request with verifier, redirect URI and resource.",
        "By form, as in RFC 6749.",
        GEM_SNIPPETS,
        "authorize with PKCE and exchange the code for tokens of an hour",
      ),
      met(
        "The response has token, type, lifetime, refresh token and scope.",
        "All five.",
        GEM_SNIPPETS,
        "authorize with PKCE and exchange the code for tokens of an hour",
      ),
      met(
        "A code works once.",
        "The second use revokes what the first gave.",
        FLOW,
        "works once; the second use ends what the first one gave",
      ),
      met(
        "Two concurrent uses of a code give one token.",
        "And the reuse is reported.",
        REFRESH,
        "sent twice concurrently is reported, and its tokens are revoked",
      ),
    ),
    ...section(
      "Flow 4: call the MCP server",
      met(
        "Snippet: a request with a Bearer token.",
        "At the MCP endpoint.",
        GEM_SNIPPETS,
        "call the MCP server, whose tools know the user",
      ),
      met(
        "A revoked token is refused at once.",
        "In the same process.",
        EMBEDDED,
        "revokes tokens at the MCP server immediately",
      ),
      met(
        "Opaque tokens work as well.",
        "Introspected inside the process.",
        EMBEDDED,
        "validates opaque tokens without a call to its own port",
      ),
    ),
    ...section(
      "Flow 5: refresh",
      met(
        "Snippet: the refresh request.",
        "By form.",
        GEM_SNIPPETS,
        "refresh, with a new refresh token each time",
      ),
      met(
        "The refresh token belongs to its client.",
        "Another client gets `invalid_grant`.",
        FLOW,
        "belong to the client that got them",
      ),
      met(
        "An outage consumes no refresh token.",
        "503, and the token stays valid.",
        REFRESH,
        "every endpoint answers 503 with Retry-After, and works again afterwards",
      ),
    ),
    ...section(
      "Helper methods",
      met(
        "Code can ask whether a request is authenticated.",
        "`getAccessToken()` is `undefined` otherwise.",
        "test/integration/handler-refusal.test.ts",
        "an anonymous client gets the 401 that lets it sign in",
      ),
      met(
        "The user's id.",
        "`getAccessToken()?.subject`.",
        GEM_SNIPPETS,
        "call the MCP server, whose tools know the user",
      ),
      met(
        "The organization and the e-mail address.",
        "`getAccessToken()?.claims`.",
        GEM_SNIPPETS,
        "call the MCP server, whose tools know the user",
      ),
      met(
        "The scopes.",
        "`hasScope()`, `requireScopes()`, `getAccessToken()?.scopes`.",
        GEM_SNIPPETS,
        "call the MCP server, whose tools know the user",
      ),
      met(
        "The token itself.",
        "Only with `exposeToken`, because it must not be passed on.",
        "test/integration/provider.test.ts",
        "gives the token only where the author says so",
      ),
      anotherWay("The API key of the user.", "`enrich` puts it into `data`, on the server only."),
    ),
    ...section(
      "Advanced: paths and documentation",
      met(
        "A custom MCP path.",
        "The endpoint of the transport; `resource` names it.",
        GEM_SNIPPETS,
        "call the MCP server, whose tools know the user",
      ),
      met(
        "A mismatch of path and resource is noticed.",
        "A warning at start.",
        "test/integration/transport-options.test.ts",
        "is warned of where clients refuse it: %s on %s",
      ),
      met(
        "A custom documentation URL.",
        "`metadata.documentation`: a path or a URL.",
        "test/integration/provider.test.ts",
        "names what the author wants named and leaves out the rest",
      ),
    ),
    ...section(
      "Advanced: consent screen",
      documented(
        "The screen can be customized.",
        GUIDE,
        "Theme, texts, languages, or pages of your own.",
      ),
      met(
        "A page gets the client's name as text.",
        "Escaped in every page.",
        PAGES,
        "stays text: the client's name, on both pages",
      ),
      met(
        "A page gets readable scope descriptions.",
        "From `resources[].scopes`.",
        PAGES,
        "says who wants what for which resource",
      ),
      anotherWay(
        "A page gets the OAuth parameters as hidden fields.",
        "The server keeps them: a form that carries them could be changed.",
      ),
      met(
        "Allow and deny are forms.",
        "Bound to the page that was shown.",
        `${AS}/consent.test.ts`,
        "without the token of its page does nothing: %s",
      ),
      met(
        "A form of another site does nothing.",
        "Origin and cookie are checked.",
        PAGES,
        "is refused when another origin sent it, the port included",
      ),
    ),
    ...section(
      "Advanced: separate authorization server",
      met(
        "The authorization server can run elsewhere.",
        "`authorizationServers`.",
        SNIPPETS,
        "publishes several authorization servers, and names the document in the challenge",
      ),
      met(
        "Several resource servers share one authorization server.",
        "`resources`; each introspects its own tokens only.",
        FLOW,
        "are unknown to another resource",
      ),
      documented(
        "Enterprise single sign-on.",
        "docs/providers/README.md",
        "Presets for Entra, Okta, Auth0, PingOne and more.",
      ),
    ),
    ...section(
      "Testing",
      met(
        "Curl commands check the discovery endpoints.",
        "`mcp-oauth doctor` checks them and more.",
        GEM_SNIPPETS,
        "find the discovery document %s",
      ),
      met(
        "Snippet: tests create tokens directly.",
        "`createTestIssuer` of `mcp-framework-oauth/testing`.",
        "test/unit/testing/test-issuer.test.ts",
        "is valid by default with %s",
      ),
      met(
        "Snippet: an authenticated request succeeds, an anonymous one gets 401.",
        "The demo and the snippets.",
        SNIPPETS,
        "takes JWTs by issuer, audience and key set, or by the issuer alone",
      ),
    ),
    ...section(
      "Maintenance tasks",
      met(
        "Clean up expired tokens and codes.",
        "Every ten minutes, and `cleanup()`.",
        UPKEEP,
        "removes what has expired, and counts what is left",
      ),
      met(
        "Show statistics.",
        "`stats()`, `clients` and `grants`.",
        UPKEEP,
        "lists registered clients with the number of people who use each",
      ),
      met(
        "Revoke all tokens of a client.",
        "`revoke({ client })`.",
        UPKEEP,
        "revokes a client for all people, says how many, and keeps its registration",
      ),
      met(
        "Revoke all tokens of a user.",
        "`revoke({ account })`, with the sessions.",
        UPKEEP,
        "revokes an account at every client, and ends its sessions",
      ),
      anotherWay(
        "A scheduler runs the cleanup daily.",
        "The server does it itself, every ten minutes.",
      ),
      met(
        "Commands for these tasks.",
        "`mcp-oauth as stats`, `clients`, `grants`, `revoke`, `keys` and `cleanup`.",
        "test/unit/cli/as.test.ts",
        "revokes a client for all its people, and forgets it only if told",
      ),
    ),
    ...section(
      "Security best practices",
      met(
        "Strong secrets.",
        "Storage keys have 32 random bytes; a passphrase is refused.",
        "test/unit/authorization-server/storage/sealed-storage.test.ts",
        "is a passphrase",
      ),
      met(
        "HTTPS in production.",
        "`requireHttps` and the issuer's https.",
        "test/integration/limits.test.ts",
        "is every one in production, unless it says otherwise",
      ),
      met(
        "Short lifetimes.",
        "15 minutes, and one minute for codes.",
        TOKENS,
        "are what ttlSeconds says",
      ),
      met(
        "Redirect URIs match exactly.",
        "Except for loopback ports.",
        FLOW,
        "passes over a loopback port that differs from the registered one, but not over the path",
      ),
      met(
        "Failed authentications are visible.",
        "One event for each decision.",
        "test/integration/guard.test.ts",
        "has one event for each decision, and no token",
      ),
      met(
        "The authorization endpoints are limited.",
        "`rateLimit.metadata` applies when embedded.",
        EMBEDDED,
        "is subject to the host check and the limits of the MCP server",
      ),
      met(
        "Password guesses are limited.",
        "For each user name and address, without locking the owner out.",
        "test/unit/authorization-server/people/sign-in/password-sign-in.test.ts",
        "are limited to ten for one name from one address, known or not: %s",
      ),
      met(
        "A limit for the token endpoint.",
        "Each endpoint is limited per address and minute.",
        `${AS}/limits.test.ts`,
        "are limited per address and minute at %s",
      ),
      met(
        "Tokens are cleaned up.",
        "Automatically.",
        "test/unit/authorization-server/storage/upkeep.test.ts",
        "are removed at the start, however many, and every ten minutes",
      ),
      met(
        "A dump of the database is useless.",
        "Ids are hashed, records are sealed.",
        `${AS}/sqlite-storage.test.ts`,
        "holds no id, token or cookie in any byte of its files",
      ),
    ),
    ...section(
      "Troubleshooting",
      documented(
        "Routes return 404.",
        "docs/guides/troubleshooting.md",
        "404: not an endpoint, or another session's.",
      ),
      met(
        "Invalid audience.",
        "`audience_mismatch` in the log; `explain` names the cause.",
        "test/integration/cli/explain.test.ts",
        "puts the first thing that is wrong on top, with its cause and cure",
      ),
      documented(
        "Valid-looking tokens are rejected.",
        "docs/guides/troubleshooting.md",
        "By the reason in the log.",
      ),
      met(
        "A command decodes a token.",
        "`mcp-oauth explain`, without the signature.",
        "test/integration/cli/explain.test.ts",
        "reads a token without a verdict when nothing is configured",
      ),
      anotherWay("Missing templates are generated.", "The pages are part of the package."),
      met(
        "PKCE fails.",
        "`invalid_grant` for a wrong verifier.",
        FLOW,
        "refuses the wrong verifier",
      ),
      anotherWay(
        "A missing method for the current user.",
        "`accounts` is an option, and a wrong one is a start-up error.",
      ),
    ),
    ...section(
      "Standards",
      met(
        "OAuth 2.1, RFC 7636 and RFC 8414.",
        "As the metadata says.",
        METADATA,
        "says what the server can do",
      ),
      met("RFC 7591.", "Registration.", METADATA, "takes metadata as real clients send it"),
      met(
        "RFC 7009 and RFC 7662.",
        "Revocation and introspection.",
        TOKENS,
        "is revoked by its client, at once and for its resource server",
      ),
      met(
        "RFC 8707 and RFC 9728.",
        "Resource indicators, and metadata of the resource.",
        FLOW,
        "of a bare origin are the same with and without the slash",
      ),
      met(
        "The MCP authorization specification.",
        "With SDK v1 and v2.",
        EMBEDDED,
        "signs in $version on $transport, issuer path '$path'",
      ),
    ),
    ...section(
      "Development",
      documented("Set up, test, lint and contribute.", "CONTRIBUTING.md", "Commands and rules."),
      documented("A changelog.", "CHANGELOG.md", "Keep a Changelog."),
      documented("A license.", "LICENSE", "MIT."),
    ),
  ],
};
