import { describe, expect, it } from "@jest/globals";
import { nearest } from "../../../src/options/nearest.js";
import { parseOptions } from "../../../src/options/parse.js";
import { ConfigurationError } from "../../../src/core/errors.js";

const VALID = {
  resource: "https://mcp.example.com/mcp",
  authorizationServers: ["https://auth.example.com"],
};

function check(options: unknown): void {
  parseOptions(options);
}

const SECRET = "x".repeat(32);
const INTROSPECTION = { clientId: "c", clientSecret: "s" };
const introspection = (fields: object): object => ({
  validation: { type: "introspection", introspection: { ...INTROSPECTION, ...fields } },
});
const apiKeys = (fields: object): object => ({ apiKeys: { keys: [], ...fields } });

describe("options that are right", () => {
  it.each<[string, object]>([
    ["the two that are needed", {}],
    ["http on this machine", { resource: "http://localhost:8080/mcp" }],
    ["http on this machine by number", { authorizationServers: ["http://127.0.0.1:9000"] }],
    ["a secret as long as the hash", { validation: { type: "jwt", secret: SECRET } }],
    ["several audiences", { validation: { type: "jwt", audience: ["a", "b"] } }],
    ["scopes", { scopes: ["mcp:access"] }],
    ["all origins", { allowedOrigins: "*" }],
    ["an origin", { allowedOrigins: ["https://app.example.com"] }],
    ["no validation, with an introspection", { introspection: INTROSPECTION }],
    ["API keys", { apiKeys: { keys: [] } }],
    ["API keys beside proofs", { apiKeys: { keys: [] }, dpop: "allowed" }],
    [
      "API keys switched off, with proofs",
      { apiKeys: { keys: [] }, dpop: { mode: "required" }, authMode: "oauth" },
    ],
    ["API keys alone", { apiKeys: { keys: [] }, authMode: "api_key", authorizationServers: [] }],
    ["an introspection", { validation: { type: "introspection", introspection: INTROSPECTION } }],
    [
      "an introspection at the top level",
      { validation: { type: "hybrid" }, introspection: INTROSPECTION },
    ],
    [
      "a list of every kind",
      {
        validation: [
          { type: "hybrid", introspection: INTROSPECTION },
          { type: "jwt", issuer: "https://other.example.com" },
          { type: "custom", validate: () => undefined },
          { type: "static", tokens: {} },
        ],
      },
    ],
    [
      "a JWT and an introspection of one issuer",
      { validation: [{ type: "jwt" }, { type: "introspection", introspection: INTROSPECTION }] },
    ],
    ["an introspection beside JWTs", { validation: { type: "jwt" }, introspection: INTROSPECTION }],
    [
      "an introspection of one issuer in a list",
      {
        validation: [
          { type: "jwt", introspection: INTROSPECTION },
          { type: "jwt", issuer: "https://other.example.com" },
        ],
      },
    ],
    [
      "those of the built-in provider for introspection",
      {
        validation: {
          type: "introspection",
          audience: "https://mcp.example.com/mcp",
          issuer: "https://auth.example.com",
          introspection: {
            endpoint: "https://auth.example.com/introspect",
            clientId: "c",
            clientSecret: "s",
            cacheTTL: 300000,
          },
        },
      },
    ],
    [
      "those of the built-in provider",
      {
        validation: {
          type: "jwt",
          jwksUri: "https://auth.example.com/jwks",
          audience: "https://mcp.example.com/mcp",
          issuer: "https://auth.example.com",
          algorithms: ["RS256"],
        },
        headerName: "Authorization",
      },
    ],
  ])("accepts %s", (_name, fields) => {
    expect(() => check({ ...VALID, ...fields })).not.toThrow();
  });
});

describe("options that are wrong", () => {
  it.each<[string, string, object, RegExp]>([
    [
      "no resource",
      "ERR_OAUTH_OPTION_MISSING",
      { resource: undefined },
      /"resource" is missing; it is the URL that clients use/,
    ],
    [
      "no list of authorization servers",
      "ERR_OAUTH_OPTION_MISSING",
      { authorizationServers: undefined },
      /"authorizationServers" is missing; it lists the issuers you trust/,
    ],
    [
      "no authorization server",
      "ERR_OAUTH_OPTION_INVALID",
      { authorizationServers: [] },
      /authorizationServers/,
    ],
    ["a resource that is no URL", "ERR_OAUTH_RESOURCE", { resource: "mcp" }, /absolute https URL/],
    ["a resource with a fragment", "ERR_OAUTH_RESOURCE", { resource: "https://a/#x" }, /fragment/],
    ["credentials in it", "ERR_OAUTH_RESOURCE", { resource: "https://u:p@a/" }, /credentials/],
    ["plain http", "ERR_OAUTH_HTTP_RESOURCE", { resource: "http://mcp.example.com" }, /https/],
    [
      "an http issuer",
      "ERR_OAUTH_HTTP_ISSUER",
      { authorizationServers: ["http://auth.example.com"] },
      /authorizationServers\[0\] must use https; http is accepted for localhost only/,
    ],
    [
      "an issuer that only looks local",
      "ERR_OAUTH_HTTP_ISSUER",
      { authorizationServers: ["http://localhost.evil.example"] },
      /https/,
    ],
    [
      "an issuer with a query",
      "ERR_OAUTH_ISSUER",
      { authorizationServers: ["https://a.example?x"] },
      /query/,
    ],
    [
      "a document in the issuer's place",
      "ERR_OAUTH_ISSUER",
      { authorizationServers: ["https://a.example/.well-known/openid-configuration"] },
      /authorizationServers\[0\] is the address of a metadata document; name the issuer/,
    ],
    [
      "a short secret",
      "ERR_OAUTH_SECRET_TOO_SHORT",
      { validation: { type: "jwt", secret: "short" } },
      /has 5 bytes; HS256 needs at least 32.*openssl/s,
    ],
    [
      "a secret too short for HS512",
      "ERR_OAUTH_SECRET_TOO_SHORT",
      { validation: { type: "jwt", secret: SECRET, algorithms: ["HS256", "HS512"] } },
      /HS512 needs at least 64/,
    ],
    [
      "a public key as a secret",
      "ERR_OAUTH_SECRET_TYPE",
      { validation: { type: "jwt", secret: `-----BEGIN PUBLIC KEY-----\n${SECRET}` } },
      /^validation\.secret is a PEM key .* Set publicKey/,
    ],
    [
      "a secret beside a key set",
      "ERR_OAUTH_HMAC_WITH_KEY_SET",
      { validation: { type: "jwt", secret: SECRET, jwksUri: "https://auth.example.com/jwks" } },
      /only one of/,
    ],
    [
      "HMAC without a secret",
      "ERR_OAUTH_HMAC_WITH_KEY_SET",
      { validation: { type: "jwt", algorithms: ["RS256", "HS256"] } },
      /HS256 without validation\.secret/,
    ],
    [
      "a secret with RS256",
      "ERR_OAUTH_CONTRADICTION",
      { validation: { type: "jwt", secret: SECRET, algorithms: ["HS256", "RS256"] } },
      /only HS256/,
    ],
    [
      "no audience at all",
      "ERR_OAUTH_AUDIENCE",
      { validation: { type: "jwt", audience: [] } },
      /every token of the issuer would be accepted/,
    ],
    ["any audience", "ERR_OAUTH_AUDIENCE", { validation: { type: "jwt", audience: "*" } }, /"\*"/],
    [
      "none",
      "ERR_OAUTH_OPTION_INVALID",
      { validation: { type: "jwt", algorithms: ["none"] } },
      /./,
    ],
    ["a wild header", "ERR_OAUTH_OPTION_INVALID", { headerName: "a b" }, /HTTP header name/],
    [
      "an origin with a path",
      "ERR_OAUTH_ORIGIN",
      { allowedOrigins: ["https://a.example/x"] },
      /write "https:\/\/a\.example"/,
    ],
    [
      "a generous clock",
      "ERR_OAUTH_OPTION_INVALID",
      { validation: { type: "jwt", clockToleranceSeconds: 121 } },
      /validation\.clockToleranceSeconds/,
    ],
    [
      "a misspelt name",
      "ERR_OAUTH_OPTION_UNKNOWN",
      { authorizationServer: ["x"] },
      /Unknown option "authorizationServer"; did you mean "authorizationServers"\?/,
    ],
    [
      "a misspelt name, and therefore nothing under the right one",
      "ERR_OAUTH_OPTION_UNKNOWN",
      { authorizationServers: undefined, authorisationServers: ["x"] },
      /did you mean "authorizationServers"\?/,
    ],
    [
      "a misspelt name further in",
      "ERR_OAUTH_OPTION_UNKNOWN",
      { validation: { type: "jwt", jwksUrl: "https://a" } },
      /"validation\.jwksUrl"; did you mean "jwksUri"\?/,
    ],
    ["an unknown name", "ERR_OAUTH_OPTION_UNKNOWN", { zzzzzzzz: 1 }, /remove it/],
    [
      "a misspelt name in a list",
      "ERR_OAUTH_OPTION_UNKNOWN",
      { validation: [{ type: "jwt" }, { type: "custom", validate() {}, cacheSecond: 1 }] },
      /"validation\[1\]\.cacheSecond"; did you mean "cacheSeconds"\?/,
    ],
    [
      "an unknown type",
      "ERR_OAUTH_OPTION_INVALID",
      { validation: { type: "opaque" } },
      /"validation\.type": must be "jwt" or "introspection" or "hybrid" or "custom" or "static"/,
    ],
    [
      "a misspelt type",
      "ERR_OAUTH_OPTION_INVALID",
      { validation: { type: "JWT" } },
      /"validation\.type".*did you mean "jwt"\?/,
    ],
    [
      "no type",
      "ERR_OAUTH_OPTION_MISSING",
      { validation: { audience: "a" } },
      /"validation\.type" is missing; it must be "jwt" or/,
    ],
    [
      "a misspelt choice",
      "ERR_OAUTH_OPTION_INVALID",
      { dpop: "require" },
      /"dpop": must be "allowed" or "required" or "off"; did you mean "required"\?/,
    ],
    [
      "no function where one is needed",
      "ERR_OAUTH_OPTION_MISSING",
      { validation: { type: "custom" } },
      /"validation\.validate" is missing; it must be a function/,
    ],
    ["an empty list", "ERR_OAUTH_OPTION_INVALID", { validation: [] }, /"validation"/],
    [
      "a wrong type deep inside",
      "ERR_OAUTH_OPTION_INVALID",
      introspection({ cacheSeconds: "60" }),
      /"validation\.introspection\.cacheSeconds": Expected number, received string/,
    ],
    [
      "introspection without credentials",
      "ERR_OAUTH_INTROSPECTION_MISSING",
      { validation: { type: "introspection" } },
      /validation\.introspection is missing.*clientId, clientSecret/,
    ],
    [
      "a forgotten secret",
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      { introspection: { clientId: "c" } },
      /introspection\.clientSecret is missing, which client_secret_basic needs\./,
    ],
    [
      "a key without its method",
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      introspection({ clientSecret: undefined, privateKey: "k" }),
      /did you mean authMethod: "private_key_jwt"\?/,
    ],
    [
      "a secret that the method does not use",
      "ERR_OAUTH_CONTRADICTION",
      introspection({ authMethod: "bearer", token: "t" }),
      /clientSecret is not used by authMethod "bearer"/,
    ],
    [
      "a certificate that is not there",
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      introspection({ authMethod: "tls_client_auth", clientSecret: undefined }),
      /tls is missing/,
    ],
    [
      "a certificate without its key",
      "ERR_OAUTH_CONTRADICTION",
      introspection({ authMethod: "tls_client_auth", clientSecret: undefined, tls: { cert: "c" } }),
      /cert and key together/,
    ],
    [
      "two names for one time",
      "ERR_OAUTH_CONTRADICTION",
      introspection({ cacheTTL: 1000, cacheSeconds: 1 }),
      /keep cacheSeconds/,
    ],
    [
      "an endpoint in the clear",
      "ERR_OAUTH_HTTP_INTROSPECTION",
      introspection({ endpoint: "http://auth.example.com/introspect" }),
      /validation\.introspection\.endpoint must use https/,
    ],
    [
      "an introspection that nothing uses",
      "ERR_OAUTH_CONTRADICTION",
      { validation: [{ type: "jwt" }], introspection: INTROSPECTION },
      /no entry of validation uses it/,
    ],
    [
      "an introspection that another one hides",
      "ERR_OAUTH_CONTRADICTION",
      {
        validation: { type: "jwt", introspection: INTROSPECTION },
        introspection: INTROSPECTION,
      },
      /no entry of validation uses it/,
    ],
    [
      "two issuers for opaque tokens",
      "ERR_OAUTH_OPAQUE_TWICE",
      {
        validation: [
          { type: "jwt", introspection: INTROSPECTION },
          {
            type: "jwt",
            issuer: "https://other.example.com",
            introspection: INTROSPECTION,
          },
        ],
      },
      /2 entries that validate opaque tokens/,
    ],
    [
      "a secret from a variable that is not set",
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      {
        validation: { type: "jwt" },
        introspection: { clientId: "c", clientSecret: process.env["NOT_SET"] },
      },
      /^introspection\.clientSecret is present but undefined; an environment variable is probably not set\./,
    ],
    [
      "the same in an entry",
      "ERR_OAUTH_INTROSPECTION_CREDENTIALS",
      introspection({ clientSecret: undefined }),
      /^validation\.introspection\.clientSecret is present but undefined/,
    ],
    [
      "a resource from a variable that is not set",
      "ERR_OAUTH_OPTION_MISSING",
      { resource: process.env["NOT_SET"] },
      /"resource" is missing; .*\. It is present but undefined; an environment variable/,
    ],
    [
      "an authorization server from a variable that is not set",
      "ERR_OAUTH_OPTION_MISSING",
      { authorizationServers: [process.env["NOT_SET"]] },
      /"authorizationServers\[0\]" is missing\. It is present but undefined/,
    ],
    [
      "two validators of one issuer",
      "ERR_OAUTH_ISSUER_TWICE",
      { validation: [{ type: "jwt" }, { type: "hybrid", introspection: INTROSPECTION }] },
      /two entries.*https:\/\/auth\.example\.com/,
    ],
    [
      "an issuer twice, once by its name",
      "ERR_OAUTH_ISSUER_TWICE",
      { validation: [{ type: "jwt" }, { type: "jwt", issuer: "https://auth.example.com" }] },
      /authorizationServers\[0\]/,
    ],
    [
      "two that could decide about opaque tokens",
      "ERR_OAUTH_OPAQUE_TWICE",
      {
        validation: [
          { type: "custom", validate: () => undefined },
          { type: "introspection", introspection: INTROSPECTION },
        ],
      },
      /custom, introspection/,
    ],
    [
      "a short secret in a list",
      "ERR_OAUTH_SECRET_TOO_SHORT",
      {
        validation: [
          { type: "static", tokens: {} },
          { type: "jwt", secret: "short" },
        ],
      },
      /validation\[1\]\.secret has 5 bytes/,
    ],
    [
      "an overlap of a secret that cannot change",
      "ERR_OAUTH_CONTRADICTION",
      { validation: { type: "jwt", secret: SECRET, secretOverlapSeconds: 5 } },
      /a function that returns it/,
    ],
    [
      "a time to live of a secret that cannot change",
      "ERR_OAUTH_CONTRADICTION",
      { validation: { type: "jwt", secret: SECRET, secretTtlSeconds: 5 } },
      /secretTtlSeconds needs a .*a function that returns it/,
    ],
    [
      "a mode without keys",
      "ERR_OAUTH_API_KEYS_MISSING",
      { authMode: "both" },
      /apiKeys is missing/,
    ],
    [
      "keys where every request needs a proof",
      "ERR_OAUTH_CONTRADICTION",
      { ...apiKeys({}), dpop: "required" },
      /authMode: "oauth"/,
    ],
    ["no keys at all", "ERR_OAUTH_API_KEYS_EMPTY", { apiKeys: {} }, /keys, validate or provider/],
    [
      "two that decide about keys",
      "ERR_OAUTH_CONTRADICTION",
      apiKeys({ validate() {}, provider: { authenticate() {} } }),
      /keep one/,
    ],
    [
      "an unknown provider",
      "ERR_OAUTH_OPTION_INVALID",
      apiKeys({ provider: {} }),
      /AuthProvider of mcp-framework/,
    ],
    [
      "scopes without keys",
      "ERR_OAUTH_CONTRADICTION",
      apiKeys({ scopes: ["a"] }),
      /applies only to apiKeys\.provider/,
    ],
    ["an invalid time", "ERR_OAUTH_TIME", apiKeys({ deprecation: "soon" }), /ISO 8601/],
    ["milliseconds", "ERR_OAUTH_TIME", apiKeys({ sunset: Date.UTC(2027) }), /seconds since/],
    [
      "an end before the beginning",
      "ERR_OAUTH_CONTRADICTION",
      apiKeys({ deprecation: "2027-01-02", sunset: "2027-01-01" }),
      /RFC 9745/,
    ],
    [
      "a link in the clear",
      "ERR_OAUTH_API_KEY_LINK",
      apiKeys({ link: "http://docs.example.com" }),
      /https/,
    ],
  ])("refuses %s", (_name, code, fields, message) => {
    let thrown: unknown;
    try {
      check({ ...VALID, ...fields });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).toContain(code);
  });

  it("never shows the secret", () => {
    expect(() => check({ ...VALID, validation: { type: "jwt", secret: "hunter2" } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });
});

describe("nearest", () => {
  it("finds what was meant and nothing far-fetched", () => {
    expect(nearest("Resorce", ["resource", "audience"])).toBe("resource");
    expect(nearest("banana", ["resource", "audience"])).toBeUndefined();
  });
});
