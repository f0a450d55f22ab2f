import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { createAuthorizationServerFromEnv } from "../../../../src/authorization-server/index.js";
import { VARIABLES } from "../../../../src/options/environment/variables.js";
import { ConfigurationError, OAuthAuthProvider, optionsFromEnv } from "../../../../src/index.js";
import { PROVIDERS } from "../../../../src/providers/registry.js";
import { temporaryFolder } from "../../../support/temporary/folder.js";
import { setNodeEnv } from "../../../support/node-env.js";

const BASE = {
  OAUTH_RESOURCE: "https://mcp.example.com/mcp",
  OAUTH_AUTHORIZATION_SERVER: "https://auth.example.com",
};
const SECRET = "0123456789abcdef0123456789abcdef";
const HASH = "a".repeat(64);
const KEY = Buffer.alloc(32, 7).toString("base64url");

/** What each preset needs: its own variables with their examples, and a client to introspect with. */
const PRESET_ENV: Readonly<Record<string, Record<string, string>>> = Object.fromEntries(
  PROVIDERS.map(({ id, variables, validates }) => [
    id,
    {
      ...Object.fromEntries(
        variables
          .filter(({ required }) => required !== false)
          .map(({ name, example }) => [name, example]),
      ),
      ...(validates === "introspection" && {
        OAUTH_CLIENT_ID: "2",
        OAUTH_CLIENT_SECRET: "hunter2",
      }),
    },
  ]),
);

let warnings: string[];
let folder: string;
beforeAll(() => {
  warnings = [];
  jest.spyOn(logger, "warn").mockImplementation((line: string) => void warnings.push(line));
  folder = temporaryFolder();
  writeFileSync(join(folder, "secret"), `${SECRET}\n`);
});
afterAll(() => {
  jest.restoreAllMocks();
});

describe("options from the environment", () => {
  it.each<[string, Record<string, string>, object]>([
    ["the two that are needed", {}, { authorizationServers: ["https://auth.example.com"] }],
    [
      "several authorization servers",
      {
        OAUTH_AUTHORIZATION_SERVER: "",
        OAUTH_AUTHORIZATION_SERVERS: "https://a.example, https://b.example",
      },
      { authorizationServers: ["https://a.example", "https://b.example"] },
    ],
    [
      "the issuer alone",
      { OAUTH_AUTHORIZATION_SERVER: " ", OAUTH_ISSUER: "https://a.example/" },
      { authorizationServers: ["https://a.example/"] },
    ],
    [
      "an HMAC secret",
      { OAUTH_JWT_SECRET: SECRET },
      { validation: [{ type: "jwt", secret: SECRET }] },
    ],
    [
      "a public key with written line ends",
      { OAUTH_PUBLIC_KEY: "-----BEGIN X-----\\nabc\\n-----END X-----" },
      { validation: [{ type: "jwt", publicKey: "-----BEGIN X-----\nabc\n-----END X-----" }] },
    ],
    [
      "a JWK",
      { OAUTH_PUBLIC_KEY: '{"kty":"OKP"}' },
      { validation: [{ type: "jwt", publicKey: { kty: "OKP" } }] },
    ],
    [
      "introspection beside JWTs",
      { OAUTH_CLIENT_ID: "me", OAUTH_CLIENT_SECRET: "hunter2" },
      {
        validation: [
          { type: "jwt" },
          { type: "introspection", introspection: { clientId: "me", clientSecret: "hunter2" } },
        ],
      },
    ],
    [
      "introspection alone",
      {
        OAUTH_TOKEN_TYPE: "introspection",
        OAUTH_CLIENT_ID: "me",
        OAUTH_CLIENT_SECRET: "hunter2",
        OAUTH_INTROSPECTION_ENDPOINT: "https://auth.example.com/introspect",
        OAUTH_INTROSPECTION_CACHE: "0",
        OAUTH_INTROSPECTION_ALLOW_MISSING: "iss aud",
      },
      {
        validation: {
          type: "introspection",
          introspection: {
            clientId: "me",
            clientSecret: "hunter2",
            endpoint: "https://auth.example.com/introspect",
            cacheSeconds: 0,
            allowMissing: ["iss", "aud"],
          },
        },
      },
    ],
    [
      "a private key",
      { OAUTH_CLIENT_ID: "me", OAUTH_PRIVATE_KEY: "a\\nb", OAUTH_PRIVATE_KEY_ID: "k" },
      {
        validation: [
          { type: "jwt" },
          {
            type: "introspection",
            introspection: { authMethod: "private_key_jwt", privateKey: "a\nb", keyId: "k" },
          },
        ],
      },
    ],
    [
      "times and limits",
      {
        OAUTH_JWKS_TTL: "900",
        OAUTH_JWKS_MAX_STALE: "3600",
        OAUTH_TOKEN_CACHE: "30",
        OAUTH_REQUIRE_SUBJECT: "true",
        OAUTH_RATE_LIMIT: "20",
        OAUTH_RATE_LIMIT_WINDOW: "300",
        OAUTH_SESSIONS_PER_USER: "5",
        OAUTH_SESSION_IDLE: "600",
        OAUTH_TASKS_PER_USER: "2",
        OAUTH_REVOCATION_CACHE: "1",
        OAUTH_STREAM_RENEWAL: "30",
      },
      {
        validation: [
          {
            jwksTtlSeconds: 900,
            jwksMaxStaleSeconds: 3600,
            cacheSeconds: 30,
            requireSubject: true,
          },
        ],
        rateLimit: { failures: 20, windowSeconds: 300 },
        sessions: { maxPerUser: 5, idleSeconds: 600 },
        tasks: { maxPerUser: 2 },
        revocation: { cacheSeconds: 1 },
        streamRenewalSeconds: 30,
      },
    ],
    [
      "times of introspection and proofs",
      {
        OAUTH_TOKEN_TYPE: "hybrid",
        OAUTH_CLIENT_ID: "me",
        OAUTH_CLIENT_SECRET: "hunter2",
        OAUTH_INTROSPECTION_TIMEOUT: "10",
        OAUTH_INTROSPECTION_NEGATIVE_CACHE: "1",
        OAUTH_INTROSPECTION_CONTINUE: "60",
        OAUTH_INTROSPECTION_CA: "a\\nb",
        OAUTH_DPOP_PROOF_MAX_AGE: "60",
      },
      {
        validation: {
          type: "hybrid",
          continueSeconds: 60,
          introspection: { timeoutSeconds: 10, negativeCacheSeconds: 1, tls: { ca: "a\nb" } },
        },
        dpop: { proofMaxAgeSeconds: 60 },
      },
    ],
    [
      "a resource that the audience names",
      { OAUTH_RESOURCE: "", OAUTH_AUDIENCE: "https://mcp-server.example.com" },
      {
        resource: "https://mcp-server.example.com",
        validation: [{ audience: ["https://mcp-server.example.com"] }],
      },
    ],
    ["no limits", { OAUTH_RATE_LIMIT: "off" }, { rateLimit: false }],
    ["another health path", { OAUTH_HEALTH_PATH: "/healthz" }, { health: { path: "/healthz" } }],
    ["no health path", { OAUTH_HEALTH_PATH: "off" }, { health: false }],
    [
      "another path of the metadata",
      { OAUTH_METADATA_ALIASES: "/.well-known/resource-server" },
      { metadata: { aliases: ["/.well-known/resource-server"] } },
    ],
    [
      "times of a preset",
      {
        OAUTH_AUTHORIZATION_SERVER: "",
        OAUTH_PROVIDER: "auth0",
        AUTH0_DOMAIN: "acme.eu.auth0.com",
        OAUTH_CLOCK_TOLERANCE: "10",
        OAUTH_JWKS_TTL: "900",
      },
      { validation: { type: "jwt", clockToleranceSeconds: 10, jwksTtlSeconds: 900 } },
    ],
    [
      "tokens for development",
      {
        OAUTH_TOKEN_TYPE: "static",
        OAUTH_STATIC_TOKENS: "dev=dev-token-12345, other=token-1=",
        OAUTH_STATIC_TOKEN_SCOPES: "read write",
      },
      {
        validation: {
          type: "static",
          tokens: {
            "dev-token-12345": { clientId: "dev", scopes: ["read", "write"] },
            "token-1=": { clientId: "other", scopes: ["read", "write"] },
          },
        },
      },
    ],
    [
      "API keys beside tokens",
      { AUTH_MODE: "both", API_KEYS_SHA256: `ci=${HASH}`, API_KEY_SCOPES: "mcp:tools" },
      {
        authMode: "both",
        apiKeys: { keys: [{ clientId: "ci", sha256: HASH, scopes: ["mcp:tools"] }] },
      },
    ],
    [
      "API keys alone",
      { OAUTH_AUTHORIZATION_SERVER: "", AUTH_MODE: "api_key", API_KEYS_SHA256: `ci=${HASH}` },
      { authMode: "api_key", authorizationServers: [] },
    ],
    [
      "what pages may call",
      { OAUTH_ALLOWED_ORIGINS: "*", OAUTH_REQUIRED_SCOPES: "a b" },
      { allowedOrigins: "*", scopes: ["a", "b"] },
    ],
    [
      "a client certificate for introspection",
      {
        OAUTH_TOKEN_TYPE: "introspection",
        OAUTH_CLIENT_ID: "me",
        OAUTH_CLIENT_CERT: "-----BEGIN X-----\\nabc",
        OAUTH_CLIENT_KEY: "k\\ney",
      },
      {
        validation: {
          introspection: {
            authMethod: "tls_client_auth",
            clientId: "me",
            tls: { cert: "-----BEGIN X-----\nabc", key: "k\ney" },
          },
        },
      },
    ],
    [
      "a token for introspection",
      { OAUTH_TOKEN_TYPE: "introspection", OAUTH_INTROSPECTION_TOKEN: "hunter2" },
      { validation: { introspection: { authMethod: "bearer", token: "hunter2" } } },
    ],
    ["that proofs are needed", { OAUTH_DPOP: "required" }, { dpop: "required" }],
    [
      "nonces, and the secret before",
      { OAUTH_DPOP_NONCE_SECRET: `${KEY}\n${KEY}` },
      { dpop: { nonce: { secrets: [KEY, KEY] } } },
    ],
    ["that certificates are needed", { OAUTH_MTLS: "required" }, { mtls: { required: true } }],
    [
      "a proxy that ends TLS",
      {
        OAUTH_MTLS_PROXIES: "10.0.0.1",
        OAUTH_MTLS_HEADER: "X-Cert",
        OAUTH_MTLS_ENCODING: "base64-der",
      },
      {
        mtls: {
          proxy: { addresses: ["10.0.0.1"], header: "X-Cert", encoding: "base64-der" },
        },
      },
    ],
    [
      "the network",
      {
        OAUTH_TRUSTED_PROXIES: "loopback 10.0.0.0/8",
        OAUTH_REQUIRE_HTTPS: "true",
        OAUTH_ALLOW_PRIVATE_ADDRESSES: "idp.internal",
        OAUTH_RATE_LIMIT: "100",
      },
      {
        trustedProxies: ["loopback", "10.0.0.0/8"],
        requireHttps: true,
        allowPrivateAddresses: ["idp.internal"],
        rateLimit: { failures: 100 },
      },
    ],
    [
      "no limits, and every private address",
      { OAUTH_RATE_LIMIT: "off", OAUTH_ALLOW_PRIVATE_ADDRESSES: "true" },
      { rateLimit: false, allowPrivateAddresses: true },
    ],
    [
      "keys for the store",
      { OAUTH_STORE_KEYS: `new=${KEY},old=${KEY}` },
      {
        storeEncryptionKeys: [
          { id: "new", secret: KEY },
          { id: "old", secret: KEY },
        ],
      },
    ],
    ["what is logged", { OAUTH_AUDIT: "json" }, { audit: expect.any(Function) }],
  ])("read %s", (_name, env, expected) => {
    expect(optionsFromEnv({ ...BASE, ...env })).toMatchObject(expected);
  });

  it("reads what mcp create --http --oauth writes, and publishes the issuer as Auth0 spells it", () => {
    const options = optionsFromEnv({
      PORT: "8080",
      OAUTH_AUTHORIZATION_SERVER: "https://acme.auth0.com",
      OAUTH_JWKS_URI: "https://acme.auth0.com/.well-known/jwks.json",
      OAUTH_AUDIENCE: "https://mcp.example.com",
      OAUTH_ISSUER: "https://acme.auth0.com/",
      OAUTH_RESOURCE: "https://mcp.example.com",
    });
    expect(options).toEqual({
      resource: "https://mcp.example.com",
      authorizationServers: ["https://acme.auth0.com/"],
      validation: [
        {
          type: "jwt",
          issuer: "https://acme.auth0.com/",
          audience: ["https://mcp.example.com"],
          jwksUri: "https://acme.auth0.com/.well-known/jwks.json",
        },
      ],
    });
    expect(warnings.at(-1)).toMatch(/OAUTH_ALLOW_JWT_TYP=true; OAUTH_PROVIDER=auth0/);
  });

  it("lets overrides win, and asks for nothing they say", () => {
    const options = optionsFromEnv(
      {},
      { resource: "http://localhost:1/mcp", authorizationServers: ["https://a.example"] },
    );
    expect(options).toEqual({
      resource: "http://localhost:1/mcp",
      authorizationServers: ["https://a.example"],
    });
  });

  it("keeps what Zitadel's clients must ask for beside required scopes", () => {
    const env = {
      ...PRESET_ENV["zitadel"],
      ZITADEL_PROJECT_ID: "1",
      OAUTH_RESOURCE: BASE.OAUTH_RESOURCE,
    };
    const options = optionsFromEnv({
      ...env,
      OAUTH_PROVIDER: "zitadel",
      OAUTH_REQUIRED_SCOPES: "a",
    });
    expect(options.scopes).toEqual({
      required: ["a"],
      supported: ["a", "openid", "urn:zitadel:iam:org:project:id:1:aud"],
      initial: ["a", "openid", "urn:zitadel:iam:org:project:id:1:aud"],
    });
  });

  it("reads a mounted secret when it is needed", async () => {
    const { validation } = optionsFromEnv({ ...BASE, OAUTH_JWT_SECRET: `file:${folder}/secret` });
    const [entry] = validation as unknown as [{ secret: () => Promise<string> }];
    await expect(entry.secret()).resolves.toBe(SECRET);
  });

  it.each(Object.entries(PRESET_ENV))(
    "starts with %s, and needs each variable of it",
    (provider, env) => {
      const whole = { OAUTH_RESOURCE: BASE.OAUTH_RESOURCE, OAUTH_PROVIDER: provider, ...env };
      expect(OAuthAuthProvider.fromEnv(whole)).toBeInstanceOf(OAuthAuthProvider);
      for (const name of Object.keys(env)) {
        expect(() => OAuthAuthProvider.fromEnv({ ...whole, [name]: undefined })).toThrow(
          expect.objectContaining({ message: expect.stringContaining(name) }),
        );
      }
    },
  );

  it("reads every variable of the table somewhere", async () => {
    const read = new Set<string>();
    const watch = (env: Record<string, string>) =>
      new Proxy(env, { get: (target, name: string) => (read.add(name), target[name]) });
    const attempts: Record<string, string>[] = [
      {
        ...BASE,
        OAUTH_TOKEN_TYPE: "hybrid",
        OAUTH_CLIENT_ID: "a",
        OAUTH_CLIENT_SECRET: "b",
      },
      { ...BASE, OAUTH_TOKEN_TYPE: "static", OAUTH_STATIC_TOKENS: "dev=dev-token-12345" },
      { ...BASE, OAUTH_CLIENT_ID: "a", OAUTH_PRIVATE_KEY: "b" },
      { ...BASE, OAUTH_JWT_SECRET: `file:${folder}/secret` },
      { ...BASE, AUTH_MODE: "both", API_KEYS_SHA256: `ci=${HASH}` },
      { ...BASE, OAUTH_REDIS_URL: "redis://localhost" },
      ...Object.entries(PRESET_ENV).map(([provider, env]) => ({
        OAUTH_RESOURCE: BASE.OAUTH_RESOURCE,
        OAUTH_PROVIDER: provider,
        ...env,
      })),
      {
        OAUTH_RESOURCE: BASE.OAUTH_RESOURCE,
        OAUTH_PROVIDER: "clerk",
        CLERK_FRONTEND_API: "clerk.example.com",
        OAUTH_AUDIENCE: "a",
      },
    ];
    for (const env of attempts) optionsFromEnv(watch(env));
    const server = await createAuthorizationServerFromEnv(watch(BASE), {
      accounts: [{ id: "alice" }],
    });
    await server.close();
    expect(VARIABLES.map(({ name }) => name).filter((name) => !read.has(name))).toEqual([]);
  });
});

describe("an environment that is wrong", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    [
      "an audience that is no URL, without a resource",
      { OAUTH_RESOURCE: "", OAUTH_AUDIENCE: "urn:notes" },
      /OAUTH_RESOURCE is not set/,
    ],
    [
      "several audiences without a resource",
      { OAUTH_RESOURCE: "", OAUTH_AUDIENCE: "https://a.example https://b.example" },
      /OAUTH_RESOURCE is not set/,
    ],
    ["no resource", { OAUTH_RESOURCE: "" }, /OAUTH_RESOURCE is not set\. .*OAUTH_RESOURCE=https/],
    [
      "no authorization server",
      { OAUTH_AUTHORIZATION_SERVER: "" },
      /OAUTH_AUTHORIZATION_SERVER is not set/,
    ],
    [
      "a resource that is a name",
      { OAUTH_RESOURCE: "api://mcp-server" },
      /found "api:\/\/mcp-server".*OAUTH_AUDIENCE/,
    ],
    [
      "an address without TLS",
      { OAUTH_JWKS_URI: "http://auth.example.com/jwks" },
      /OAUTH_JWKS_URI must be an https URL.*localhost/,
    ],
    [
      "an address in quotes",
      { OAUTH_ISSUER: '"https://a.example"' },
      /OAUTH_ISSUER must be an https URL/,
    ],
    [
      "a placeholder",
      { OAUTH_ISSUER: "https://your-tenant.auth0.com/" },
      /still has the placeholder/,
    ],
    [
      "an invalid number",
      { OAUTH_CLOCK_TOLERANCE: "1m" },
      /must be a number of seconds, at most 120; found "1m"/,
    ],
    ["a number too large", { OAUTH_CLOCK_TOLERANCE: "121" }, /at most 120/],
    ["a negative number", { OAUTH_CLOCK_TOLERANCE: "-1" }, /number of seconds/],
    ["an invalid flag", { OAUTH_ALLOW_JWT_TYP: "maybe" }, /true or false, found "maybe"/],
    [
      "an unknown algorithm",
      { OAUTH_ALGORITHMS: "RS256,none" },
      /OAUTH_ALGORITHMS contains "none"/,
    ],
    ["HMAC without a secret", { OAUTH_ALGORITHMS: "HS256" }, /read from .*OAUTH_ALGORITHMS/],
    [
      "a secret with public keys",
      { OAUTH_JWT_SECRET: SECRET, OAUTH_JWKS_URI: "https://a.example/k" },
      /only one of jwksUri/,
    ],
    ["a short secret", { OAUTH_JWT_SECRET: "hunter2" }, /has 7 bytes.*read from OAUTH_JWT_SECRET/],
    [
      "an unknown type",
      { OAUTH_TOKEN_TYPE: "opaque" },
      /OAUTH_TOKEN_TYPE must be one of jwt, introspection, hybrid/,
    ],
    [
      "introspection with keys",
      { OAUTH_TOKEN_TYPE: "introspection", OAUTH_JWKS_URI: "https://a.example/k" },
      /does not verify signatures/,
    ],
    [
      "a secret without its client",
      { OAUTH_CLIENT_SECRET: "hunter2" },
      /OAUTH_CLIENT_ID is not set/,
    ],
    [
      "an endpoint without credentials",
      { OAUTH_INTROSPECTION_ENDPOINT: "https://a.example/i", OAUTH_CLIENT_ID: "a" },
      /OAUTH_CLIENT_SECRET is not set/,
    ],
    ["an unknown provider", { OAUTH_PROVIDER: "auth-zero" }, /OAUTH_PROVIDER must be one of auth0/],
    ["GitHub", { OAUTH_PROVIDER: "github" }, /GitHub cannot be the authorization server/],
    [
      "a provider and an issuer",
      { OAUTH_PROVIDER: "auth0", AUTH0_DOMAIN: "a.auth0.com" },
      /already sets the options of OAUTH_AUTHORIZATION_SERVER/,
    ],
    ...[
      "OAUTH_SUBJECT_CLAIM",
      "OAUTH_CLIENT_ID_CLAIMS",
      "OAUTH_INTROSPECTION_SIGNED_RESPONSE",
      "OAUTH_INTROSPECTION_ALLOW_MISSING",
    ].map((name): [string, Record<string, string>, RegExp] => [
      `a provider and ${name}`,
      {
        OAUTH_PROVIDER: "auth0",
        AUTH0_DOMAIN: "a.auth0.com",
        OAUTH_AUTHORIZATION_SERVER: "",
        [name]: "x",
      },
      new RegExp(`already sets the options of ${name};`),
    ]),
    [
      "two ways to name the server",
      { OAUTH_AUTHORIZATION_SERVERS: "https://a.example" },
      /both set/,
    ],
    [
      "one key for two servers",
      {
        OAUTH_AUTHORIZATION_SERVER: "",
        OAUTH_AUTHORIZATION_SERVERS: "https://a.example https://b.example",
        OAUTH_JWKS_URI: "https://a.example/k",
      },
      /a key belongs to one/,
    ],
    [
      "keys that do not count",
      { API_KEYS_SHA256: `ci=${HASH}` },
      /AUTH_MODE does not allow API keys/,
    ],
    ["no keys where they count", { AUTH_MODE: "both" }, /API_KEYS_SHA256 is not set/],
    [
      "a key in place of its hash",
      { AUTH_MODE: "both", API_KEYS_SHA256: "ci=hunter2" },
      /entry 1 must be client=hash/,
    ],
    [
      "a certificate without its key",
      { OAUTH_CLIENT_ID: "a", OAUTH_CLIENT_CERT: "c" },
      /OAUTH_CLIENT_KEY is not set/,
    ],
    [
      "a key without its certificate",
      { OAUTH_CLIENT_ID: "a", OAUTH_CLIENT_KEY: "hunter2" },
      /OAUTH_CLIENT_CERT is not set/,
    ],
    [
      "two ways to say who one is",
      {
        OAUTH_CLIENT_ID: "a",
        OAUTH_INTROSPECTION_AUTH_METHOD: "bearer",
        OAUTH_CLIENT_SECRET: "hunter2",
      },
      /OAUTH_INTROSPECTION_TOKEN is not set/,
    ],
    [
      "a nonce without DPoP",
      { OAUTH_DPOP: "off", OAUTH_DPOP_NONCE_SECRET: KEY },
      /OAUTH_DPOP=off ignores proofs/,
    ],
    [
      "a passphrase for nonces",
      { OAUTH_DPOP_NONCE_SECRET: "hunter2" },
      /32 bytes.*read from OAUTH_DPOP_NONCE_SECRET/,
    ],
    [
      "a certificate header without trusted proxies",
      { OAUTH_MTLS_HEADER: "X-Cert" },
      /OAUTH_MTLS_PROXIES is not set/,
    ],
    [
      "a proxy that is no address",
      { OAUTH_TRUSTED_PROXIES: "nginx" },
      /trustedProxies.*read from OAUTH_TRUSTED_PROXIES/,
    ],
    [
      "an invalid private address",
      { OAUTH_ALLOW_PRIVATE_ADDRESSES: "10.0.0.0/40" },
      /read from OAUTH_ALLOW_PRIVATE_ADDRESSES/,
    ],
    ["an invalid limit", { OAUTH_RATE_LIMIT: "0" }, /a whole number above 0, or off; found "0"/],
    ["an invalid Redis URL", { OAUTH_REDIS_URL: "hunter2:6379" }, /read from OAUTH_REDIS_URL/],
    [
      "a Redis in a secret manager",
      { OAUTH_REDIS_URL: "gcp-secret-manager:projects/p/secrets/s/versions/1" },
      /OAUTH_REDIS_URL is read once, at start/,
    ],
    ["a key without a name", { OAUTH_STORE_KEYS: "hunter2" }, /entry 1 must be name=key/],
    ["a short key", { OAUTH_STORE_KEYS: "a=hunter2" }, /32 bytes.*read from OAUTH_STORE_KEYS/],
    ["OAUTH_DPOP_REQUIRED", { OAUTH_DPOP_REQUIRED: "true" }, /did you mean OAUTH_DPOP\?/],
    ["OAUTH_TRUST_PROXY", { OAUTH_TRUST_PROXY: "1" }, /did you mean OAUTH_TRUSTED_PROXIES\?/],
    ["OAUTH_REDIS", { OAUTH_REDIS: "redis://x" }, /did you mean OAUTH_REDIS_URL\?/],
    ["any audience", { OAUTH_AUDIENCE: "*" }, /audience "\*".*read from OAUTH_AUDIENCE/],
    [
      "a missing mounted secret",
      { OAUTH_JWT_SECRET: "file:/none/such" },
      /OAUTH_JWT_SECRET refers to the file \/none\/such/,
    ],
    [
      "a private key in a secret manager's name",
      { OAUTH_PUBLIC_KEY: "gcp-secret-manager:projects/p/secrets/s/versions/1" },
      /OAUTH_PUBLIC_KEY is read once, at start/,
    ],
    [
      "introspection without a client id",
      { OAUTH_TOKEN_TYPE: "introspection" },
      /OAUTH_CLIENT_ID is not set\. .* For example OAUTH_CLIENT_ID=/,
    ],
    [
      "nothing to prove it with",
      { OAUTH_TOKEN_TYPE: "hybrid", OAUTH_CLIENT_ID: "mcp" },
      /OAUTH_CLIENT_SECRET is not set/,
    ],
    [
      "OAUTH_JWKS_URL",
      { OAUTH_JWKS_URL: "https://a.example/k" },
      /OAUTH_JWKS_URL is not a variable.*did you mean OAUTH_JWKS_URI\?/,
    ],
    [
      "tokens for development that do not count",
      { OAUTH_STATIC_TOKENS: "dev=hunter2" },
      /OAUTH_STATIC_TOKENS is set, and OAUTH_TOKEN_TYPE is not static/,
    ],
    [
      "tokens for development beside a preset",
      {
        OAUTH_AUTHORIZATION_SERVER: "",
        OAUTH_PROVIDER: "auth0",
        AUTH0_DOMAIN: "acme.eu.auth0.com",
        OAUTH_STATIC_TOKENS: "dev=hunter2",
      },
      /OAUTH_PROVIDER=auth0 already sets the options of OAUTH_STATIC_TOKENS/,
    ],
    [
      "no tokens where they count",
      { OAUTH_TOKEN_TYPE: "static" },
      /OAUTH_STATIC_TOKENS is not set/,
    ],
    [
      "a token without its client",
      { OAUTH_TOKEN_TYPE: "static", OAUTH_STATIC_TOKENS: "hunter2" },
      /OAUTH_STATIC_TOKENS entry 1 must be client=token/,
    ],
    [
      "one token of two clients",
      { OAUTH_TOKEN_TYPE: "static", OAUTH_STATIC_TOKENS: "a=hunter2-hunter2,b=hunter2-hunter2" },
      /OAUTH_STATIC_TOKENS names one token twice/,
    ],
    [
      "a window without a limit",
      { OAUTH_RATE_LIMIT: "off", OAUTH_RATE_LIMIT_WINDOW: "60" },
      /OAUTH_RATE_LIMIT=off leaves no limit/,
    ],
    [
      "a period of nonces without their secret",
      { OAUTH_DPOP_NONCE_PERIOD: "60" },
      /OAUTH_DPOP_NONCE_SECRET is not set/,
    ],
    [
      "a timeout too long",
      {
        OAUTH_CLIENT_ID: "a",
        OAUTH_CLIENT_SECRET: "b",
        OAUTH_INTROSPECTION_TIMEOUT: "61",
      },
      /OAUTH_INTROSPECTION_TIMEOUT must be a number of seconds, at most 60/,
    ],
    ["OAUTH_JWKS_CACHE_TTL", { OAUTH_JWKS_CACHE_TTL: "1" }, /did you mean OAUTH_JWKS_TTL\?/],
    ["OAUTH_CLOCK_SKEW", { OAUTH_CLOCK_SKEW: "1" }, /did you mean OAUTH_CLOCK_TOLERANCE\?/],
    ["OAUTH_SCOPES", { OAUTH_SCOPES: "a" }, /did you mean OAUTH_REQUIRED_SCOPES\?/],
    ["a letter too many", { OAUTH_AUDIENCEE: "a" }, /did you mean OAUTH_AUDIENCE\?/],
    ["a letter swapped", { OAUTH_PROVIDRE: "auth0" }, /did you mean OAUTH_PROVIDER\?/],
    ["small letters", { oauth_audience: "a" }, /did you mean OAUTH_AUDIENCE\?/],
    ["a preset's variable", { AUTH0_DOMIAN: "a.auth0.com" }, /did you mean AUTH0_DOMAIN\?/],
  ])("is named: %s", (_name, env, message) => {
    let thrown: unknown;
    try {
      OAuthAuthProvider.fromEnv({ ...BASE, ...env });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).not.toContain("hunter2");
  });

  it.each(["OAUTH_CALLBACK_URL", "API_KEY", "AUTH_SECRET", "SUPABASE_ANON_KEY", "GOOGLE_API_KEY"])(
    "is not what other programs' variables are: %s",
    (name) => {
      expect(() => optionsFromEnv({ ...BASE, [name]: "x" })).not.toThrow();
    },
  );

  it.each([
    ["OAUTH_CALLBACK_URL", /OAUTH_CALLBACK_URL is set and not used/],
    ["OAUTH_RATE_LIMIT_WINDOW_MS", /not used; the nearest variable is OAUTH_RATE_LIMIT_WINDOW\./],
    ["OAUTH_ISSUER_URL", /not used; the nearest variable is OAUTH_ISSUER\./],
  ])("has a line in the log for a name that may be another program's: %s", (name, line) => {
    warnings = [];
    optionsFromEnv({ ...BASE, OAUTH_ISSUER: BASE.OAUTH_AUTHORIZATION_SERVER, [name]: "hunter2" });
    expect(warnings).toEqual([expect.stringMatching(line)]);
    expect(warnings.join("")).not.toContain("hunter2");
  });

  it("has no line for variables of other programs and for those that are used", () => {
    warnings = [];
    optionsFromEnv({ ...BASE, AUTH_SECRET: "x", OAUTH_CALLBACK: "", OAUTH_AUDIENCE: "a" });
    expect(warnings).toEqual([]);
  });

  it("is a server with tokens for development in production", () => {
    const env = {
      ...BASE,
      OAUTH_TOKEN_TYPE: "static",
      OAUTH_STATIC_TOKENS: "dev=dev-token-12345",
    };
    expect(() => OAuthAuthProvider.fromEnv(env)).not.toThrow();
    setNodeEnv("production");
    expect(() => OAuthAuthProvider.fromEnv(env)).toThrow(/NODE_ENV is production/);
  });

  it("is not what the overrides say", () => {
    const introspection = { clientId: "c", clientSecret: "s" };
    const env = { ...BASE, OAUTH_TOKEN_TYPE: "introspection" };
    expect(() => optionsFromEnv(env, { introspection })).not.toThrow();
  });

  it("does not make anything of a variable whose right name is set too", () => {
    const env = { ...BASE, OAUTH_ISSUER: "https://auth.example.com", OAUTH_ISSUER_URL: "x" };
    expect(() => optionsFromEnv(env)).not.toThrow();
  });
});
