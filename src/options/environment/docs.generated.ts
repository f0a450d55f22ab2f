// Made by `npm run docs:options` from the JSDoc of the rows; edit those.
/** First paragraph and default of rows, where their variable does not say it in other words. */
export const DOCS: Readonly<Record<string, { readonly text?: string; readonly default?: string }>> =
  {
    API_KEYS_SHA256: {},
    API_KEY_SCOPES: {},
    API_KEY_HEADER: { text: "Header that carries the key." },
    API_KEY_DEPRECATION: {},
    API_KEY_SUNSET: {},
    AUTH_MODE: {},
    OAUTH_PROVIDER: {
      text: "A known authorization server, configured by its own variables below. Without it, the next ones apply.",
    },
    OAUTH_AUTHORIZATION_SERVER: {
      text: "Issuer of the authorization server, exactly as written in its metadata.",
    },
    OAUTH_TOKEN_TYPE: {
      text: "How tokens are validated: as JWTs, by introspection, or each token by both.",
    },
    OAUTH_CLIENT_CERT: {},
    OAUTH_CLIENT_KEY: { text: "Private key of the client certificate, as PEM." },
    OAUTH_INTROSPECTION_ENDPOINT: {
      text: "URL of the introspection endpoint (RFC 7662).",
      default: "discovered from the issuer's metadata",
    },
    OAUTH_CLIENT_ID: { text: "This server's client id at the issuer." },
    OAUTH_CLIENT_SECRET: { text: "Client secret of this server at the issuer." },
    OAUTH_INTROSPECTION_AUTH_METHOD: { text: "How this server authenticates at the endpoint." },
    OAUTH_PRIVATE_KEY: {},
    OAUTH_PRIVATE_KEY_ID: { text: "`kid` of the private key." },
    OAUTH_INTROSPECTION_TOKEN: { text: "Access token for `bearer`." },
    OAUTH_INTROSPECTION_CACHE: {
      text: "How long an active answer is cached, in seconds, never past `exp`. A revoked token works for that long; 0 introspects every time.",
      default: "60",
    },
    OAUTH_INTROSPECTION_ALLOW_MISSING: {
      text: "Members that an answer may omit. Each name switches off one check for answers without that member.",
    },
    OAUTH_TRUSTED_PROXIES: {
      text: "Proxies in front of this server whose `Forwarded` and `X-Forwarded-*` headers are trusted: addresses, CIDR ranges, `loopback`, `private` or `linkLocal`. They must set or remove those headers themselves.",
      default: "none",
    },
    OAUTH_REQUIRE_HTTPS: { text: "Refuse tokens over plain HTTP, except from loopback." },
    OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP: {
      text: 'Accept plain http on loopback for the issuer, its key set, introspection or the resource: `true` for all, or a list of `"issuer"`, `"jwks"`, `"introspection"` and `"resource"`.',
    },
    OAUTH_ALLOW_PRIVATE_ADDRESSES: {
      text: "Private addresses that this server may call to reach its authorization servers: `true` for all private networks, or CIDR ranges and host names.",
    },
    OAUTH_RATE_LIMIT: {},
    OAUTH_AUTHORIZATION_SERVERS: {},
    OAUTH_DPOP_NONCE_SECRET: {},
    OAUTH_DPOP: { default: "allowed" },
    OAUTH_MTLS_PROXIES: {
      text: "Proxies that terminate TLS and forward the client certificate: addresses, CIDR ranges, `loopback`, `private` or `linkLocal`. They must remove this header from client requests.",
    },
    OAUTH_MTLS_HEADER: { text: "Header that carries the client certificate." },
    OAUTH_MTLS_ENCODING: { text: "Encoding of that header.", default: "rfc9440" },
    OAUTH_MTLS: {},
    OAUTH_REDIS_URL: {},
    OAUTH_STORE_KEYS: {},
    OAUTH_RESOURCE_NAME: { text: "`resource_name`: the name that clients show to users." },
    OAUTH_DOCUMENTATION_URL: { text: "`resource_documentation`: a page for developers." },
    OAUTH_RESOURCE: {
      text: "The URL of this server as clients write it, including the path: the audience of its tokens (RFC 8707).",
    },
    OAUTH_REQUIRED_SCOPES: {},
    OAUTH_SCOPE_PREFIX: {
      text: "Prefix of every scope in metadata and challenges; scopes are checked without it.",
      default: "none",
    },
    OAUTH_ALLOWED_ORIGINS: {
      text: 'Origins of web pages that may call this server, or `"*"`. Must not contradict the `cors` option of a transport.',
      default:
        "what the transport's `cors` option allows; without it, the resource's own origin, and pages on loopback",
    },
    OAUTH_HEADER_NAME: { text: "Header that carries the access token.", default: "Authorization" },
    OAUTH_MAX_BODY_BYTES: {
      text: "Largest request body, in bytes. Larger bodies get 413. Anonymous requests may send at most 64 KiB.",
    },
    OAUTH_VERIFY_AT_START: {
      text: "Whether to check the authorization servers' metadata at start: log problems, refuse to start, or skip the check.",
      default: "warn",
    },
    OAUTH_AUDIT: {},
    OAUTH_SCOPE_CLAIMS: {
      text: "Claims that grant scopes, as a space-separated string or a list. Dots reach into objects.",
    },
    OAUTH_ISSUER: {},
    OAUTH_AUDIENCE: { text: "Accepted audiences: `aud` must contain one of them." },
    OAUTH_CLOCK_TOLERANCE: {
      text: "Clock skew tolerance for `exp`, `nbf` and `iat`, in seconds (0–120).",
      default: "60",
    },
    OAUTH_ALLOWED_CLIENT_IDS: {
      text: "Accepted client ids, instead of an audience, for issuers whose access tokens have no `aud`.",
    },
    OAUTH_JWKS_URI: {
      text: "URL of the issuer's key set.",
      default: "discovered from the issuer's metadata",
    },
    OAUTH_PUBLIC_KEY: {},
    OAUTH_JWT_SECRET: {
      text: "Secret shared with the issuer, for HS256, HS384 and HS512. At least as long as the hash.",
    },
    OAUTH_SECRET_OVERLAP: { default: "300" },
    OAUTH_SECRET_TTL: {},
    OAUTH_ALGORITHMS: { text: "Accepted signature algorithms." },
    OAUTH_ALLOW_JWT_TYP: {
      text: 'Also accept tokens with `typ: "JWT"` or without `typ`; by default only `at+jwt` (RFC 9068 §2.1).',
      default: "false",
    },
  };
