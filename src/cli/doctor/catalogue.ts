/** Headings of the report, in its order. */
export const GROUPS = {
  configuration: "Configuration",
  connection: "Connection",
  access: "Access without a good token",
  challenge: "Challenge (WWW-Authenticate)",
  resource: "Protected resource metadata",
  server: "Authorization server",
  keys: "Key set",
  browser: "Browser clients (CORS)",
  client: "What the chosen client needs",
} as const;

export type Group = keyof typeof GROUPS;

interface Check {
  readonly group: Group;
  /** What is looked at. */
  readonly title: string;
  /** Where it is asked for. */
  readonly clause: string;
  /** What helps when it does not hold. */
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
    fix: "Serve it by https; plain http is for a server on the same machine only.",
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
    title: "Its clock and this machine's agree",
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
    fix: "Ask for the token on GET as well; on SSE turn on authentication of the stream's endpoint.",
  },
  "garbage-token": {
    group: "access",
    title: "A token that is none is refused with 401",
    clause: "RFC 6750 §3.1",
    fix: "Answer 401 for a token that cannot be read; a 500 means an error is not caught.",
  },
  "unsigned-token": {
    group: "access",
    title: 'A token without a signature (alg "none") is refused with 401',
    clause: "RFC 8725 §3.1",
    fix: "Accept a fixed list of asymmetric algorithms only.",
  },
  "forged-token": {
    group: "access",
    title: "A token signed by a stranger is refused with 401",
    clause: "RFC 9068 §4",
    fix: "Verify the signature with the issuer's published keys, and with no others.",
  },
  "query-token": {
    group: "access",
    title: "A token in the URL is not looked at",
    clause: `${AUTHORIZATION}, Token Requirements`,
    fix: "Read the token from the Authorization header only: URLs end up in logs.",
  },
  "session-only": {
    group: "access",
    title: "A session id alone opens nothing",
    clause: "MCP 2025-11-25, Security Best Practices, Session Hijacking",
    fix: "Validate the token on every request, also inside a session.",
  },

  challenge: {
    group: "challenge",
    title: "The 401 says how to authenticate",
    clause: "RFC 9110 §15.5.2, RFC 6750 §3",
    fix: "Send WWW-Authenticate: Bearer … with every 401.",
  },
  "challenge-grammar": {
    group: "challenge",
    title: "The challenge is well formed",
    clause: "RFC 9110 §11.6.1, RFC 6750 §3",
    fix: "Quote values, write no parameter twice and separate them by commas.",
  },
  "challenge-clients": {
    group: "challenge",
    title: "MCP SDK clients, v1 and v2, read the same out of it",
    clause: "RFC 9728 §5.1",
    fix: "Put Bearer first, and no quotes or name= in descriptions: clients read it with regular expressions.",
  },
  "challenge-no-error": {
    group: "challenge",
    title: "No error code where no token was sent",
    clause: "RFC 6750 §3.1",
    fix: "Leave error out when there were no credentials: they are not wrong, they are not there.",
  },
  "challenge-invalid-token": {
    group: "challenge",
    title: 'A bad token is called error="invalid_token"',
    clause: "RFC 6750 §3.1",
    fix: 'Add error="invalid_token" to the challenge for a token that was refused.',
  },
  "challenge-resource-metadata": {
    group: "challenge",
    title: "The challenge names the metadata (resource_metadata)",
    clause: "RFC 9728 §5.1; MCP 2025-06-18, Authorization Server Location",
    fix: 'Add resource_metadata="https://…/.well-known/oauth-protected-resource…" to the challenge.',
  },
  "challenge-scope": {
    group: "challenge",
    title: "The challenge names the scopes to ask for",
    clause: `${AUTHORIZATION}, Protected Resource Metadata Discovery`,
    fix: "Add scope with the scopes a client needs to begin: without it clients ask for all or none.",
  },
  "challenge-scope-broad": {
    group: "challenge",
    title: "The first challenge names no scope that implies others",
    clause: "MCP 2025-11-25, Security Best Practices, Scope Minimization",
    fix: "Name what a client needs to begin (here: scopes.initial or scopes.required); it steps up for the rest.",
  },
  "challenge-offline-access": {
    group: "challenge",
    title: "offline_access is not asked for",
    clause: "MCP 2026-07-28, Authorization, Refresh Tokens",
    fix: "Remove offline_access: whether to stay signed in is between client and authorization server.",
  },

  "resource-metadata": {
    group: "resource",
    title: "The document is there, and is JSON",
    clause: "RFC 9728 §3.2",
    fix: "Serve the metadata with status 200 and content type application/json, without a token.",
  },
  "resource-metadata-inserted": {
    group: "resource",
    title: "It is at the well-known path before the server's own path",
    clause: "RFC 9728 §3.1",
    fix: "Serve it at this URL too: clients that cannot read the challenge look here first.",
  },
  "resource-metadata-root": {
    group: "resource",
    title: "It is at the well-known path of the root",
    clause: `${AUTHORIZATION}, Protected Resource Metadata Discovery Requirements`,
    fix: "Serve it at the root too: it is where clients look last, and older ones only.",
  },
  "resource-metadata-redirect": {
    group: "resource",
    title: "It is not behind a redirect",
    clause: "RFC 9728 §3.2",
    fix: "Answer with the document itself: clients do not follow a redirect to another origin.",
  },
  "resource-metadata-cors": {
    group: "resource",
    title: "Pages may read it",
    clause: "RFC 9728 §3.1",
    fix: "Add Access-Control-Allow-Origin: * and allow the header MCP-Protocol-Version: the document is public.",
  },
  "resource-identifier": {
    group: "resource",
    title: "resource belongs to the URL that clients use",
    clause: "RFC 9728 §3.3, RFC 8707 §2",
    fix: "Make resource the very URL that users type: clients refuse to go on when it is not.",
  },
  "authorization-servers": {
    group: "resource",
    title: "It names an authorization server",
    clause: `${AUTHORIZATION}, Authorization Server Location`,
    fix: "List the issuer in authorization_servers, exactly as its own metadata spells it.",
  },
  "scopes-supported": {
    group: "resource",
    title: "It lists the scopes",
    clause: `${AUTHORIZATION}, Scope Selection Strategy`,
    fix: "Add scopes_supported: without scopes strict authorization servers refuse the request.",
  },
  "scopes-offline-access": {
    group: "resource",
    title: "offline_access is not among them",
    clause: "MCP 2026-07-28, Authorization, Refresh Tokens",
    fix: "Remove offline_access from scopes_supported.",
  },
  "bearer-methods": {
    group: "resource",
    title: "Tokens are sent in the header",
    clause: "RFC 9728 §2, RFC 6750 §2",
    fix: 'Set bearer_methods_supported to ["header"], or leave it out.',
  },

  "issuer-url": {
    group: "server",
    title: "The issuer is an https URL that clients can reach",
    clause: "RFC 8414 §2",
    fix: "Use an https issuer without query or fragment; clients elsewhere cannot reach localhost.",
  },
  "server-metadata": {
    group: "server",
    title: "Its metadata is found",
    clause: `${AUTHORIZATION}, Authorization Server Metadata Discovery`,
    fix: "Serve RFC 8414 or OpenID Connect metadata at a well-known path of the issuer.",
  },
  "server-metadata-forms": {
    group: "server",
    title: "It is there in the form every revision of MCP looks for",
    clause: "MCP 2025-06-18, Authorization Server Metadata",
    fix: "Serve RFC 8414 metadata as well: clients of 2025-06-18 know no other form.",
  },
  issuer: {
    group: "server",
    title: "issuer in it is identical to the one in authorization_servers",
    clause: "RFC 8414 §3.3",
    fix: "Write the issuer exactly as the document does, the slash at its end included.",
  },
  endpoints: {
    group: "server",
    title: "Authorization and token endpoints are there, by https",
    clause: "RFC 8414 §2",
    fix: "Publish authorization_endpoint and token_endpoint with https URLs.",
  },
  pkce: {
    group: "server",
    title: "PKCE with S256 is advertised",
    clause: `${AUTHORIZATION}, Authorization Code Protection`,
    fix: 'Add "S256" to code_challenge_methods_supported: clients must refuse to go on without it.',
  },
  grants: {
    group: "server",
    title: "The authorization code flow is offered",
    clause: "RFC 8414 §2, OAuth 2.1 §4.1",
    fix: 'Allow the grant "authorization_code" and the response type "code".',
  },
  registration: {
    group: "server",
    title: "Clients can introduce themselves",
    clause: `${AUTHORIZATION}, Client Registration Approaches`,
    fix: "Turn on client ID metadata documents or dynamic registration; otherwise users type in a client id.",
  },
  "server-scopes": {
    group: "server",
    title: "It knows the scopes that the resource asks for",
    clause: "RFC 8414 §2, RFC 6749 §5.2",
    fix: "Define the scopes at the authorization server: strict ones answer invalid_scope.",
  },
  "resource-indicators": {
    group: "server",
    title: "It puts the resource into its tokens",
    clause: "RFC 8707 §2",
    fix: "Set up what puts this server's URL into the audience, or accept what the server does put there.",
  },

  "key-set": {
    group: "keys",
    title: "The key set is there",
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
    title: "It holds no private key and no secret",
    clause: "RFC 7517 §9.2",
    fix: "Replace the key now: whoever has read the document can sign tokens.",
  },
  "key-size": {
    group: "keys",
    title: "Its keys are long enough",
    clause: "RFC 7518 §3.3",
    fix: "Use RSA keys of at least 2048 bits with the exponent 65537.",
  },
  "key-form": {
    group: "keys",
    title: "Every signature key can be read",
    clause: "RFC 7517 §4",
    fix: "Correct or remove the key; tokens signed by it are refused.",
  },
  "key-id": {
    group: "keys",
    title: "Keys have ids, and no two have the same",
    clause: "RFC 7517 §4.5",
    fix: "Give every key a kid of its own: validators cannot choose between equal ones.",
  },

  "cors-preflight": {
    group: "browser",
    title: "The preflight of a browser client is answered",
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
    title: "The client can register by itself",
    clause: "documentation of the client's vendor",
    fix: "Turn on client ID metadata documents or dynamic registration at the authorization server.",
  },
  "client-server-cors": {
    group: "client",
    title: "The authorization server's metadata can be read by pages",
    clause: "Fetch, CORS",
    fix: "Allow cross-origin reading of the metadata, or connect through the inspector's proxy.",
  },
} as const satisfies Record<string, Check>;

export type CheckId = keyof typeof CHECKS;

/** The entry of one check. */
export function checkOf(id: CheckId): Check {
  return CHECKS[id];
}
