import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { decodeJwt } from "jose";
import type { RevokedToken } from "../../../src/core/embedded-authorization-server.js";
import { requirement } from "../../support/requirement.js";
import {
  OPAQUE,
  postForm,
  register,
  RESOURCE,
  signIn,
  stage,
  type Stage,
  type TestClient,
} from "./helpers.js";

let staged: Stage;
let client: TestClient;
let revoked: RevokedToken[];

const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
});
const asNotes = basic("notes", "notes-secret");
const asOpaque = basic("opaque", "opaque-secret");

beforeEach(async () => {
  revoked = [];
  staged = await stage({
    resources: [
      {
        resource: RESOURCE,
        scopes: { "mcp:read": "Read", "mcp:write": "Write" },
        introspection: { clientId: "notes", clientSecret: "notes-secret" },
      },
      {
        resource: OPAQUE,
        tokenFormat: "opaque",
        scopes: { "mcp:read": "Read" },
        introspection: { clientId: "opaque", clientSecret: "opaque-secret" },
      },
    ],
  });
  staged.server.onRevoked((token) => revoked.push(token));
  client = await register(staged.server);
});
afterEach(() => staged.server.close());

const introspect = async (token: string, headers = asNotes) =>
  (await postForm(staged.server, { token }, headers, "/introspect")).body;
const revoke = (token: string, client_id = client.information.client_id) =>
  postForm(staged.server, { token, client_id }, {}, "/revoke");
const refresh = (token: string) =>
  postForm(staged.server, {
    grant_type: "refresh_token",
    refresh_token: token,
    client_id: client.information.client_id,
  });

describe("a JWT access token", () => {
  requirement("as-intro", "is introspected by its resource server, and by no other", async () => {
    const { access_token: token } = await signIn(staged.server, client);
    expect(await introspect(token)).toMatchObject({
      active: true,
      iss: staged.server.issuer,
      aud: RESOURCE,
      sub: "alice",
      scope: "mcp:read",
      client_id: client.information.client_id,
      exp: decodeJwt(token).exp,
      token_type: "Bearer",
    });
    expect(await introspect(token, asOpaque)).toEqual({ active: false });
  });

  it("can be introspected after a refresh, too", async () => {
    const { refresh_token: first = "" } = await signIn(staged.server, client);
    const { body } = await refresh(first);
    expect(await introspect(String(body["access_token"]))).toMatchObject({ active: true });
  });

  it("is unknown if one character differs, or if its record id is sent in its place", async () => {
    const { access_token: token } = await signIn(staged.server, client);
    const altered = token.slice(0, -2) + (token.endsWith("AA") ? "BB" : "AA");
    const { handleOf } = await import("../../../src/authorization-server/grants/token-records.js");
    expect(await introspect(altered)).toEqual({ active: false });
    expect(await introspect(handleOf(token))).toEqual({ active: false });
    expect(await introspect(token)).toMatchObject({ active: true });
  });

  requirement(
    "as-revoke",
    "is revoked by its client, at once and for its resource server",
    async () => {
      const { access_token: token } = await signIn(staged.server, client);
      expect((await revoke(token)).status).toBe(200);
      expect(await introspect(token)).toEqual({ active: false });
      const { jti, exp } = decodeJwt(token);
      expect(revoked).toContainEqual({ jti, until: exp });
    },
  );

  it("is not revoked by another client", async () => {
    const { access_token: token } = await signIn(staged.server, client);
    const stranger = await register(staged.server, { client_name: "Other client" });
    await revoke(token, stranger.information.client_id);
    expect(await introspect(token)).toMatchObject({ active: true });
    expect(revoked).toEqual([]);
  });

  it("is revoked with the refresh token of the same consent", async () => {
    const { access_token: token, refresh_token: refreshToken = "" } = await signIn(
      staged.server,
      client,
    );
    await revoke(refreshToken);
    expect(await introspect(token)).toEqual({ active: false });
    expect(revoked).toContainEqual({ jti: decodeJwt(token).jti, until: decodeJwt(token).exp });
  });

  it("is revoked when a refresh token of the same consent is reused after the window", async () => {
    const { refresh_token: first = "" } = await signIn(staged.server, client);
    const { body } = await refresh(first);
    const token = String(body["access_token"]);
    staged.advance(60);
    await refresh(first);
    expect(await introspect(token)).toEqual({ active: false });
    expect(revoked).toContainEqual({ jti: decodeJwt(token).jti, until: decodeJwt(token).exp });
  });
});

describe("an opaque access token", () => {
  it("is reported as revoked by its hash, never by its text", async () => {
    const { access_token: token } = await signIn(staged.server, client, { resource: OPAQUE });
    const { tokenHash } = await import("../../../src/core/hashes.js");
    await revoke(token);
    expect(revoked).toContainEqual({ tokenHash: tokenHash(token), until: expect.any(Number) });
    expect(JSON.stringify(revoked)).not.toContain(token);
  });
});

describe("userinfo", () => {
  const userinfo = async (token: string | undefined) => {
    const response = await fetch(`${staged.server.url}/userinfo`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    return {
      status: response.status,
      challenge: response.headers.get("www-authenticate"),
      body: await response.json(),
    };
  };

  it.each([RESOURCE, OPAQUE])(
    "returns the user's claims for a token with openid and %s",
    async (resource) => {
      const { access_token: token } = await signIn(staged.server, client, {
        resource,
        scope: "openid email mcp:read",
      });
      expect(await userinfo(token)).toEqual({
        status: 200,
        challenge: null,
        body: { sub: "alice", email: "alice@example.com" },
      });
    },
  );

  it("is published", () => {
    const { userinfo_endpoint: endpoint } = client.metadata as { userinfo_endpoint?: string };
    expect(endpoint).toBe(`${staged.server.issuer}/userinfo`);
  });

  it("refuses a token without openid, a revoked token, and a request without one", async () => {
    const { access_token: plain } = await signIn(staged.server, client);
    expect(await userinfo(plain)).toMatchObject({
      status: 403,
      challenge: 'Bearer error="insufficient_scope", scope="openid"',
    });
    const other = await register(staged.server, { client_name: "Other" });
    const { access_token: token } = await signIn(staged.server, other, {
      scope: "openid mcp:read",
    });
    expect((await userinfo(token)).status).toBe(200);
    await revoke(token, other.information.client_id);
    expect(await userinfo(token)).toMatchObject({
      status: 401,
      challenge: 'Bearer error="invalid_token"',
    });
    expect(await userinfo(undefined)).toMatchObject({ status: 401, challenge: "Bearer" });
  });
});

describe("lifetimes", () => {
  it("are what ttlSeconds says", async () => {
    const brief = await stage({ ttlSeconds: { access: 120, code: 1800 } });
    try {
      const tokens = await signIn(brief.server, await register(brief.server));
      expect(tokens.expires_in).toBe(120);
      const { exp = 0, iat = 0 } = decodeJwt(tokens.access_token);
      expect(exp - iat).toBe(120);
    } finally {
      await brief.server.close();
    }
  });
});
