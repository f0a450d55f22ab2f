import { describe, expect, it } from "@jest/globals";
import { checkDocument } from "../../../../src/cli/cimd/check-document.js";
import { isFailure, RULES } from "../../../../src/cli/cimd/rules.js";

const URL_OF_IT = "https://app.example.com/oauth-client.json";
const GOOD = {
  client_id: URL_OF_IT,
  client_name: "Notes app",
  client_uri: "https://app.example.com/",
  logo_uri: "https://app.example.com/logo.png",
  redirect_uris: [
    "https://app.example.com/callback",
    "http://127.0.0.1/callback",
    "http://[::1]:8123/callback",
    "com.example.app:/callback",
  ],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
};
const PUBLIC_KEY = { kty: "EC", crv: "P-256", x: "x", y: "y", kid: "1" };
const keyed = { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [PUBLIC_KEY] } };

const rulesOf = (document: unknown, url = URL_OF_IT) =>
  checkDocument(document, url).map(({ rule }) => rule);

describe("a client id metadata document", () => {
  it.each<[string, object]>([
    ["of a public client", GOOD],
    ["with a public key", { ...GOOD, ...keyed }],
    ["with a key set", { ...GOOD, ...keyed, jwks: undefined, jwks_uri: "https://a.example/jwks" }],
    [
      "of a service without a browser",
      { ...GOOD, ...keyed, redirect_uris: undefined, grant_types: ["client_credentials"] },
    ],
  ])("has no findings: %s", (_name, document) => {
    expect(rulesOf(document)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ["without a client id", { client_id: undefined }, "client_id"],
    ["with the id of another", { client_id: `${URL_OF_IT}?v=1` }, "client_id"],
    [
      "with the port in its id only",
      { client_id: "https://app.example.com:443/oauth-client.json" },
      "client_id",
    ],
    ["with the id of its whole host", { client_id: "https://app.example.com/" }, "client_id"],
    ["without a name", { client_name: " " }, "client_name"],
    ["with a secret", { client_secret: "hunter2" }, "secret"],
    ["with the expiry of a secret", { client_secret_expires_at: 0 }, "secret"],
    [
      "with a private key",
      { ...keyed, jwks: { keys: [{ ...PUBLIC_KEY, d: "hunter2" }] } },
      "secret",
    ],
    ["with a shared key", { ...keyed, jwks: { keys: [{ kty: "oct", k: "hunter2" }] } }, "secret"],
    [
      "with a secret at the token endpoint",
      { token_endpoint_auth_method: "client_secret_basic" },
      "token_endpoint_auth_method",
    ],
    [
      "with a secret inside a JWT",
      { token_endpoint_auth_method: "client_secret_jwt" },
      "token_endpoint_auth_method",
    ],
    [
      "with a malformed method",
      { token_endpoint_auth_method: ["none"] },
      "token_endpoint_auth_method",
    ],
    ["with two sources of keys", { ...keyed, jwks_uri: "https://a.example/jwks" }, "keys"],
    [
      "with keys over plain http",
      { ...keyed, jwks: undefined, jwks_uri: "http://a.example/jwks" },
      "keys",
    ],
    ["with a method without keys", { token_endpoint_auth_method: "private_key_jwt" }, "keys"],
    ["with no redirect URI", { redirect_uris: [] }, "redirect_uris"],
    [
      "with plain http elsewhere",
      { redirect_uris: ["http://app.example.com/cb"] },
      "redirect_uris",
    ],
    [
      "with a look-alike of loopback",
      { redirect_uris: ["http://127.0.0.1.evil.example/cb"] },
      "redirect_uris",
    ],
    ["with a fragment", { redirect_uris: ["https://app.example.com/cb#x"] }, "redirect_uris"],
    ["with a wildcard", { redirect_uris: ["https://*.example.com/cb"] }, "redirect_uris"],
    ["with a script", { redirect_uris: ["javascript:alert(1)"] }, "redirect_uris"],
    ["with a scheme of anyone", { redirect_uris: ["notes:/cb"] }, "redirect_uris"],
    ["with a number as a URI", { redirect_uris: [1] }, "redirect_uris"],
    [
      "with the implicit grant",
      { grant_types: ["implicit"], redirect_uris: ["https://a.example/"] },
      "grants",
    ],
    ["with tokens in the front channel", { response_types: ["code", "token"] }, "grants"],
    ["with a page over plain http", { client_uri: "http://app.example.com/" }, "pages"],
    ["with a logo inside", { logo_uri: "data:image/png;base64,AA" }, "pages"],
  ])("fails %s", (_name, members, rule) => {
    const findings = checkDocument({ ...GOOD, ...members }, URL_OF_IT);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
    expect(findings.some(isFailure)).toBe(true);
    expect(JSON.stringify(findings)).not.toContain("hunter2");
  });

  it.each<[string, object, string]>([
    [
      "without an authentication method",
      { token_endpoint_auth_method: undefined },
      "auth-method-default",
    ],
    ["with localhost", { redirect_uris: ["http://localhost:8123/cb"] }, "redirect-localhost"],
    ["with a page elsewhere", { client_uri: "https://example.org/" }, "pages-host"],
  ])("warns %s", (_name, members, rule) => {
    const findings = checkDocument({ ...GOOD, ...members }, URL_OF_IT);
    expect(findings.map((finding) => finding.rule)).toEqual([rule]);
    expect(findings.some(isFailure)).toBe(false);
  });

  it.each<[string, string[]]>([
    ["https://app.example.com:8443/client", []],
    ["http://app.example.com/client", ["url"]],
    ["app.example.com/client", ["url"]],
    ["https://app.example.com", ["url"]],
    ["https://app.example.com/", ["url-short"]],
    ["https://app.example.com/client?v=1", ["url-short"]],
    ["https://app.example.com/client#x", ["url"]],
    ["https://ada@app.example.com/client", ["url"]],
    ["https://app.example.com/a/../client", ["url"]],
    ["https://app.example.com/a/%2e%2E/client", ["url"]],
    ["https://app.example.com/./client", ["url"]],
  ])("is served at a URL that can be a client id: %s", (url, rules) => {
    expect(rulesOf({ ...GOOD, client_id: url }, url)).toEqual(rules);
  });

  it.each([[null], [[GOOD]], ["text"], [undefined]])("is a JSON object, not %j", (document) => {
    expect(rulesOf(document)).toEqual(["json"]);
  });
});

it("every rule names a clause and a fix", () => {
  for (const { clause, cure } of Object.values(RULES)) {
    expect(clause).not.toBe("");
    expect(cure).toMatch(/\.$/);
  }
});
