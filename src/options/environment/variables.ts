/** How a variable's text is read. */
export type VariableKind =
  | "text"
  | "url"
  /** Separated by commas or spaces. */
  | "list"
  | "seconds"
  | "bytes"
  | "flag"
  | "choice"
  /** A count, or `off`. */
  | "limit"
  /** Text, or where it is: `env:`, `file:` or `gcp-secret-manager:`. */
  | "secret"
  /** Text, `env:` or `file:`; read once, at start. */
  | "fixed-secret"
  /** PEM, in which `\n` may stand for line ends, a JWK, or `file:`. */
  | "public-key";

export interface Variable {
  readonly name: string;
  readonly section: string;
  readonly kind: VariableKind;
  /** What it says, in a sentence or two. */
  readonly text: string;
  readonly example: string;
  /** What holds without it. */
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Largest number, for `seconds` and `bytes`. */
  readonly max?: number;
  /** The option it becomes, as messages name that. */
  readonly option?: string;
  /** Preset that it belongs to, and whether that needs it; `usually` is the usual one of several ways. */
  readonly provider?: string;
  readonly required?: boolean | "usually";
}

const DAY = 86_400;

/** Names of presets as `OAUTH_PROVIDER` takes them. */
export const PROVIDERS = [
  "auth0",
  "okta",
  "cognito",
  "entra",
  "google",
  "keycloak",
  "workos",
  "clerk",
  "supabase",
  "zitadel",
  "logto",
  "hydra",
  "better-auth",
  "descope",
  "scalekit",
] as const;

export type ProviderName = (typeof PROVIDERS)[number];

/**
 * Every environment variable there is. `.env.example` and
 * `docs/reference/environment.md` are written from this table.
 */
export const VARIABLES = [
  {
    name: "OAUTH_RESOURCE",
    section: "This server",
    kind: "url",
    text: "The URL that clients use to reach this server, path included; the audience of its tokens.",
    example: "https://mcp.example.com/mcp",
    option: "resource",
    required: true,
  },
  {
    name: "OAUTH_REQUIRED_SCOPES",
    section: "This server",
    kind: "list",
    text: "Scopes that every request needs.",
    example: "mcp:tools",
    default: "none",
    option: "scopes",
  },
  {
    name: "OAUTH_SCOPE_PREFIX",
    section: "This server",
    kind: "text",
    text: "Stands before scopes where they are published, and not where they are checked.",
    example: "api://my-app/",
    default: "none",
    option: "scopePrefix",
  },
  {
    name: "OAUTH_ALLOWED_ORIGINS",
    section: "This server",
    kind: "list",
    text: "Origins of web pages that may call this server, or `*`.",
    example: "https://app.example.com",
    default: "its own origin, and pages on this machine",
    option: "allowedOrigins",
  },
  {
    name: "OAUTH_RESOURCE_NAME",
    section: "This server",
    kind: "text",
    text: "Name that clients may show.",
    example: "Example MCP",
    option: "metadata.resourceName",
  },
  {
    name: "OAUTH_DOCUMENTATION_URL",
    section: "This server",
    kind: "url",
    text: "A page for developers, published with the metadata.",
    example: "https://example.com/docs",
    option: "metadata.documentation",
  },
  {
    name: "OAUTH_HEADER_NAME",
    section: "This server",
    kind: "text",
    text: "Header that carries the access token.",
    example: "Authorization",
    default: "Authorization",
    option: "headerName",
  },
  {
    name: "OAUTH_MAX_BODY_BYTES",
    section: "This server",
    kind: "bytes",
    text: "Largest request body, in bytes.",
    example: "4194304",
    default: "the transport's limit, or 4194304",
    max: 1024 ** 3,
    option: "maxBodyBytes",
  },
  {
    name: "OAUTH_VERIFY_AT_START",
    section: "This server",
    kind: "choice",
    choices: ["warn", "fail", "off"],
    text: "Whether to look at the authorization servers' metadata at start: say what is amiss, refuse to start, or do nothing.",
    example: "warn",
    default: "warn",
    option: "verifyAtStart",
  },
  {
    name: "OAUTH_PROVIDER",
    section: "Authorization server",
    kind: "choice",
    choices: PROVIDERS,
    text: "A known authorization server. Its own variables, below, say which; without it, the next ones do.",
    example: "auth0",
    default: "any authorization server, by its metadata",
  },
  {
    name: "OAUTH_AUTHORIZATION_SERVER",
    section: "Authorization server",
    kind: "url",
    text: "Issuer of the authorization server, exactly as its metadata spells it.",
    example: "https://auth.example.com",
    default: "OAUTH_ISSUER",
    option: "authorizationServers",
    required: true,
  },
  {
    name: "OAUTH_AUTHORIZATION_SERVERS",
    section: "Authorization server",
    kind: "list",
    text: "The same for several. Clients use the first one.",
    example: "https://auth.example.com,https://auth.example.org",
    option: "authorizationServers",
  },
  {
    name: "OAUTH_ISSUER",
    section: "Authorization server",
    kind: "url",
    text: "`iss` of the tokens, where it is spelt differently.",
    example: "https://auth.example.com",
    default: "the authorization server",
    option: "validation.issuer",
  },
  {
    name: "OAUTH_AUDIENCE",
    section: "Authorization server",
    kind: "list",
    text: "Values of which `aud` must contain one. For servers that cannot put the resource into their tokens.",
    example: "https://mcp.example.com/mcp",
    default: "OAUTH_RESOURCE",
    option: "validation.audience",
  },
  {
    name: "OAUTH_TOKEN_TYPE",
    section: "Authorization server",
    kind: "choice",
    choices: ["jwt", "introspection", "hybrid"],
    text: "How tokens are checked: as JWTs, by asking the issuer, or both for each token.",
    example: "jwt",
    default: "jwt; with OAUTH_CLIENT_ID, opaque tokens are introspected beside",
    option: "validation.type",
  },
  {
    name: "OAUTH_JWKS_URI",
    section: "JWTs",
    kind: "url",
    text: "Where the issuer's keys are.",
    example: "https://auth.example.com/.well-known/jwks.json",
    default: "found through the issuer's metadata",
    option: "validation.jwksUri",
  },
  {
    name: "OAUTH_PUBLIC_KEY",
    section: "JWTs",
    kind: "public-key",
    text: "The issuer's public key instead: PEM, in which `\\n` may stand for a line end, a JWK, or `file:/path`.",
    example: "file:/etc/oauth/issuer.pem",
    option: "validation.publicKey",
  },
  {
    name: "OAUTH_JWT_SECRET",
    section: "JWTs",
    kind: "secret",
    text: "Secret shared with the issuer, for HS256, HS384 and HS512: at least as long as the hash.",
    example: "file:/run/secrets/jwt",
    option: "validation.secret",
  },
  {
    name: "OAUTH_ALGORITHMS",
    section: "JWTs",
    kind: "list",
    choices: [
      ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"],
      ...["EdDSA", "Ed25519", "HS256", "HS384", "HS512"],
    ],
    text: "Signature algorithms to accept.",
    example: "RS256,ES256",
    default: "every asymmetric one, or HS256 with OAUTH_JWT_SECRET",
    option: "validation.algorithms",
  },
  {
    name: "OAUTH_ALLOW_JWT_TYP",
    section: "JWTs",
    kind: "flag",
    text: "Accept tokens with `typ: JWT`, or none, beside `at+jwt`. ID tokens stay refused by their other marks.",
    example: "true",
    default: "false",
    option: "validation.allowJwtTyp",
  },
  {
    name: "OAUTH_CLOCK_TOLERANCE",
    section: "JWTs",
    kind: "seconds",
    text: "How far clocks may differ, in seconds.",
    example: "60",
    default: "60",
    max: 120,
    option: "validation.clockToleranceSeconds",
  },
  {
    name: "OAUTH_SCOPE_CLAIMS",
    section: "JWTs",
    kind: "list",
    text: "Claims that grant scopes; dots reach into objects.",
    example: "scope,permissions",
    default: "scope,scp",
    option: "validation.claims.scopes",
  },
  {
    name: "OAUTH_ALLOWED_CLIENT_IDS",
    section: "JWTs",
    kind: "list",
    text: "For issuers whose tokens name no audience: the clients that may come.",
    example: "my-client",
    option: "validation.clientIds",
  },
  {
    name: "OAUTH_INTROSPECTION_ENDPOINT",
    section: "Introspection",
    kind: "url",
    text: "Where tokens are asked about.",
    example: "https://auth.example.com/oauth/introspect",
    default: "found through the issuer's metadata",
    option: "introspection.endpoint",
  },
  {
    name: "OAUTH_CLIENT_ID",
    section: "Introspection",
    kind: "text",
    text: "This server's client id at the issuer.",
    example: "mcp-server",
    option: "introspection.clientId",
  },
  {
    name: "OAUTH_CLIENT_SECRET",
    section: "Introspection",
    kind: "secret",
    text: "Secret of that client.",
    example: "file:/run/secrets/oauth",
    option: "introspection.clientSecret",
  },
  {
    name: "OAUTH_INTROSPECTION_AUTH_METHOD",
    section: "Introspection",
    kind: "choice",
    choices: [
      ...["client_secret_basic", "client_secret_post", "private_key_jwt"],
      ...["tls_client_auth", "bearer"],
    ],
    text: "How this server says who it is.",
    example: "client_secret_basic",
    default:
      "private_key_jwt with OAUTH_PRIVATE_KEY, tls_client_auth with OAUTH_CLIENT_CERT, bearer with OAUTH_INTROSPECTION_TOKEN, otherwise client_secret_basic",
    option: "introspection.authMethod",
  },
  {
    name: "OAUTH_PRIVATE_KEY",
    section: "Introspection",
    kind: "secret",
    text: "Key for `private_key_jwt`: PEM, in which `\\n` may stand for a line end, or a JWK.",
    example: "file:/run/secrets/oauth.pem",
    option: "introspection.privateKey",
  },
  {
    name: "OAUTH_PRIVATE_KEY_ID",
    section: "Introspection",
    kind: "text",
    text: "`kid` of that key.",
    example: "2026-01",
    option: "introspection.keyId",
  },
  {
    name: "OAUTH_CLIENT_CERT",
    section: "Introspection",
    kind: "fixed-secret",
    text: "Certificate for `tls_client_auth`: PEM, in which `\\n` may stand for a line end.",
    example: "file:/run/secrets/client.pem",
    option: "introspection.tls.cert",
  },
  {
    name: "OAUTH_CLIENT_KEY",
    section: "Introspection",
    kind: "fixed-secret",
    text: "Private key of that certificate.",
    example: "file:/run/secrets/client-key.pem",
    option: "introspection.tls.key",
  },
  {
    name: "OAUTH_INTROSPECTION_TOKEN",
    section: "Introspection",
    kind: "secret",
    text: "Token for `bearer`.",
    example: "file:/run/secrets/introspection-token",
    option: "introspection.token",
  },
  {
    name: "OAUTH_INTROSPECTION_CACHE",
    section: "Introspection",
    kind: "seconds",
    text: "How long a good answer counts, in seconds; a revoked token works for that long. 0 asks every time.",
    example: "60",
    default: "60",
    max: DAY,
    option: "introspection.cacheSeconds",
  },
  {
    name: "OAUTH_INTROSPECTION_ALLOW_MISSING",
    section: "Introspection",
    kind: "list",
    choices: ["iss", "aud", "exp"],
    text: "Members that answers may lack; each switches one check off for answers without it.",
    example: "iss",
    default: "none",
    option: "introspection.allowMissing",
  },
  {
    name: "AUTH_MODE",
    section: "API keys",
    kind: "choice",
    choices: ["oauth", "api_key", "both"],
    text: "Which credentials count. API keys are looked at only when this says so.",
    example: "both",
    default: "oauth",
    option: "authMode",
  },
  {
    name: "API_KEYS_SHA256",
    section: "API keys",
    kind: "list",
    text: 'The keys, each as `client=hash`: `printf %s "$KEY" | sha256sum`. The keys themselves stand nowhere.',
    example: "ci=SHA256_OF_THE_KEY",
    option: "apiKeys.keys",
  },
  {
    name: "API_KEY_SCOPES",
    section: "API keys",
    kind: "list",
    text: "Scopes that every key grants.",
    example: "mcp:tools",
    default: "none",
    option: "apiKeys.scopes",
  },
  {
    name: "API_KEY_HEADER",
    section: "API keys",
    kind: "text",
    text: "Header that carries the key.",
    example: "X-API-Key",
    default: "X-API-Key",
    option: "apiKeys.headerName",
  },
  {
    name: "API_KEY_DEPRECATION",
    section: "API keys",
    kind: "text",
    text: "Since when keys are deprecated, as an ISO 8601 date: sent with every answer to one.",
    example: "2026-01-01",
    option: "apiKeys.deprecation",
  },
  {
    name: "API_KEY_SUNSET",
    section: "API keys",
    kind: "text",
    text: "When keys will stop working, as an ISO 8601 date. Announces it, does not enforce it.",
    example: "2026-12-31",
    option: "apiKeys.sunset",
  },
  {
    name: "OAUTH_DPOP",
    section: "Stolen tokens",
    kind: "choice",
    choices: ["allowed", "required", "off"],
    text: "Proof of possession (RFC 9449): for tokens that are bound to a key, for every token, or not looked at, so that bound tokens are refused.",
    example: "required",
    default: "allowed",
    option: "dpop.mode",
  },
  {
    name: "OAUTH_DPOP_NONCE_SECRET",
    section: "Stolen tokens",
    kind: "fixed-secret",
    text: "Ask for a nonce in every proof, made from this: 32 bytes as base64url text, the same in every process. To rotate, the former one behind it.",
    example: "file:/run/secrets/dpop-nonce",
    default: "no nonce is asked for",
    option: "dpop.nonce.secret",
  },
  {
    name: "OAUTH_MTLS",
    section: "Stolen tokens",
    kind: "choice",
    choices: ["allowed", "required"],
    text: "Announce tokens that are bound to client certificates (RFC 8705), or refuse all others.",
    example: "required",
    default: "bound tokens need their certificate, and nothing is announced",
    option: "mtls.required",
  },
  {
    name: "OAUTH_MTLS_PROXIES",
    section: "Stolen tokens",
    kind: "list",
    text: "Proxies that end TLS and tell the client's certificate: addresses or CIDR ranges. They must drop the header from what clients send.",
    example: "10.0.0.0/8",
    default: "the TLS connection itself",
    option: "mtls.proxy.addresses",
  },
  {
    name: "OAUTH_MTLS_HEADER",
    section: "Stolen tokens",
    kind: "text",
    text: "Header in which they do.",
    example: "X-Amzn-Mtls-Clientcert-Leaf",
    default: "Client-Cert",
    option: "mtls.proxy.header",
  },
  {
    name: "OAUTH_MTLS_ENCODING",
    section: "Stolen tokens",
    kind: "choice",
    choices: ["rfc9440", "pem-urlencoded", "base64-der"],
    text: "How they write it.",
    example: "pem-urlencoded",
    default: "rfc9440",
    option: "mtls.proxy.encoding",
  },
  {
    name: "OAUTH_TRUSTED_PROXIES",
    section: "Network",
    kind: "list",
    text: "Proxies whose `Forwarded` and `X-Forwarded-*` are believed: addresses, CIDR ranges, `loopback`, `private`, `linkLocal`. They must set or remove those headers.",
    example: "10.0.0.0/8",
    default: "none",
    option: "trustedProxies",
  },
  {
    name: "OAUTH_REQUIRE_HTTPS",
    section: "Network",
    kind: "flag",
    text: "Refuse tokens that come over plain HTTP, except from this machine.",
    example: "true",
    default: "true when NODE_ENV is production",
    option: "requireHttps",
  },
  {
    name: "OAUTH_ALLOW_PRIVATE_ADDRESSES",
    section: "Network",
    kind: "list",
    text: "Private addresses that this server may call to reach its authorization servers: CIDR ranges and host names, or `true` for all.",
    example: "idp.internal",
    default: "none but this machine",
    option: "allowPrivateAddresses",
  },
  {
    name: "OAUTH_RATE_LIMIT",
    section: "Network",
    kind: "limit",
    text: "Bad credentials of one client address in a minute; further ones are answered 429. `off` for no limits.",
    example: "10",
    default: "10",
    option: "rateLimit.failures",
  },
  {
    name: "OAUTH_REDIS_URL",
    section: "Several processes",
    kind: "fixed-secret",
    text: "Redis that all processes share, for used proofs, revocations and counts; needs `npm install ioredis`.",
    example: "rediss://:password@redis.internal:6379",
    default: "the memory of this process",
    option: "Redis URL",
  },
  {
    name: "OAUTH_STORE_KEYS",
    section: "Several processes",
    kind: "fixed-secret",
    text: "Encrypt what holds claims there: `name=key`, the key 32 bytes as base64url text. Of several the first one seals, all open.",
    example: "file:/run/secrets/store-keys",
    default: "stored as it is",
    option: "storeEncryptionKeys",
  },
  {
    name: "OAUTH_AUDIT",
    section: "Log",
    kind: "choice",
    choices: ["refusals", "all", "json"],
    text: "Decisions in the log: refused ones, all of them, or all as lines of JSON on standard output.",
    example: "json",
    default: "refusals",
    option: "audit",
  },
  {
    name: "OAUTH_SECRET_TTL",
    section: "Secrets",
    kind: "seconds",
    text: "How long a secret from a file or a secret manager is used before it is read anew, in seconds. One that verifies is also read anew when a signature is unknown.",
    example: "300",
    default: "300; 5 for files",
    max: DAY,
  },
  {
    name: "OAUTH_SECRET_OVERLAP",
    section: "Secrets",
    kind: "seconds",
    text: "How long the previous OAUTH_JWT_SECRET or SUPABASE_JWT_SECRET stays valid beside a new one, in seconds. A leaked one stays good for as long.",
    example: "300",
    default: "300",
    max: 30 * DAY,
    option: "validation.secretOverlapSeconds",
  },
  ...preset("auth0", [
    ["AUTH0_DOMAIN", "text", "auth0.domain", true, "The tenant's domain.", "acme.eu.auth0.com"],
  ]),
  ...preset("okta", [
    ["OKTA_DOMAIN", "text", "okta.domain", true, "The organisation's domain.", "acme.okta.com"],
    [
      "OKTA_AUTHORIZATION_SERVER_ID",
      "text",
      "okta.authorizationServerId",
      true,
      "Id of a custom authorization server.",
      "default",
    ],
  ]),
  ...preset("cognito", [
    [
      "COGNITO_USER_POOL_ID",
      "text",
      "cognito.userPoolId",
      true,
      "Id of the user pool; the region is read from it.",
      "eu-west-1_AbCdEfGhI",
    ],
    [
      "COGNITO_CLIENT_IDS",
      "list",
      "cognito.clientIds",
      false,
      "App clients whose tokens are accepted although they name no audience.",
      "1example23456789",
    ],
    [
      "COGNITO_RESOURCE_SERVER",
      "text",
      "cognito.resourceServer",
      false,
      "Identifier of the pool's resource server, which stands before its scopes.",
      "https://mcp.example.com/mcp",
    ],
  ]),
  ...preset("entra", [
    [
      "ENTRA_CLIENT_ID",
      "text",
      "entra.clientId",
      true,
      "Application (client) id of this server's app registration.",
      "11111111-2222-3333-4444-555555555555",
    ],
    [
      "ENTRA_TENANT_ID",
      "text",
      "entra.tenantId",
      "usually",
      "Directory (tenant) id. This or ENTRA_TENANTS.",
      "11111111-2222-3333-4444-555555555555",
    ],
    [
      "ENTRA_TENANTS",
      "list",
      "entraMultiTenant.tenants",
      false,
      "Several tenants, for a multi-tenant app registration.",
      "11111111-2222-3333-4444-555555555555",
    ],
    [
      "ENTRA_APPLICATION_ID_URI",
      "text",
      "entra.applicationIdUri",
      false,
      "Application ID URI, where it is not `api://` and the client id.",
      "https://mcp.example.com",
    ],
    [
      "ENTRA_AUTHORITY",
      "text",
      "entra.authority",
      false,
      "Host of a national cloud.",
      "login.microsoftonline.us",
    ],
  ]),
  ...preset("google", [
    [
      "GOOGLE_CLIENT_IDS",
      "list",
      "google.clientIds",
      true,
      "OAuth clients whose tokens are accepted.",
      "1234-abc.apps.googleusercontent.com",
    ],
  ]),
  ...preset("keycloak", [
    [
      "KEYCLOAK_URL",
      "text",
      "keycloak.url",
      true,
      "Base URL, without `/realms`.",
      "https://sso.example.com",
    ],
    ["KEYCLOAK_REALM", "text", "keycloak.realm", true, "The realm.", "main"],
    [
      "KEYCLOAK_ROLES_FROM",
      "list",
      "keycloak.rolesFrom",
      false,
      "Count roles as scopes: `realm`, or the clients whose roles they are.",
      "realm",
    ],
  ]),
  ...preset("workos", [
    ["AUTHKIT_DOMAIN", "text", "workos.domain", true, "The AuthKit domain.", "acme.authkit.app"],
  ]),
  ...preset("clerk", [
    [
      "CLERK_FRONTEND_API",
      "text",
      "clerk.frontendApi",
      true,
      "The instance's frontend API.",
      "clerk.example.com",
    ],
    [
      "CLERK_CLIENT_IDS",
      "list",
      "clerk.clientIds",
      "usually",
      "Clients whose tokens are accepted although they name no audience. This, OAUTH_AUDIENCE, or the next.",
      "Ab1Cd2Ef3Gh4",
    ],
    [
      "CLERK_DANGEROUSLY_ACCEPT_ANY_CLIENT",
      "flag",
      "clerk.dangerouslyAcceptAnyClient",
      false,
      "Introspect with OAUTH_CLIENT_ID, and accept tokens issued for any application of the instance.",
      "true",
    ],
  ]),
  ...preset("supabase", [
    [
      "SUPABASE_URL",
      "text",
      "supabase.url",
      true,
      "The project's URL.",
      "https://abcdefghijkl.supabase.co",
    ],
    [
      "SUPABASE_JWT_SECRET",
      "secret",
      "supabase.jwtSecret",
      false,
      "The legacy JWT secret, for projects that still sign with HS256.",
      "file:/run/secrets/supabase",
    ],
  ]),
  ...preset("zitadel", [
    [
      "ZITADEL_DOMAIN",
      "text",
      "zitadel.domain",
      true,
      "The instance.",
      "acme-1a2b3c.zitadel.cloud",
    ],
    [
      "ZITADEL_PROJECT_ID",
      "text",
      "zitadel.projectId",
      true,
      "The project. Also needs OAUTH_CLIENT_ID, and OAUTH_CLIENT_SECRET or OAUTH_PRIVATE_KEY.",
      "269012345678901234",
    ],
  ]),
  ...preset("logto", [
    [
      "LOGTO_ENDPOINT",
      "text",
      "logto.endpoint",
      true,
      "The tenant's endpoint.",
      "https://acme.logto.app",
    ],
  ]),
  ...preset("hydra", [
    [
      "HYDRA_ISSUER",
      "text",
      "hydra.issuer",
      true,
      "`urls.self.issuer`, with its slash if it has one.",
      "https://auth.example.com/",
    ],
  ]),
  ...preset("better-auth", [
    [
      "BETTER_AUTH_ISSUER",
      "text",
      "betterAuth.issuer",
      true,
      "Base URL and base path of the instance.",
      "https://app.example.com/api/auth",
    ],
  ]),
  ...preset("descope", [
    ["DESCOPE_PROJECT_ID", "text", "descope.projectId", true, "Id of the project.", "P2abcDEF"],
    [
      "DESCOPE_MCP_SERVER_ID",
      "text",
      "descope.mcpServerId",
      true,
      "Id of the MCP server.",
      "MS2abcDEF",
    ],
    [
      "DESCOPE_BASE_URL",
      "text",
      "descope.baseUrl",
      false,
      "API of another region, or a custom domain.",
      "https://api.euc1.descope.com",
    ],
  ]),
  ...preset("scalekit", [
    [
      "SCALEKIT_ENVIRONMENT_URL",
      "text",
      "scalekit.environmentUrl",
      true,
      "The environment's URL.",
      "https://acme.scalekit.com",
    ],
    [
      "SCALEKIT_RESOURCE_ID",
      "text",
      "scalekit.resourceId",
      true,
      "Id of the MCP server.",
      "res_123456789",
    ],
  ]),
] as const satisfies readonly Variable[];

/** A name in the table; a misspelt one does not compile. */
export type VariableName = (typeof VARIABLES)[number]["name"];

type Row<Name extends string> = readonly [
  name: Name,
  kind: VariableKind,
  option: string,
  required: boolean | "usually",
  text: string,
  example: string,
];

interface PresetVariable<Name extends string> extends Variable {
  readonly name: Name;
}

function preset<const Name extends string>(
  provider: ProviderName,
  rows: readonly Row<Name>[],
): readonly PresetVariable<Name>[] {
  const section = `OAUTH_PROVIDER=${provider}`;
  return rows.map(([name, kind, option, required, text, example]) => ({
    ...{ name, kind, option, required, text, example, section, provider },
  }));
}
