import { describe, expect, it } from "@jest/globals";
import { nearest } from "../../../src/config/nearest.js";
import { checkRules } from "../../../src/config/rules.js";
import { parseOptions } from "../../../src/config/schema.js";
import { ConfigurationError } from "../../../src/errors.js";

const VALID = {
  resource: "https://mcp.example.com/mcp",
  authorizationServers: ["https://auth.example.com"],
};

function check(options: unknown): void {
  checkRules(parseOptions(options));
}

const SECRET = "x".repeat(32);

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
    ["no resource", "ERR_OAUTH_OPTION_MISSING", { resource: undefined }, /"resource" is missing/],
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
      /every token of the issuer would do/,
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
      "a misspelt name further in",
      "ERR_OAUTH_OPTION_UNKNOWN",
      { validation: { type: "jwt", jwksUrl: "https://a" } },
      /"validation\.jwksUrl"; did you mean "jwksUri"\?/,
    ],
    ["an unknown name", "ERR_OAUTH_OPTION_UNKNOWN", { zzzzzzzz: 1 }, /remove it/],
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
