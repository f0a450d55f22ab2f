import {
  auth0,
  authentik,
  betterAuth,
  clerk,
  cognito,
  descope,
  entra,
  fusionauth,
  google,
  hydra,
  keycloak,
  logto,
  okta,
  pingone,
  scalekit,
  stytch,
  supabase,
  workos,
} from "../../../src/index.js";
import {
  discovery,
  NOW,
  RESOURCE,
  type RecordedProvider,
} from "../../support/recorded-provider.js";

const TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";
const OTHER_TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const APP = "11111111-2222-3333-4444-555555555555";
const ENTRA = "https://login.microsoftonline.com";
const ENTRA_ISSUER = `${ENTRA}/${TENANT}/v2.0`;

const FUSIONAUTH_APP = "e9fdb985-9173-4e01-9d73-ac2d60d1dc8e";
const AUTHENTIK_CLIENT = "WEWLO0iF9pNbGSnjVNYqvZNHBYfWnbLc";
const PING_ENVIRONMENT = "a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d";
const PING_ISSUER = `https://auth.pingone.eu/${PING_ENVIRONMENT}/as`;
const SERVICE_ACCOUNT = "caller@my-project.iam.gserviceaccount.com";
const STYTCH_CLIENT = "connected-app-test-d731954d-dab3-4a2b-bdee-07f3ad1be885";
const STYTCH_PROJECT = "project-test-3e71d0a1-1e3e-4ee2-9be0-d7c0900f02c2";

const OTHER_AUDIENCE = {
  claims: { aud: "https://other.example.com" },
  reason: "audience_mismatch",
};
/** What most issuers' ID tokens look like to a client that asked with a nonce. */
const ID_TOKEN = {
  header: { typ: "JWT" },
  claims: { aud: "client-1", nonce: "n-0S6_WzA2Mj", scope: undefined, scp: undefined },
};

/** What each provider publishes and issues, and the tokens of its own that must not open this server. */
export const RECORDED: Readonly<Record<string, RecordedProvider>> = {
  auth0: {
    preset: () => auth0({ domain: "acme.eu.auth0.com" }),
    algorithm: "RS256",
    documents: {
      "https://acme.eu.auth0.com/.well-known/openid-configuration": discovery(
        "https://acme.eu.auth0.com/",
        "https://acme.eu.auth0.com/.well-known/jwks.json",
      ),
      "https://acme.eu.auth0.com/.well-known/jwks.json": "keys",
    },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://acme.eu.auth0.com/",
        sub: "auth0|507f1f77bcf86cd799439011",
        aud: [RESOURCE, "https://acme.eu.auth0.com/userinfo"],
        azp: "AbCdEf0123456789",
        scope: "openid mcp:read",
        permissions: ["mcp:tools"],
      },
    },
    grants: "mcp:read",
    refused: {
      "an ID token": { ...ID_TOKEN, reason: "id_token" },
      "an ID token without a nonce": {
        claims: { aud: "AbCdEf0123456789" },
        reason: "audience_mismatch",
      },
      "a token for another API": OTHER_AUDIENCE,
      "a token for userinfo alone": {
        claims: { aud: "https://acme.eu.auth0.com/userinfo" },
        reason: "audience_mismatch",
      },
      "a token of another tenant": {
        claims: { iss: "https://evil.eu.auth0.com/" },
        reason: "issuer_mismatch",
      },
      "a token whose issuer lacks the slash": {
        claims: { iss: "https://acme.eu.auth0.com" },
        reason: "issuer_mismatch",
      },
    },
  },

  okta: {
    preset: () =>
      okta({
        domain: "acme.okta.com",
        authorizationServerId: "default",
        audience: "api://default",
      }),
    algorithm: "RS256",
    documents: {
      "https://acme.okta.com/.well-known/oauth-authorization-server/oauth2/default": discovery(
        "https://acme.okta.com/oauth2/default",
        "https://acme.okta.com/oauth2/default/v1/keys",
      ),
      "https://acme.okta.com/oauth2/default/v1/keys": "keys",
    },
    accessToken: {
      header: {},
      claims: {
        ver: 1,
        jti: "AT.Hk8lHezJNw4wxey1czypDiNXJUxIlKmdT16MrnLGp9E",
        iss: "https://acme.okta.com/oauth2/default",
        aud: "api://default",
        cid: "0oahpnkb44pcaOIBG0h7",
        uid: "00ue9mlzk7eW24e8Y0h7",
        scp: ["openid", "mcp:tools"],
        sub: "ada@example.com",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": { ...ID_TOKEN, reason: "id_token" },
      "a token for another API": OTHER_AUDIENCE,
      "a token of another authorization server of the organisation": {
        claims: { iss: "https://acme.okta.com/oauth2/aus8ahm2k777777" },
        reason: "issuer_mismatch",
      },
      "a token of another organisation": {
        claims: { iss: "https://evil.okta.com/oauth2/default" },
        reason: "issuer_mismatch",
      },
    },
  },

  "cognito, by client": {
    preset: () =>
      cognito({
        userPoolId: "eu-west-1_AbCdEfGhI",
        clientIds: "1example23456789",
        resourceServer: RESOURCE,
      }),
    algorithm: "RS256",
    documents: cognitoDocuments(),
    accessToken: {
      header: {},
      claims: cognitoClaims({ client_id: "1example23456789" }),
    },
    grants: "tools",
    refused: {
      "an ID token": {
        claims: { token_use: "id", aud: "1example23456789", client_id: undefined },
        reason: "id_token",
      },
      "a token of a client that is not listed": {
        claims: { client_id: "2example23456789" },
        reason: "client_not_allowed",
      },
      "a token of a listed client for another API": OTHER_AUDIENCE,
      "a token without token_use": {
        claims: { token_use: undefined },
        reason: "claim_mismatch_token_use",
      },
      "a token of another pool": {
        claims: { iss: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_ZzZzZzZzZ" },
        reason: "issuer_mismatch",
      },
    },
  },

  "cognito, bound to the resource": {
    preset: () => cognito({ userPoolId: "eu-west-1_AbCdEfGhI" }),
    algorithm: "RS256",
    documents: cognitoDocuments(),
    accessToken: {
      header: {},
      claims: cognitoClaims({ client_id: "any", aud: RESOURCE }),
    },
    refused: {
      "a token without an audience": { claims: { aud: undefined }, reason: "audience_missing" },
      "a token for another API": OTHER_AUDIENCE,
    },
  },

  "entra, version 2.0": {
    preset: () => entra({ tenantId: TENANT, clientId: APP }),
    algorithm: "RS256",
    documents: { [`${ENTRA}/${TENANT}/discovery/v2.0/keys`]: "keys" },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        aud: APP,
        iss: ENTRA_ISSUER,
        nbf: NOW - 10,
        azp: "66666666-7777-8888-9999-000000000000",
        azpacr: "0",
        name: "Ada",
        oid: "00000000-0000-0000-66f3-3332eca7ea81",
        scp: "read mcp.tools",
        roles: ["Reader"],
        sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        tid: TENANT,
        ver: "2.0",
      },
    },
    grants: "mcp.tools",
    refused: {
      "an ID token for the same application": {
        claims: { azp: undefined, azpacr: undefined, scp: undefined, roles: undefined },
        reason: "client_missing",
      },
      "an ID token with a nonce": { claims: { nonce: "678910" }, reason: "id_token" },
      "a token for Microsoft Graph": {
        claims: { aud: "00000003-0000-0000-c000-000000000000" },
        reason: "audience_mismatch",
      },
      "a token of another tenant": {
        claims: { iss: `${ENTRA}/${OTHER_TENANT}/v2.0`, tid: OTHER_TENANT },
        reason: "issuer_unknown",
      },
      "a token whose tid is another tenant": {
        claims: { tid: OTHER_TENANT },
        reason: "claim_mismatch_tid",
      },
    },
  },

  "entra, version 1.0": {
    preset: () => entra({ tenantId: TENANT, clientId: APP }),
    algorithm: "RS256",
    documents: { [`${ENTRA}/${TENANT}/discovery/keys`]: "keys" },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        aud: `api://${APP}`,
        iss: `https://sts.windows.net/${TENANT}/`,
        nbf: NOW - 10,
        appid: "66666666-7777-8888-9999-000000000000",
        appidacr: "0",
        scp: "mcp.tools",
        sub: "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ",
        tid: TENANT,
        ver: "1.0",
      },
    },
    grants: "mcp.tools",
    refused: {
      "an ID token for the same application": {
        claims: { aud: APP, appid: undefined, scp: undefined },
        reason: "client_missing",
      },
      "a token for another application": {
        claims: { aud: "api://00000003-0000-0000-c000-000000000000" },
        reason: "audience_mismatch",
      },
      "a token of another tenant": {
        claims: { iss: `https://sts.windows.net/${OTHER_TENANT}/`, tid: OTHER_TENANT },
        reason: "issuer_unknown",
      },
    },
  },

  keycloak: {
    preset: () => keycloak({ url: "https://sso.example.com", realm: "main", rolesFrom: "realm" }),
    algorithm: "RS256",
    documents: {
      "https://sso.example.com/realms/main/.well-known/openid-configuration": discovery(
        "https://sso.example.com/realms/main",
        "https://sso.example.com/realms/main/protocol/openid-connect/certs",
      ),
      "https://sso.example.com/realms/main/protocol/openid-connect/certs": "keys",
    },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://sso.example.com/realms/main",
        jti: "onrtac:0d8a",
        aud: [RESOURCE, "account"],
        sub: "f6b8b3de-1d44-4e63-a2d7-9a39e3b5d9f1",
        typ: "Bearer",
        azp: "mcp-client",
        sid: "5c1c5c3f",
        acr: "1",
        realm_access: { roles: ["offline_access", "operator"] },
        resource_access: { account: { roles: ["view-profile"] } },
        scope: "openid profile",
      },
    },
    grants: "operator",
    refused: {
      "an ID token": { claims: { typ: "ID", aud: RESOURCE }, reason: "id_token" },
      "a token for another API": OTHER_AUDIENCE,
      "a token without an audience mapper": {
        claims: { aud: "account" },
        reason: "audience_mismatch",
      },
      "a token without any audience": { claims: { aud: undefined }, reason: "audience_missing" },
      "a token of another realm": {
        claims: { iss: "https://sso.example.com/realms/master" },
        reason: "issuer_mismatch",
      },
    },
  },

  workos: {
    preset: () => workos({ domain: "acme.authkit.app" }),
    algorithm: "RS256",
    documents: { "https://acme.authkit.app/oauth2/jwks": "keys" },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://acme.authkit.app",
        aud: RESOURCE,
        sub: "user_01H8KZ",
        sid: "session_01H8KZ",
        jti: "01H8KZ",
        client_id: "client_01H8KZ",
        scope: "openid email",
      },
    },
    grants: "email",
    refused: {
      "an ID token": { ...ID_TOKEN, reason: "id_token" },
      "a token for the environment's default audience": {
        claims: { aud: "client_01ENVIRONMENT" },
        reason: "audience_mismatch",
      },
      "a token of another environment": {
        claims: { iss: "https://evil.authkit.app" },
        reason: "issuer_mismatch",
      },
    },
  },

  "clerk, by client": {
    preset: () => clerk({ frontendApi: "clerk.example.com", clientIds: ["Ab1Cd2Ef3Gh4"] }),
    algorithm: "RS256",
    documents: {
      "https://clerk.example.com/.well-known/oauth-authorization-server": discovery(
        "https://clerk.example.com",
        "https://clerk.example.com/.well-known/jwks.json",
      ),
      "https://clerk.example.com/.well-known/jwks.json": "keys",
    },
    accessToken: {
      header: { typ: "at+jwt" },
      claims: {
        iss: "https://clerk.example.com",
        sub: "user_2xhFjEI5X2qWRvtV13BzSj8H6Dk",
        client_id: "Ab1Cd2Ef3Gh4",
        jti: "oat_2xKa9Bgv7NxMRDFyQw8LpZ3cTmU1vHjE",
        scope: "email profile",
      },
    },
    grants: "email",
    refused: {
      "a session token": {
        header: { typ: "JWT" },
        claims: { client_id: undefined, azp: "https://app.example.com", sid: "sess_1" },
        reason: "type_not_allowed",
      },
      "an ID token": { ...ID_TOKEN, reason: "type_not_allowed" },
      "a token of a client that is not listed": {
        claims: { client_id: "Zz9" },
        reason: "client_not_allowed",
      },
      "a token for another API": OTHER_AUDIENCE,
      "a token of another instance": {
        claims: { iss: "https://clerk.evil.example" },
        reason: "issuer_mismatch",
      },
    },
  },

  supabase: {
    preset: () => supabase({ url: "https://abcdefghijkl.supabase.co" }),
    algorithm: "ES256",
    documents: {
      "https://abcdefghijkl.supabase.co/auth/v1/.well-known/jwks.json": "keys",
    },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://abcdefghijkl.supabase.co/auth/v1",
        sub: "6b1f4e0a-6a6a-4e4a-9a52-0c1d2e3f4a5b",
        aud: "authenticated",
        role: "authenticated",
        email: "ada@example.com",
        client_id: "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d",
        aal: "aal1",
        amr: [{ method: "password", timestamp: NOW - 20 }],
        session_id: "0b0f4e0a-6a6a-4e4a-9a52-0c1d2e3f4a5b",
        is_anonymous: false,
      },
    },
    refused: {
      "a session of the project's own application": {
        claims: { client_id: undefined },
        reason: "client_missing",
      },
      "an ID token": {
        claims: { aud: "9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d", nonce: "n" },
        reason: "id_token",
      },
      "a key of the project": {
        claims: { iss: "supabase", role: "service_role", aud: undefined },
        reason: "issuer_mismatch",
      },
      "a token of an anonymous user": { claims: { aud: "anon" }, reason: "audience_mismatch" },
      "a token of another project": {
        claims: { iss: "https://zzzzzzzzzzzz.supabase.co/auth/v1" },
        reason: "issuer_mismatch",
      },
    },
  },

  logto: {
    preset: () => logto({ endpoint: "https://acme.logto.app" }),
    algorithm: "ES384",
    documents: {
      "https://acme.logto.app/oidc/.well-known/openid-configuration": discovery(
        "https://acme.logto.app/oidc",
        "https://acme.logto.app/oidc/jwks",
      ),
      "https://acme.logto.app/oidc/jwks": "keys",
    },
    accessToken: {
      header: { typ: "at+jwt" },
      claims: {
        jti: "VovNyqJ5_tuYac89eTbpF",
        iss: "https://acme.logto.app/oidc",
        aud: RESOURCE,
        sub: "rkxl1ops7gs1",
        client_id: "gwi5k6zgm8hrjpnp5cnwk",
        scope: "mcp:tools",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": { ...ID_TOKEN, reason: "type_not_allowed" },
      "a token for the same resource with a slash more": {
        claims: { aud: `${RESOURCE}/` },
        reason: "audience_mismatch",
      },
      "a token for another API": OTHER_AUDIENCE,
      "a token of another tenant": {
        claims: { iss: "https://evil.logto.app/oidc" },
        reason: "issuer_mismatch",
      },
    },
  },

  hydra: {
    preset: () => hydra({ issuer: "https://auth.example.com/" }),
    algorithm: "RS256",
    documents: {
      "https://auth.example.com/.well-known/openid-configuration": discovery(
        "https://auth.example.com/",
        "https://auth.example.com/.well-known/jwks.json",
      ),
      "https://auth.example.com/.well-known/jwks.json": "keys",
    },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        aud: [RESOURCE],
        client_id: "c9f4d7b4-5d4f-4d8a-9f3b-1b1f6a3d1d11",
        ext: {},
        iss: "https://auth.example.com/",
        jti: "6d2b1f5e",
        nbf: NOW - 10,
        scp: ["openid", "mcp:tools"],
        sub: "ada@example.com",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": {
        claims: { aud: ["c9f4d7b4"], at_hash: "x", nonce: "n", scp: undefined },
        reason: "id_token",
      },
      "a token that was asked for without an audience": {
        claims: { aud: [] },
        reason: "audience_missing",
      },
      "a token for another API": OTHER_AUDIENCE,
      "a token of another server": {
        claims: { iss: "https://auth.evil.example/" },
        reason: "issuer_mismatch",
      },
    },
  },

  betterAuth: {
    preset: () => betterAuth({ issuer: "https://app.example.com/api/auth" }),
    algorithm: "EdDSA",
    documents: {
      "https://app.example.com/.well-known/oauth-authorization-server/api/auth": discovery(
        "https://app.example.com/api/auth",
        "https://app.example.com/api/auth/jwks",
      ),
      "https://app.example.com/api/auth/jwks": "keys",
    },
    accessToken: {
      header: {},
      claims: {
        iss: "https://app.example.com/api/auth",
        aud: RESOURCE,
        sub: "kP3xQ",
        azp: "mWvT",
        sid: "s * A test that proves a requirement. An id that is not in the catalogue fails the",
        scope: "openid mcp:tools",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": { ...ID_TOKEN, reason: "id_token" },
      "a session's JWT": {
        claims: { aud: "https://app.example.com", azp: undefined, scope: undefined },
        reason: "audience_mismatch",
      },
      "a token of another instance": {
        claims: { iss: "https://evil.example.com/api/auth" },
        reason: "issuer_mismatch",
      },
    },
  },

  descope: {
    preset: () => descope({ projectId: "P2abcDEF", mcpServerId: "MS2abcDEF" }),
    algorithm: "RS256",
    documents: {
      "https://api.descope.com/v1/apps/agentic/P2abcDEF/MS2abcDEF/.well-known/openid-configuration":
        discovery(
          "https://api.descope.com/v1/apps/agentic/P2abcDEF/MS2abcDEF",
          "https://api.descope.com/P2abcDEF/.well-known/jwks.json",
        ),
      "https://api.descope.com/P2abcDEF/.well-known/jwks.json": "keys",
    },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://api.descope.com/v1/apps/agentic/P2abcDEF/MS2abcDEF",
        aud: [RESOURCE, "P2abcDEF"],
        sub: "U2abcDEF",
        azp: "UDJhYmM",
        drn: "DS",
        scope: "openid mcp:tools",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": { ...ID_TOKEN, reason: "id_token" },
      "a token of a server whose URL is not set in the console": {
        claims: { aud: ["UDJhYmM", "P2abcDEF"] },
        reason: "audience_mismatch",
      },
      "a token for another MCP server of the project": {
        claims: { iss: "https://api.descope.com/v1/apps/agentic/P2abcDEF/MS2zzz" },
        reason: "issuer_mismatch",
      },
      "a session token of the project": {
        claims: { iss: "https://api.descope.com/P2abcDEF", aud: ["P2abcDEF"] },
        reason: "issuer_mismatch",
      },
    },
  },

  "scalekit, named by the environment": scalekitProvider("https://acme.scalekit.com"),
  "scalekit, named by the server": scalekitProvider(
    "https://acme.scalekit.com/resources/res_123456789",
  ),

  "fusionauth, by metadata document": {
    ...fusionauthProvider(),
    preset: () => fusionauth({ issuer: "https://auth.example.com" }),
    accessToken: {
      header: { typ: "JWT", gty: ["authorization_code"] },
      claims: fusionauthClaims({ aud: ["https://chatgpt.com/oauth/client.json", RESOURCE] }),
    },
    refused: {
      "an ID token": {
        claims: { aud: "https://chatgpt.com/oauth/client.json", nonce: "n", roles: undefined },
        reason: "id_token",
      },
      "a token of a client whose domain does not authorize this resource": {
        claims: { aud: "https://chatgpt.com/oauth/client.json" },
        reason: "audience_mismatch",
      },
      "a token of another tenant": {
        claims: { iss: "https://other.example.com" },
        reason: "issuer_mismatch",
      },
    },
  },

  "fusionauth, by application": {
    ...fusionauthProvider(),
    preset: () => fusionauth({ issuer: "https://auth.example.com", audience: FUSIONAUTH_APP }),
    accessToken: {
      header: { typ: "JWT", gty: ["authorization_code"] },
      claims: fusionauthClaims({ aud: FUSIONAUTH_APP }),
    },
    refused: {
      "an ID token": { claims: { at_hash: "wfgvmE9VxjAudsl9lc6TqA" }, reason: "id_token" },
      "a token of another application": {
        claims: { aud: "11111111-9173-4e01-9d73-ac2d60d1dc8e" },
        reason: "audience_mismatch",
      },
      "a token for an entity": {
        claims: { aud: "092dbded-30af-4149-9c61-b578f2c72f59", applicationId: undefined },
        reason: "audience_mismatch",
      },
    },
  },

  authentik: {
    preset: () =>
      authentik({
        url: "https://authentik.example.com/",
        application: "mcp",
        clientIds: AUTHENTIK_CLIENT,
      }),
    algorithm: "RS256",
    documents: { "https://authentik.example.com/application/o/mcp/jwks/": "keys" },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://authentik.example.com/application/o/mcp/",
        sub: "3f4c7d3b6d1e4a5f8b2c9e0d7a6f5b4c3d2e1f0a",
        aud: AUTHENTIK_CLIENT,
        auth_time: NOW - 20,
        acr: "goauthentik.io/providers/oauth2/default",
        amr: ["pwd"],
        sid: "0b1c",
        groups: ["admins"],
        scope: "mcp:tools",
        azp: AUTHENTIK_CLIENT,
        uid: "pW1yZpl8Fq2XnJd0sVbR",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": { claims: { azp: undefined, uid: undefined }, reason: "client_missing" },
      "an ID token with a hash of the access token": {
        claims: { azp: undefined, uid: undefined, at_hash: "x" },
        reason: "id_token",
      },
      "a token of another application": {
        claims: { iss: "https://authentik.example.com/application/o/other/" },
        reason: "issuer_mismatch",
      },
      "a token of another client": {
        claims: { aud: "other", azp: "other" },
        reason: "audience_mismatch",
      },
      "a token signed with the client secret": {
        header: { alg: "HS256" },
        reason: "algorithm_not_allowed",
      },
    },
  },

  pingone: {
    preset: () => pingone({ environmentId: PING_ENVIRONMENT, domain: "auth.pingone.eu" }),
    algorithm: "RS256",
    documents: {
      [`${PING_ISSUER}/.well-known/openid-configuration`]: discovery(
        PING_ISSUER,
        `${PING_ISSUER}/jwks`,
      ),
      [`${PING_ISSUER}/jwks`]: "keys",
    },
    accessToken: {
      header: {},
      claims: {
        iss: PING_ISSUER,
        sub: "5d2d1a4f-6a5b-4f0a-9a55-0b8a7c7f9b11",
        aud: [RESOURCE],
        client_id: "9c1d6c8e-2c9d-4f7c-8f3b-8a1c2f4f7f10",
        scope: "mcp:tools",
      },
    },
    grants: "mcp:tools",
    refused: {
      "a token for the PingOne API": {
        claims: { aud: ["https://api.pingone.eu"] },
        reason: "audience_mismatch",
      },
      "an ID token": { ...ID_TOKEN, reason: "id_token" },
      "a token of another environment": {
        claims: { iss: PING_ISSUER.replace("a1b2", "ffff") },
        reason: "issuer_mismatch",
      },
    },
  },
  "google, identity tokens": {
    preset: () =>
      google({ identityTokens: { audience: RESOURCE, serviceAccounts: [SERVICE_ACCOUNT] } }),
    algorithm: "RS256",
    documents: { "https://www.googleapis.com/oauth2/v3/certs": "keys" },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://accounts.google.com",
        sub: "113774264463038321964",
        azp: "113774264463038321964",
        aud: RESOURCE,
        email: SERVICE_ACCOUNT,
        email_verified: true,
      },
    },
    refused: {
      "a token of another service account": {
        claims: { email: "caller@evil-project.iam.gserviceaccount.com" },
        reason: "claim_mismatch_email",
      },
      "a token whose e-mail only begins like a listed one": {
        claims: { email: `${SERVICE_ACCOUNT}.evil.example` },
        reason: "claim_mismatch_email",
      },
      "a token without an e-mail": {
        claims: { email: undefined, email_verified: undefined },
        reason: "claim_mismatch_email_verified",
      },
      "a token whose e-mail is not verified": {
        claims: { email_verified: false },
        reason: "claim_mismatch_email_verified",
      },
      "a token whose e-mail is verified in words": {
        claims: { email_verified: "true" },
        reason: "claim_mismatch_email_verified",
      },
      "a token for another service": {
        claims: { aud: "https://other.run.app" },
        reason: "audience_mismatch",
      },
      "a user's ID token": {
        claims: { aud: "1234-abc.apps.googleusercontent.com", at_hash: "x" },
        reason: "id_token",
      },
      "a token of the other spelling of the issuer": {
        claims: { iss: "accounts.google.com" },
        reason: "issuer_mismatch",
      },
      "a token of Firebase": {
        claims: { iss: "https://securetoken.google.com/my-project" },
        reason: "issuer_mismatch",
      },
    },
  },
  stytch: {
    preset: () => stytch({ domain: "word-word-1234.customers.stytch.dev" }),
    algorithm: "RS256",
    documents: {
      "https://word-word-1234.customers.stytch.dev/.well-known/oauth-authorization-server":
        discovery(
          "https://word-word-1234.customers.stytch.dev",
          "https://word-word-1234.customers.stytch.dev/.well-known/jwks.json",
        ),
      "https://word-word-1234.customers.stytch.dev/.well-known/jwks.json": "keys",
    },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: "https://word-word-1234.customers.stytch.dev",
        sub: "user-test-16d9ba61-97a1-4ba4-9720-b03761dc50c6",
        aud: [STYTCH_CLIENT, STYTCH_PROJECT, RESOURCE],
        nbf: NOW - 10,
        jti: "oauth-access-token-test-1",
        scope: "openid mcp:tools",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": { claims: { aud: STYTCH_CLIENT, nonce: "n" }, reason: "id_token" },
      "an ID token without a nonce": {
        claims: { aud: STYTCH_CLIENT },
        reason: "audience_mismatch",
      },
      "a token of a client without a custom audience": {
        claims: { aud: [STYTCH_CLIENT, STYTCH_PROJECT] },
        reason: "audience_mismatch",
      },
      "a session of the project": {
        claims: { aud: [STYTCH_PROJECT], "https://stytch.com/session": { id: "session-test-1" } },
        reason: "audience_mismatch",
      },
      "a token that was fetched from api.stytch.com": {
        claims: { iss: `stytch.com/${STYTCH_PROJECT}` },
        reason: "issuer_mismatch",
      },
    },
  },
};

function fusionauthProvider(): Pick<RecordedProvider, "algorithm" | "documents" | "grants"> {
  return {
    algorithm: "RS256",
    documents: {
      "https://auth.example.com/.well-known/openid-configuration": discovery(
        "https://auth.example.com",
        "https://auth.example.com/.well-known/jwks.json",
      ),
      "https://auth.example.com/.well-known/jwks.json": "keys",
    },
    grants: "mcp:tools",
  };
}

/** The sample access token of FusionAuth's documentation, with an added scope. */
function fusionauthClaims(more: object): Record<string, unknown> {
  return {
    iss: "https://auth.example.com",
    sub: "00000000-0000-0000-0000-111111111111",
    jti: "2e2271d7-3057-4bfd-99ab-34af48e84567",
    authenticationType: "PASSWORD",
    email: "richard@example.com",
    email_verified: true,
    applicationId: FUSIONAUTH_APP,
    scope: "offline_access mcp:tools",
    roles: ["admin"],
    sid: "0abe7139-0bd0-4fd0-a450-c1e8b16e710a",
    auth_time: NOW - 20,
    tid: "d7d09513-a3f5-401c-9685-34ab6c552453",
    ...more,
  };
}

function scalekitProvider(issuer: string): RecordedProvider {
  return {
    preset: () =>
      scalekit({ environmentUrl: "https://acme.scalekit.com", resourceId: "res_123456789" }),
    algorithm: "RS256",
    documents: { "https://acme.scalekit.com/keys": "keys" },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        iss: issuer,
        aud: [RESOURCE, "res_123456789"],
        sub: "usr_123456789",
        client_id: "m2m_123456789",
        oid: "org_123456789",
        scope: "openid mcp:tools",
      },
    },
    grants: "mcp:tools",
    refused: {
      "an ID token": { ...ID_TOKEN, reason: "id_token" },
      "a token for another MCP server of the environment": {
        claims: { aud: ["https://other.example.com/mcp", "res_987654321"] },
        reason: "audience_mismatch",
      },
      "a token that another MCP server issued": {
        claims: { iss: "https://acme.scalekit.com/resources/res_987654321" },
        reason: "issuer_unknown",
      },
      "a token of another environment": {
        claims: { iss: "https://evil.scalekit.com" },
        reason: "issuer_unknown",
      },
    },
  };
}

function cognitoDocuments(): Record<string, unknown> {
  const issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
  return {
    [`${issuer}/.well-known/openid-configuration`]: discovery(
      issuer,
      `${issuer}/.well-known/jwks.json`,
      {
        authorization_endpoint: "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/authorize",
        token_endpoint: "https://acme.auth.eu-west-1.amazoncognito.com/oauth2/token",
        code_challenge_methods_supported: undefined,
      },
    ),
    [`${issuer}/.well-known/jwks.json`]: "keys",
  };
}

function cognitoClaims(more: object): Record<string, unknown> {
  return {
    sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
    "cognito:groups": ["admins"],
    iss: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
    version: 2,
    origin_jti: "0e5b1f5e",
    token_use: "access",
    scope: `openid ${RESOURCE}/tools`,
    auth_time: NOW - 20,
    jti: "6d2b1f5e",
    username: "ada",
    ...more,
  };
}
