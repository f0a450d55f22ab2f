import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { createProtection } from "../../../src/wiring/create-protection.js";
import { parseOptions } from "../../../src/options/parse.js";
import { MissingCredentialError } from "../../../src/core/errors.js";
import * as presets from "../../../src/index.js";

const TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";
const APP = "11111111-2222-3333-4444-555555555555";
const RESOURCE = "https://mcp.example.com/mcp";

const {
  auth0,
  authentik,
  betterAuth,
  clerk,
  cognito,
  descope,
  entra,
  entraMultiTenant,
  fusionauth,
  google,
  hydra,
  keycloak,
  logto,
  okta,
  scalekit,
  pingone,
  propelauth,
  stytch,
  supabase,
  workos,
  zitadel,
} = presets;

let warnings: string[];
beforeAll(() => {
  warnings = [];
  jest.spyOn(logger, "warn").mockImplementation((line: string) => void warnings.push(line));
});
afterAll(() => {
  jest.restoreAllMocks();
});

/** As JavaScript would call it: types do not protect what comes from an environment. */
type Loose = (options: object) => presets.Preset;

const CALLER = "caller@my-project.iam.gserviceaccount.com";
/** Options of google() for services. */
const identityTokens = (options: object): object => ({
  identityTokens: { audience: RESOURCE, ...options },
});

describe("a preset", () => {
  it.each<[string, presets.Preset, string]>([
    ["auth0", auth0({ domain: "https://Acme.auth0.com/" }), "https://acme.auth0.com/"],
    [
      "okta",
      okta({ domain: "acme.okta.com", authorizationServerId: "default" }),
      "https://acme.okta.com/oauth2/default",
    ],
    [
      "cognito",
      cognito({ userPoolId: "us-gov-west-1_Ab1" }),
      "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Ab1",
    ],
    [
      "cognito in China",
      cognito({ userPoolId: "cn-north-1_Ab1" }),
      "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Ab1",
    ],
    [
      "entra",
      entra({ tenantId: TENANT.toUpperCase(), clientId: APP }),
      `https://login.microsoftonline.com/${TENANT}/v2.0`,
    ],
    [
      "entra in a national cloud",
      entra({ tenantId: TENANT, clientId: APP, authority: "login.microsoftonline.us" }),
      `https://login.microsoftonline.us/${TENANT}/v2.0`,
    ],
    [
      "entraMultiTenant",
      entraMultiTenant({ clientId: APP, tenants: [TENANT] }),
      "https://login.microsoftonline.com/organizations/v2.0",
    ],
    [
      "google",
      google({ clientIds: "1.apps.googleusercontent.com" }),
      "https://accounts.google.com",
    ],
    [
      "keycloak",
      keycloak({ url: "https://sso.example.com/realms/main", realm: "main" }),
      "https://sso.example.com/realms/main",
    ],
    [
      "keycloak under a path",
      keycloak({ url: "https://example.com/auth/", realm: "a b" }),
      "https://example.com/auth/realms/a%20b",
    ],
    ["workos", workos({ domain: "acme.authkit.app" }), "https://acme.authkit.app"],
    [
      "clerk",
      clerk({ frontendApi: "clerk.example.com", clientIds: "a" }),
      "https://clerk.example.com",
    ],
    [
      "clerk for any client",
      clerk({
        frontendApi: "clerk.example.com",
        clientId: "a",
        clientSecret: "b",
        dangerouslyAcceptAnyClient: true,
      }),
      "https://clerk.example.com",
    ],
    [
      "supabase",
      supabase({ url: "https://x.supabase.co/auth/v1" }),
      "https://x.supabase.co/auth/v1",
    ],
    [
      "supabase with its old secret",
      supabase({ url: "x.supabase.co", jwtSecret: "s".repeat(32) }),
      "https://x.supabase.co/auth/v1",
    ],
    [
      "zitadel",
      zitadel({ domain: "a.zitadel.cloud", projectId: "1", clientId: "2", clientSecret: "3" }),
      "https://a.zitadel.cloud",
    ],
    ["logto", logto({ endpoint: "https://a.logto.app/oidc" }), "https://a.logto.app/oidc"],
    ["hydra", hydra({ issuer: "https://auth.example.com/" }), "https://auth.example.com/"],
    ["hydra without a slash", hydra({ issuer: "https://a.example" }), "https://a.example"],
    [
      "betterAuth",
      betterAuth({ issuer: "http://localhost:3000/api/auth" }),
      "http://localhost:3000/api/auth",
    ],
    [
      "descope",
      descope({ projectId: "P1", mcpServerId: "MS1" }),
      "https://api.descope.com/v1/apps/agentic/P1/MS1",
    ],
    [
      "scalekit",
      scalekit({ environmentUrl: "a.scalekit.com", resourceId: "res_1" }),
      "https://a.scalekit.com/resources/res_1",
    ],
    [
      "fusionauth",
      fusionauth({ issuer: "https://auth.example.com/" }),
      "https://auth.example.com/",
    ],
    [
      "authentik",
      authentik({ url: "auth.example.com", application: "my mcp", clientIds: ["a", "b"] }),
      "https://auth.example.com/application/o/my%20mcp/",
    ],
    ["stytch", stytch({ domain: "https://Login.example.com/" }), "https://login.example.com"],
    [
      "pingone",
      pingone({ environmentId: "A1B2C3D4-e5f6-4a7b-8c9d-0e1f2a3b4c5d" }),
      "https://auth.pingone.com/a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d/as",
    ],
    [
      "propelauth",
      propelauth({ authUrl: "auth.example.com", clientId: "a", clientSecret: "b" }),
      "https://auth.example.com/oauth/2.1",
    ],
    [
      "google for services",
      google(identityTokens({ dangerouslyAcceptAnyServiceAccount: true }) as never),
      "https://accounts.google.com",
    ],
  ])("%s gives options that pass every check, and its issuer", (_name, preset, issuer) => {
    expect(preset.authorizationServers).toEqual([issuer]);
    expect(() => parseOptions({ resource: RESOURCE, ...preset })).not.toThrow();
  });

  it.each<[string, unknown, object, RegExp]>([
    ["auth0", auth0, {}, /auth0\.domain is missing; for example acme/],
    ["auth0", auth0, { domain: " " }, /auth0\.domain is empty/],
    ["auth0", auth0, { domain: "https://acme.auth0.com/x" }, /must be a host name, found/],
    ["auth0", auth0, { domain: "http://acme.auth0.com" }, /must be a host name/],
    ["auth0", auth0, { domain: "user@acme.auth0.com" }, /must be a host name/],
    ["okta", okta, { domain: "acme.okta.com" }, /authorizationServerId is missing; .*default/],
    ["cognito", cognito, { userPoolId: "AbCdEfGhI" }, /must be the id of a user pool/],
    ["cognito", cognito, { userPoolId: "eu-west-1_A/../x" }, /must be the id of a user pool/],
    ["cognito", cognito, { userPoolId: "eu-west-1_A", clientIds: [] }, /clientIds is missing/],
    ["entra", entra, { tenantId: "contoso.onmicrosoft.com", clientId: APP }, /a GUID.*domain/],
    [
      "entra",
      entra,
      { tenantId: "common", clientId: APP },
      /"common" is not one tenant.*entraMultiTenant/,
    ],
    ["entra", entra, { tenantId: TENANT, clientId: "my-app" }, /entra\.clientId must be a GUID/],
    ["entraMultiTenant", entraMultiTenant, { clientId: APP }, /must name at least one tenant/],
    [
      "entraMultiTenant",
      entraMultiTenant,
      { clientId: APP, tenants: ["*"] },
      /must be GUIDs, found "\*"/,
    ],
    [
      "entraMultiTenant",
      entraMultiTenant,
      { clientId: APP, tenants: [] },
      /must name at least one/,
    ],
    ["google", google, {}, /google\.clientIds is missing/],
    ["google", google, { clientIds: [] }, /google\.clientIds is missing/],
    ["google", google, { clientIds: [""] }, /google\.clientIds is empty/],
    ["keycloak", keycloak, { url: "http://sso.example.com", realm: "x" }, /https URL/],
    ["keycloak", keycloak, { url: "https://sso.example.com" }, /keycloak\.realm is missing/],
    ["workos", workos, { domain: "client_01H" + "/x" }, /must be a host name/],
    ["clerk", clerk, { frontendApi: "clerk.example.com" }, /have no audience\. Set clientIds/],
    [
      "clerk",
      clerk,
      { frontendApi: "clerk.example.com", clientId: "a", clientSecret: "b" },
      /dangerouslyAcceptAnyClient/,
    ],
    ["supabase", supabase, { url: "ftp://x" }, /supabase\.url must be an https URL/],
    [
      "supabase",
      supabase,
      { url: "https://x.supabase.co", jwtSecret: "hunter2" },
      /has 7 bytes; HS256 needs at least 32/,
    ],
    [
      "zitadel",
      zitadel,
      { domain: "a.zitadel.cloud", clientId: "1" },
      /zitadel\.projectId is missing/,
    ],
    [
      "zitadel",
      zitadel,
      { domain: "a.zitadel.cloud", clientId: "1", projectId: "2" },
      /zitadel\.clientSecret is missing/,
    ],
    ["logto", logto, { endpoint: "https://a.logto.app?x" }, /https URL/],
    ["hydra", hydra, { issuer: "not a url" }, /hydra\.issuer must be an https URL/],
    ["betterAuth", betterAuth, {}, /betterAuth\.issuer is missing/],
    ["descope", descope, { projectId: "P1" }, /descope\.mcpServerId is missing/],
    [
      "scalekit",
      scalekit,
      { environmentUrl: "a.scalekit.com", resourceId: "prj_1" },
      /id of an MCP server/,
    ],
    ["fusionauth", fusionauth, { issuer: "http://auth.example.com" }, /https URL/],
    ["authentik", authentik, { url: "a.example", clientIds: "a" }, /application is missing/],
    ["authentik", authentik, { url: "a.example", application: "a" }, /clientIds is missing/],
    ["stytch", stytch, {}, /stytch\.domain is missing/],
    ["pingone", pingone, {}, /pingone\.environmentId is missing/],
    ["pingone", pingone, { environmentId: "../x" }, /must be the id of an environment/],
    ["propelauth", propelauth, {}, /propelauth\.authUrl is missing/],
    ["propelauth", propelauth, { authUrl: "https://a.example" }, /propelauth\.clientId is missing/],
    ["google", google, { identityTokens: {} }, /identityTokens\.audience is missing/],
    [
      "google",
      google,
      identityTokens({}),
      /serviceAccounts is missing.*every Google Cloud customer/,
    ],
    [
      "google",
      google,
      identityTokens({ dangerouslyAcceptAnyServiceAccount: false }),
      /serviceAccounts is missing/,
    ],
    ["google", google, identityTokens({ serviceAccounts: [] }), /serviceAccounts is missing/],
    [
      "google",
      google,
      identityTokens({ serviceAccounts: "ada@example.com" }),
      /of service accounts/,
    ],
    [
      "google",
      google,
      identityTokens({ audience: "1-a.apps.googleusercontent.com", serviceAccounts: CALLER }),
      /audience must not be a client id/,
    ],
    [
      "google",
      google,
      { clientIds: "1-a", ...identityTokens({ serviceAccounts: CALLER }) },
      /cannot be combined with google\.clientIds/,
    ],
  ])("%s refuses what it was not meant for: case %#", (_name, preset, options, message) => {
    expect(() => (preset as Loose)(options)).toThrow(message);
    expect(() => (preset as Loose)(options)).toThrow(presets.ConfigurationError);
  });

  it("says what Supabase's tokens are not, and never shows its secret", () => {
    supabase({ url: "https://x.supabase.co", jwtSecret: "s".repeat(40) });
    expect(warnings.at(-1)).toMatch(/not bound to this server/);
    expect(() => supabase({ url: "https://x.supabase.co", jwtSecret: "hunter2" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
  });

  it("for Entra advertises scopes with the application in front, and checks them without", async () => {
    const options = { resource: RESOURCE, ...entra({ tenantId: TENANT, clientId: APP }) };
    const protection = createProtection(parseOptions({ ...options, scopes: ["mcp.tools"] }));
    const { pathname } = new URL(RESOURCE);
    const document = await protection.documents.answer(
      "GET",
      `/.well-known/oauth-protected-resource${pathname}`,
    );
    expect(JSON.parse(String(document?.body))).toMatchObject({
      scopes_supported: [`api://${APP}/mcp.tools`],
    });
    const decision = protection.begin({
      method: "GET",
      url: pathname,
      headers: {},
      rawHeaders: [],
      transport: "bare",
    });
    const refusal = decision.refused(new MissingCredentialError("custom_none"));
    expect(refusal.headers["WWW-Authenticate"]).toContain(`scope="api://${APP}/mcp.tools"`);
  });
});

describe("an authorization server that cannot work", () => {
  const custom = { type: "custom", validate: () => undefined };

  it.each<[string, object, string]>([
    [
      "Okta's org server",
      { authorizationServers: ["https://acme.okta.com"] },
      "ERR_OAUTH_OKTA_ORG_SERVER",
    ],
    [
      "Okta's org server, written as such",
      { authorizationServers: ["https://acme.okta.com/oauth2"] },
      "ERR_OAUTH_OKTA_ORG_SERVER",
    ],
    [
      "Okta's org server for introspection",
      {
        authorizationServers: ["https://acme.oktapreview.com"],
        validation: { type: "introspection", introspection: { clientId: "a", clientSecret: "b" } },
      },
      "ERR_OAUTH_OKTA_ORG_SERVER",
    ],
    [
      "Google's tokens as JWTs",
      { authorizationServers: ["https://accounts.google.com"], validation: { type: "jwt" } },
      "ERR_OAUTH_GOOGLE_OPAQUE",
    ],
    [
      "Google as one issuer among others",
      {
        authorizationServers: ["https://auth.example.com"],
        validation: [{ type: "jwt" }, { type: "jwt", issuer: "https://accounts.google.com" }],
      },
      "ERR_OAUTH_GOOGLE_OPAQUE",
    ],
    ["GitHub", { authorizationServers: ["https://github.com"] }, "ERR_OAUTH_GITHUB"],
    [
      "GitHub, by the path of its authorization endpoint",
      { authorizationServers: ["https://github.com/login/oauth"] },
      "ERR_OAUTH_GITHUB",
    ],
    [
      "Entra's common",
      { authorizationServers: ["https://login.microsoftonline.com/common/v2.0"] },
      "ERR_OAUTH_ENTRA_TENANT",
    ],
  ])("is refused at start: %s", (_name, options, code) => {
    expect(() => parseOptions({ resource: RESOURCE, ...options })).toThrow(
      expect.objectContaining({ name: "ConfigurationError", code }),
    );
  });

  it.each<[string, object]>([
    [
      "a custom authorization server of Okta",
      { authorizationServers: ["https://acme.okta.com/oauth2/default"] },
    ],
    ["a name that only ends alike", { authorizationServers: ["https://notokta.com"] }],
    [
      "a function of the author's own",
      { authorizationServers: ["https://accounts.google.com"], validation: custom },
    ],
    [
      "a tenant of Entra",
      { authorizationServers: [`https://login.microsoftonline.com/${TENANT}/v2.0`] },
    ],
  ])("is not mistaken for %s", (_name, options) => {
    expect(() => parseOptions({ resource: RESOURCE, ...options })).not.toThrow();
  });
});
