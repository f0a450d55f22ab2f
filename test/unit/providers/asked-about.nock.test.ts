import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import nock from "nock";
import {
  clerk,
  entraMultiTenant,
  google,
  propelauth,
  type OAuthAuthProviderOptions,
  zitadel,
} from "../../../src/index.js";
import { createOutboundFetch } from "../../../src/net/guarded-fetch.js";
import {
  NOW,
  protectedBy,
  serve,
  sign,
  type RecordedProvider,
} from "../../support/recorded-provider.js";

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

const TOKEN = "ya29.a0AfH6SMBx-opaque";

describe("Google's tokens", () => {
  const preset = () =>
    google({
      clientIds: ["1234-abc.apps.googleusercontent.com"],
      fetch: createOutboundFetch({ env: {} }),
    });
  const answer = {
    azp: "1234-abc.apps.googleusercontent.com",
    aud: "1234-abc.apps.googleusercontent.com",
    sub: "110169484474386276334",
    scope: "openid https://www.googleapis.com/auth/userinfo.email",
    exp: String(NOW + 3600),
    expires_in: "3600",
    email: "ada@example.com",
    email_verified: "true",
    access_type: "online",
  };
  /** Google, asked the way this preset asks: with the token in no URL. */
  const google200 = (body: object, status = 200) =>
    nock("https://oauth2.googleapis.com", { reqheaders: { authorization: `Bearer ${TOKEN}` } })
      .post("/tokeninfo")
      .reply(status, body);

  it("are accepted when Google says they are for a listed client", async () => {
    google200(answer);
    const { call } = protectedBy(preset(), {
      scopes: ["https://www.googleapis.com/auth/userinfo.email"],
    });
    expect(await call(TOKEN)).toMatchObject({
      data: { sub: "110169484474386276334", email: "ada@example.com", email_verified: true },
    });
  });

  it("are introspected once and then cached", async () => {
    google200(answer);
    const { call } = protectedBy(preset());
    await call(TOKEN);
    expect(await call(TOKEN)).not.toBe(false);
  });

  it.each<[string, object, number, string]>([
    [
      "for another client",
      { ...answer, aud: "9-z.apps.googleusercontent.com" },
      200,
      "client_not_allowed",
    ],
    ["without a subject", { ...answer, sub: undefined }, 200, "subject_missing"],
    ["that are over", { ...answer, exp: String(NOW - 1) }, 200, "expired"],
    ["Google does not know", { error: "invalid_token" }, 400, "callback_unknown"],
    ["Google cannot tell about", { error: "internal" }, 500, "tokeninfo_http_500"],
    ["Google says odd things about", { aud: 7 }, 200, "tokeninfo_malformed"],
  ])("are refused: those %s", async (_name, body, status, reason) => {
    google200(body, status);
    const { call, reasons } = protectedBy(preset());
    expect(await call(TOKEN)).toBe(false);
    expect(reasons).toEqual([reason]);
  });

  it("are not ID tokens, which are refused without a request to Google", async () => {
    const { call, reasons } = protectedBy(preset());
    expect(await call("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln")).toBe(false);
    expect(reasons).toEqual(["callback_unknown"]);
  });

  it("are an outage when Google does not answer in time", async () => {
    const { validation } = preset();
    const { validate } = validation as Extract<
      OAuthAuthProviderOptions["validation"],
      { type: "custom" }
    >;
    await expect(validate(TOKEN, AbortSignal.abort())).rejects.toMatchObject({
      status: 503,
      reason: "tokeninfo_unreachable",
    });
  });
});

describe.each([
  {
    name: "Zitadel",
    preset: () =>
      zitadel({
        domain: "acme.zitadel.cloud",
        projectId: "269012345678901234",
        clientId: "269012345678905678",
        clientSecret: "s3cr&t",
      }),
    endpoint: "https://acme.zitadel.cloud/oauth/v2/introspect",
    // Form-encoded before it is Basic (RFC 6749 §2.3.1).
    authorization: `Basic ${Buffer.from("269012345678905678:s3cr%26t").toString("base64")}`,
    answer: {
      active: true,
      scope: "openid mcp:tools",
      client_id: "269012345678909999",
      token_type: "Bearer",
      exp: NOW + 300,
      iat: NOW - 10,
      nbf: NOW - 10,
      sub: "163840776835432705",
      aud: ["269012345678909999", "269012345678905678", "269012345678901234"],
      iss: "https://acme.zitadel.cloud",
      jti: "x",
      username: "ada@acme.zitadel.cloud",
    },
    refused: [
      ["for another project", { aud: ["269012345678900000"] }, "audience_mismatch"],
      ["without an audience", { aud: undefined }, "audience_missing"],
      ["of another instance", { iss: "https://evil.zitadel.cloud" }, "issuer_mismatch"],
      ["that are refresh tokens", { token_type: "refresh_token" }, "not_an_access_token"],
      ["that are over", { exp: NOW - 61 }, "expired"],
      ["that are not active", { active: false }, "introspection_inactive"],
    ] as [string, object, string][],
  },
  {
    name: "PropelAuth",
    preset: () =>
      propelauth({ authUrl: "https://auth.example.com/", clientId: "rs", clientSecret: "x" }),
    endpoint: "https://auth.example.com/oauth/2.1/introspect",
    authorization: `Basic ${Buffer.from("rs:x").toString("base64")}`,
    answer: {
      active: true,
      sub: "31c41c16-c281-44ae-9602-8a047e3bf33d",
      aud: "https://mcp.example.com/mcp",
      client_id: "4a1b",
      scope: "read:user_data mcp:tools",
      iat: NOW - 10,
      exp: NOW + 300,
    },
    refused: [
      ["for another MCP server", { aud: "https://other.example.com/mcp" }, "audience_mismatch"],
      ["for which no resource was requested", { aud: undefined }, "audience_missing"],
      ["of another issuer", { iss: "https://auth.evil.example/oauth/2.1" }, "issuer_mismatch"],
      ["without a subject", { sub: undefined }, "subject_missing"],
      ["that never end", { exp: undefined }, "expiry_missing"],
      ["that are not active", { active: false }, "introspection_inactive"],
    ] as [string, object, string][],
  },
  {
    name: "Clerk for any client",
    preset: () =>
      clerk({
        frontendApi: "clerk.example.com",
        clientId: "rs",
        clientSecret: "x",
        dangerouslyAcceptAnyClient: true,
      }),
    endpoint: "https://clerk.example.com/oauth/token_info",
    authorization: `Basic ${Buffer.from("rs:x").toString("base64")}`,
    answer: {
      active: true,
      client_id: "Ab1Cd2Ef3Gh4",
      iat: NOW - 10,
      scope: "email mcp:tools",
      sub: "user_2xhFjEI5X2qWRvtV13BzSj8H6Dk",
      exp: NOW + 300,
    },
    refused: [
      ["for another API", { aud: "https://other.example.com" }, "audience_mismatch"],
      ["without a subject", { sub: undefined }, "subject_missing"],
      ["that never end", { exp: undefined }, "expiry_missing"],
      ["that are not active", { active: false }, "introspection_inactive"],
    ] as [string, object, string][],
  },
])("tokens of $name", ({ preset, endpoint, authorization, answer, refused }) => {
  const { origin, pathname } = new URL(endpoint);
  const asked = (body: object) =>
    nock(origin, { reqheaders: { authorization } }).post(pathname).reply(200, body);

  it("are accepted when the issuer says so", async () => {
    asked(answer);
    const { call, reasons } = protectedBy(preset(), { scopes: ["mcp:tools"] });
    expect(await call(TOKEN)).toMatchObject({ data: { sub: answer.sub } });
    expect(reasons).toEqual([]);
  });

  it.each(refused)("are refused: those %s", async (_name, members, reason) => {
    asked({ ...answer, ...members });
    const { call, reasons } = protectedBy(preset());
    expect(await call(TOKEN)).toBe(false);
    expect(reasons).toEqual([expect.stringContaining(reason)]);
  });

  it("are an outage when the issuer refuses our own credentials", async () => {
    nock(origin).post(pathname).reply(401, { error: "invalid_client" });
    const { call, reasons } = protectedBy(preset());
    expect(await call(TOKEN)).toBe(false);
    expect(reasons).toEqual(["introspection_unauthorized"]);
  });
});

describe("tokens of several tenants of Entra", () => {
  const tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
  const other = "72f988bf-86f1-41af-91ab-2d7cd011db47";
  const app = "11111111-2222-3333-4444-555555555555";
  const authority = "https://login.microsoftonline.com";
  const provider: RecordedProvider = {
    preset: () => entraMultiTenant({ clientId: app, tenants: [tenant] }),
    algorithm: "RS256",
    documents: {
      [`${authority}/${tenant}/discovery/v2.0/keys`]: "keys",
      [`${authority}/${other}/discovery/v2.0/keys`]: "keys",
    },
    accessToken: {
      header: { typ: "JWT" },
      claims: {
        aud: app,
        iss: `${authority}/${tenant}/v2.0`,
        azp: "66666666-7777-8888-9999-000000000000",
        scp: "mcp.tools",
        sub: "AAAA",
        tid: tenant,
        ver: "2.0",
      },
    },
    refused: {},
  };

  it("are accepted from a tenant that is listed", async () => {
    serve(provider);
    const { call, reasons } = protectedBy(provider.preset(), { scopes: ["mcp.tools"] });
    expect(await call(await sign(provider))).toMatchObject({ data: { tid: tenant } });
    expect(reasons).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "from a tenant that is not",
      { iss: `${authority}/${other}/v2.0`, tid: other },
      "issuer_unknown",
    ],
    ["that name one tenant and are of another", { tid: other }, "claim_mismatch_tid"],
    [
      "from a host that only looks like it",
      { iss: `https://evil.example/${tenant}/v2.0` },
      "issuer_unknown",
    ],
    ["with more after the issuer", { iss: `${authority}/${tenant}/v2.0/x` }, "issuer_unknown"],
    ["for another application", { aud: other }, "audience_mismatch"],
    ["that are ID tokens", { azp: undefined, scp: undefined }, "client_missing"],
  ])("are refused: those %s", async (_name, claims, reason) => {
    serve(provider);
    const { call, reasons } = protectedBy(provider.preset());
    expect(await call(await sign(provider, { claims }))).toBe(false);
    expect(reasons).toEqual([reason]);
  });

  it("are decided by the application's function, whose failure is an outage", async () => {
    serve(provider);
    const known = protectedBy(entraMultiTenant({ clientId: app, tenants: (id) => id === other }));
    const form = { claims: { iss: `${authority}/${other}/v2.0`, tid: other } };
    expect(await known.call(await sign(provider, form))).not.toBe(false);
    expect(await known.call(await sign(provider))).toBe(false);
    expect(known.reasons).toEqual(["issuer_unknown"]);

    const failing = protectedBy(
      entraMultiTenant({ clientId: app, tenants: () => Promise.reject(new Error("database")) }),
    );
    expect(await failing.call(await sign(provider))).toBe(false);
    expect(failing.reasons).toEqual(["issuer_lookup_failed"]);
  });
});
