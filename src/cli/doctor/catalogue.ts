/** Headings of the report, in its order. */
export const GROUPS = {
  configuration: "Configuration",
  connection: "Connection",
  access: "Access without a valid token",
  challenge: "Challenge (WWW-Authenticate)",
  resource: "Protected resource metadata",
  server: "Authorization server",
  keys: "Key set",
  browser: "Browser clients (CORS)",
  client: "Needs of the chosen client",
} as const;

export type Group = keyof typeof GROUPS;

interface Check {
  readonly group: Group;
  /** What is checked. */
  readonly title: string;
  /** The clause that requires it. */
  readonly clause: string;
  /** The fix. */
  readonly fix: string;
}

const AUTHORIZATION = "MCP 2025-11-25, Authorization";

/**
 * Everything `doctor` looks at: one entry, one question. The reference page
 * lists the same, and a test compares them.
 */
export const CHECKS = {
  "env-options": {
    group: "configuration",
    title: "The configuration is complete and consistent",
    clause: "mcp-framework-oauth, options",
    fix: "Change the variable that the message names.",
  },

  "env-introspection": {
    group: "configuration",
    title: "The introspection endpoint answers, and knows this server",
    clause: "RFC 7662 §2",
    fix: "Check the endpoint, and this server's client id and secret there.",
  },

  dns: {
    group: "connection",
    title: "The host name resolves",
    clause: "RFC 9110 §4.3",
    fix: "Check the spelling of the host, and that its DNS record exists.",
  },
  https: {
    group: "connection",
    title: "The server is reached by https",
    clause: `${AUTHORIZATION}, Communication Security`,
    fix: "Use https; plain http is only for a server on loopback.",
  },
  tls: {
    group: "connection",
    title: "The TLS certificate is trusted and not about to expire",
    clause: "RFC 9110 §4.3.4",
    fix: "Renew the certificate, and send the whole chain with it.",
  },
  reachable: {
    group: "connection",
    title: "The server answers",
    clause: "RFC 9110 §9",
    fix: "Check that the server runs, listens on this port and is not blocked by a firewall.",
  },
  clock: {
    group: "connection",
    title: "The clocks of the server and this machine agree",
    clause: "RFC 7519 §4.1.4",
    fix: "Synchronise both clocks (NTP): tokens are refused when they differ by more than a minute.",
  },

  "anonymous-initialize": {
    group: "access",
    title: "initialize without a token is refused with 401",
    clause: `${AUTHORIZATION}, Access Token Usage`,
    fix: "Validate the token before the request is processed, on every method.",
  },
  "anonymous-tools": {
    group: "access",
    title: "tools/list without a token is refused with 401",
    clause: `${AUTHORIZATION}, Access Token Usage`,
    fix: "Validate the token before the request is processed, on every method.",
  },
  "anonymous-get": {
    group: "access",
    title: "GET without a token opens no stream",
    clause: `${AUTHORIZATION}, Access Token Usage`,
    fix: "Require the token on GET as well; on SSE turn on authentication for the stream's endpoint.",
  },
  "garbage-token": {
    group: "access",
    title: "A malformed token is refused with 401",
    clause: "RFC 6750 §3.1",
    fix: "Answer 401 for a token that cannot be read; a 500 means that an error was not caught.",
  },
  "unsigned-token": {
    group: "access",
    title: 'A token without a signature (alg "none") is refused with 401',
    clause: "RFC 8725 §3.1",
    fix: "Accept a fixed list of asymmetric algorithms only.",
  },
  "forged-token": {
    group: "access",
    title: "A token signed with an unknown key is refused with 401",
    clause: "RFC 9068 §4",
    fix: "Verify the signature only with the issuer's published keys.",
  },
  "query-token": {
    group: "access",
    title: "A token in the URL is ignored",
    clause: `${AUTHORIZATION}, Token Requirements`,
    fix: "Read the token from the Authorization header only: URLs end up in logs.",
  },
  "session-only": {
    group: "access",
    title: "A session id without a token is refused",
    clause: "MCP 2025-11-25, Security Best Practices, Session Hijacking",
    fix: "Validate the token on every request, also inside a session.",
  },

  challenge: {
    group: "challenge",
    title: "The 401 has a challenge",
    clause: "RFC 9110 §15.5.2, RFC 6750 §3",
    fix: "Send WWW-Authenticate: Bearer … with every 401.",
  },
  "challenge-grammar": {
    group: "challenge",
    title: "The challenge is well formed",
    clause: "RFC 9110 §11.6.1, RFC 6750 §3",
    fix: "Quote values, do not repeat parameters, and separate them by commas.",
  },
  "challenge-clients": {
    group: "challenge",
    title: "MCP SDK clients, v1 and v2, read the challenge correctly",
    clause: "RFC 9728 §5.1",
    fix: "Put Bearer first, and use no quotes or name= in descriptions: clients parse it with regular expressions.",
  },
  "challenge-no-error": {
    group: "challenge",
    title: "No error code if no token was sent",
    clause: "RFC 6750 §3.1",
    fix: "Omit error if the request had no credentials (RFC 6750).",
  },
  "challenge-invalid-token": {
    group: "challenge",
    title: 'An invalid token gets error="invalid_token"',
    clause: "RFC 6750 §3.1",
    fix: 'Add error="invalid_token" to the challenge for a refused token.',
  },
  "challenge-resource-metadata": {
    group: "challenge",
    title: "The challenge names the metadata (resource_metadata)",
    clause: "RFC 9728 §5.1; MCP 2025-06-18, Authorization Server Location",
    fix: 'Add resource_metadata="https://…/.well-known/oauth-protected-resource…" to the challenge.',
  },
  "challenge-scope": {
    group: "challenge",
    title: "The challenge names the scopes to request",
    clause: `${AUTHORIZATION}, Protected Resource Metadata Discovery`,
    fix: "Add scope with the initial scopes of a client: without it clients request all scopes or none.",
  },
  "challenge-scope-broad": {
    group: "challenge",
    title: "The first challenge names no scope that implies others",
    clause: "MCP 2025-11-25, Security Best Practices, Scope Minimization",
    fix: "Name only the initial scopes (in this package: scopes.initial or scopes.required); clients step up for more.",
  },
  "challenge-offline-access": {
    group: "challenge",
    title: "The challenge does not name offline_access",
    clause: "MCP 2026-07-28, Authorization, Refresh Tokens",
    fix: "Remove offline_access: clients request it from the authorization server.",
  },

  "resource-metadata": {
    group: "resource",
    title: "The document exists and is JSON",
    clause: "RFC 9728 §3.2",
    fix: "Serve the metadata with status 200 and content type application/json, without a token.",
  },
  "resource-metadata-inserted": {
    group: "resource",
    title: "It is at the well-known path for the server's path",
    clause: "RFC 9728 §3.1",
    fix: "Serve it at this URL too: clients that do not read the challenge try this URL first.",
  },
  "resource-metadata-root": {
    group: "resource",
    title: "It is at the root well-known path",
    clause: `${AUTHORIZATION}, Protected Resource Metadata Discovery Requirements`,
    fix: "Serve it at the root too: older clients use only this URL.",
  },
  "resource-metadata-redirect": {
    group: "resource",
    title: "It is served without a redirect",
    clause: "RFC 9728 §3.2",
    fix: "Answer with the document itself: clients do not follow a redirect to another origin.",
  },
  "resource-metadata-cors": {
    group: "resource",
    title: "Web pages may read it",
    clause: "RFC 9728 §3.1",
    fix: "Add Access-Control-Allow-Origin: * and allow the header MCP-Protocol-Version: the document is public.",
  },
  "resource-identifier": {
    group: "resource",
    title: "resource matches the URL that clients use",
    clause: "RFC 9728 §3.3, RFC 8707 §2",
    fix: "Set resource to the exact URL that users type: clients refuse any other value.",
  },
  "authorization-servers": {
    group: "resource",
    title: "It names an authorization server",
    clause: `${AUTHORIZATION}, Authorization Server Location`,
    fix: "List the issuer in authorization_servers, exactly as written in its metadata.",
  },
  "scopes-supported": {
    group: "resource",
    title: "It lists the scopes",
    clause: `${AUTHORIZATION}, Scope Selection Strategy`,
    fix: "Add scopes_supported: without scopes strict authorization servers refuse the request.",
  },
  "scopes-offline-access": {
    group: "resource",
    title: "scopes_supported does not contain offline_access",
    clause: "MCP 2026-07-28, Authorization, Refresh Tokens",
    fix: "Remove offline_access from scopes_supported.",
  },
  "bearer-methods": {
    group: "resource",
    title: "Tokens are sent in the header",
    clause: "RFC 9728 §2, RFC 6750 §2",
    fix: 'Set bearer_methods_supported to ["header"], or omit it.',
  },

  "issuer-url": {
    group: "server",
    title: "The issuer is an https URL that clients can reach",
    clause: "RFC 8414 §2",
    fix: "Use an https issuer without query or fragment; clients on other machines cannot reach localhost.",
  },
  "server-metadata": {
    group: "server",
    title: "Its metadata is found",
    clause: `${AUTHORIZATION}, Authorization Server Metadata Discovery`,
    fix: "Serve RFC 8414 or OpenID Connect metadata at a well-known path of the issuer.",
  },
  "server-metadata-forms": {
    group: "server",
    title: "It has the form that every revision of MCP supports",
    clause: "MCP 2025-06-18, Authorization Server Metadata",
    fix: "Serve RFC 8414 metadata as well: clients of 2025-06-18 support no other form.",
  },
  issuer: {
    group: "server",
    title: "Its issuer is identical to the one in authorization_servers",
    clause: "RFC 8414 §3.3",
    fix: "Write the issuer exactly as in the document, including a trailing slash.",
  },
  endpoints: {
    group: "server",
    title: "It has authorization and token endpoints with https",
    clause: "RFC 8414 §2",
    fix: "Publish authorization_endpoint and token_endpoint with https URLs.",
  },
  pkce: {
    group: "server",
    title: "PKCE with S256 is advertised",
    clause: `${AUTHORIZATION}, Authorization Code Protection`,
    fix: 'Add "S256" to code_challenge_methods_supported: clients must refuse to continue without it.',
  },
  grants: {
    group: "server",
    title: "The authorization code flow is supported",
    clause: "RFC 8414 §2, OAuth 2.1 §4.1",
    fix: 'Allow the grant "authorization_code" and the response type "code".',
  },
  registration: {
    group: "server",
    title: "Clients can register without an administrator",
    clause: `${AUTHORIZATION}, Client Registration Approaches`,
    fix: "Turn on client ID metadata documents or dynamic registration; otherwise users must enter a client id.",
  },
  "server-scopes": {
    group: "server",
    title: "It supports the scopes of the resource",
    clause: "RFC 8414 §2, RFC 6749 §5.2",
    fix: "Define the scopes at the authorization server: strict servers answer invalid_scope.",
  },
  "resource-indicators": {
    group: "server",
    title: "It binds tokens to the resource",
    clause: "RFC 8707 §2",
    fix: "Configure the authorization server to write this server's URL to the audience, or accept the audience it writes.",
  },

  "key-set": {
    group: "keys",
    title: "It publishes a key set",
    clause: "RFC 7517 §5, RFC 8414 §2",
    fix: "Publish jwks_uri with a JWK Set, or introspect tokens.",
  },
  "key-usable": {
    group: "keys",
    title: "It has a key that can verify tokens",
    clause: "RFC 7517 §4, RFC 7518 §6",
    fix: "Publish an RSA key of 2048 bits or more, an EC key or an Ed25519 key for signatures.",
  },
  "key-private": {
    group: "keys",
    title: "It contains no private key and no secret",
    clause: "RFC 7517 §9.2",
    fix: "Replace the key now: anyone who has read the document can sign tokens.",
  },
  "key-size": {
    group: "keys",
    title: "Its keys are long enough",
    clause: "RFC 7518 §3.3",
    fix: "Use RSA keys of at least 2048 bits with the exponent 65537.",
  },
  "key-form": {
    group: "keys",
    title: "Every signature key is well formed",
    clause: "RFC 7517 §4",
    fix: "Correct or remove the key; tokens signed by it are refused.",
  },
  "key-id": {
    group: "keys",
    title: "Every key has a unique id",
    clause: "RFC 7517 §4.5",
    fix: "Give every key a unique kid: validators cannot choose between equal ones.",
  },

  "cors-preflight": {
    group: "browser",
    title: "The preflight of a browser client is allowed",
    clause: "Fetch, CORS-preflight request",
    fix: "Answer OPTIONS without a token, and allow Authorization, Content-Type, MCP-Protocol-Version and Mcp-Session-Id.",
  },
  "cors-expose": {
    group: "browser",
    title: "Browser clients can read the challenge",
    clause: "Fetch, CORS, Access-Control-Expose-Headers",
    fix: "Send Access-Control-Expose-Headers: WWW-Authenticate, Mcp-Session-Id with the 401 too.",
  },

  "client-reach": {
    group: "client",
    title: "The client's cloud can reach the server",
    clause: "documentation of the client's vendor",
    fix: "Publish the server under a public https name, or through a tunnel while developing.",
  },
  "client-registration": {
    group: "client",
    title: "The client can register dynamically",
    clause: "documentation of the client's vendor",
    fix: "Turn on client ID metadata documents or dynamic registration at the authorization server.",
  },
  "client-server-cors": {
    group: "client",
    title: "Web pages can read the authorization server's metadata",
    clause: "Fetch, CORS",
    fix: "Allow cross-origin reading of the metadata, or connect through the inspector's proxy.",
  },
} as const satisfies Record<string, Check>;

export type CheckId = keyof typeof CHECKS;

/** The entry of one check. */
export function checkOf(id: CheckId): Check {
  return CHECKS[id];
}
