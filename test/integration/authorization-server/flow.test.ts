import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import type { AuthorizationServer } from "../../../src/authorization-server/index.js";
import { authorizeWithoutBrowser, createDPoPClient } from "../../../src/testing/index.js";
import {
  authorizationUrl,
  open,
  OPAQUE,
  REDIRECT,
  register,
  RESOURCE,
  signIn,
  start,
  type TestClient,
} from "./helpers.js";

let server: AuthorizationServer;
let client: TestClient;
beforeAll(async () => {
  server = await start();
  client = await register(server);
});
afterAll(() => server.close());

const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.issuer}${path}`, { method: "POST", body: new URLSearchParams(form), headers });
const json = async (response: Response) => (await response.json()) as Record<string, unknown>;
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});
const asResource = basic("opaque-server", "rs-secret");

describe("the flow of the SDK's client", () => {
  it("ends with an RFC 9068 token for the resource", async () => {
    const tokens = await signIn(server, client, { scope: "mcp:read mcp:write" });
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: 900 });
    const jwks = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    const { payload } = await jwtVerify(tokens.access_token, jwks, {
      issuer: server.issuer,
      audience: RESOURCE,
      typ: "at+jwt",
    });
    expect(payload).toMatchObject({
      sub: "alice",
      client_id: client.information.client_id,
      scope: "mcp:read mcp:write",
      jti: expect.any(String),
      auth_time: expect.any(Number),
    });
  });

  it("returns to the client with state and issuer (RFC 9207)", async () => {
    const { authorizationUrl: url } = await authorizationUrl(server, client, {});
    const target = await authorizeWithoutBrowser(url);
    expect(target.href.startsWith(`${REDIRECT}?`)).toBe(true);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      code: expect.any(String),
      state: "state-1",
      iss: server.issuer,
    });
  });

  it("grants only what was asked for", async () => {
    const tokens = await signIn(server, client, { scope: "mcp:read unknown:scope" });
    expect(decodeJwt(tokens.access_token)["scope"]).toBe("mcp:read");
  });

  it("grants every scope of the resource where none is named", async () => {
    const tokens = await signIn(server, client, { query: { scope: undefined } });
    expect(decodeJwt(tokens.access_token)["scope"]).toBe("mcp:read mcp:write");
  });

  it("refuses a request for nothing but unknown scopes", async () => {
    const { authorizationUrl: url } = await authorizationUrl(server, client, { scope: "nope" });
    const { location } = await open(url);
    expect(location?.searchParams.get("error")).toBe("invalid_scope");
  });

  it("issues the token for the resource although openid is asked for too", async () => {
    const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, {
      scope: "openid email mcp:read",
    });
    const code = (await authorizeWithoutBrowser(url)).searchParams.get("code") ?? "";
    // Without `resource` at the token endpoint.
    const tokens = await json(
      await post("/token", {
        grant_type: "authorization_code",
        client_id: client.information.client_id,
        code,
        code_verifier: codeVerifier,
        redirect_uri: REDIRECT,
      }),
    );
    expect(decodeJwt(String(tokens["access_token"]))).toMatchObject({ aud: RESOURCE });
    expect(decodeJwt(String(tokens["id_token"]))).toMatchObject({
      aud: client.information.client_id,
      email: "alice@example.com",
    });
  });

  it("works with a secret, sent either way", async () => {
    for (const method of ["client_secret_basic", "client_secret_post"]) {
      const confidential = await register(server, { token_endpoint_auth_method: method });
      expect(confidential.information.client_secret).toEqual(expect.any(String));
      const tokens = await signIn(server, confidential);
      expect(decodeJwt(tokens.access_token).aud).toBe(RESOURCE);
    }
  });

  it("passes over a loopback port that differs from the registered one, but not over the path", async () => {
    const other = "http://127.0.0.1:60001/callback";
    await expect(signIn(server, client, { redirectUri: other })).resolves.toBeDefined();
    const { authorizationUrl: url } = await authorizationUrl(server, client, {
      redirectUri: "http://127.0.0.1:60001/elsewhere",
    });
    const { status, location } = await open(url);
    expect({ status, location }).toEqual({ status: 400, location: undefined });
  });
});

describe("PKCE", () => {
  const without = { code_challenge: undefined, code_challenge_method: undefined };
  it.each<[string, Record<string, string | undefined>]>([
    ["missing", without],
    ["plain", { code_challenge_method: "plain" }],
    ["of no method", { code_challenge_method: undefined }],
  ])("that is %s is refused", async (_, query) => {
    const { authorizationUrl: url } = await authorizationUrl(server, client, { query });
    const { location } = await open(url);
    expect(location?.searchParams.get("error")).toBe("invalid_request");
    expect(location?.searchParams.has("code")).toBe(false);
  });

  it("is needed of a client with a secret as well", async () => {
    const confidential = await register(server, {
      token_endpoint_auth_method: "client_secret_basic",
    });
    const { authorizationUrl: url } = await authorizationUrl(server, confidential, {
      query: without,
    });
    expect((await open(url)).location?.searchParams.get("error")).toBe("invalid_request");
  });

  it("refuses the wrong verifier", async () => {
    const { authorizationUrl: url } = await authorizationUrl(server, client, {});
    const code = (await authorizeWithoutBrowser(url)).searchParams.get("code") ?? "";
    const response = await post("/token", {
      grant_type: "authorization_code",
      client_id: client.information.client_id,
      code,
      code_verifier: "x".repeat(43),
      redirect_uri: REDIRECT,
    });
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({ error: "invalid_grant" });
  });
});

describe("resource indicators", () => {
  it("that are unknown are refused with invalid_target", async () => {
    const { authorizationUrl: url } = await authorizationUrl(server, client, {
      resource: "https://elsewhere.example.com/mcp",
    });
    const { location } = await open(url);
    expect(location?.searchParams.get("error")).toBe("invalid_target");
  });

  it("must not change between authorization and token request", async () => {
    const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, {});
    const code = (await authorizeWithoutBrowser(url)).searchParams.get("code") ?? "";
    const response = await post("/token", {
      grant_type: "authorization_code",
      client_id: client.information.client_id,
      code,
      code_verifier: codeVerifier,
      redirect_uri: REDIRECT,
      resource: OPAQUE,
    });
    expect(await json(response)).toMatchObject({ error: "invalid_target" });
  });

  it("fall back to the default resource", async () => {
    const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, {
      query: { resource: undefined },
    });
    const code = (await authorizeWithoutBrowser(url)).searchParams.get("code") ?? "";
    const tokens = await json(
      await post("/token", {
        grant_type: "authorization_code",
        client_id: client.information.client_id,
        code,
        code_verifier: codeVerifier,
        redirect_uri: REDIRECT,
      }),
    );
    expect(decodeJwt(String(tokens["access_token"])).aud).toBe(RESOURCE);
  });

  it("of several are needed where no default is set", async () => {
    const strict = await start({ defaultResource: undefined } as object);
    try {
      const other = await register(strict);
      const { authorizationUrl: url } = await authorizationUrl(strict, other, {
        query: { resource: undefined },
      });
      expect((await open(url)).location?.searchParams.get("error")).toBe("invalid_target");
    } finally {
      await strict.close();
    }
  });

  it("of a bare origin are the same with and without the slash", async () => {
    const bare = await start({
      resources: [{ resource: "https://mcp.example.com" }],
      defaultResource: "https://mcp.example.com/",
    });
    try {
      const other = await register(bare);
      const tokens = await signIn(bare, other, {
        resource: "https://MCP.example.com/",
        scope: "mcp:access",
      });
      expect(decodeJwt(tokens.access_token).aud).toBe("https://mcp.example.com");
    } finally {
      await bare.close();
    }
  });
});

describe("opaque tokens", () => {
  const introspect = async (token: string, headers = asResource) =>
    json(await post("/introspect", { token }, headers));

  it("are introspected by their resource", async () => {
    const tokens = await signIn(server, client, { resource: OPAQUE });
    expect(tokens.access_token).not.toContain(".");
    expect(await introspect(tokens.access_token)).toMatchObject({
      active: true,
      iss: server.issuer,
      aud: OPAQUE,
      sub: "alice",
      scope: "mcp:read",
      client_id: client.information.client_id,
      token_type: "Bearer",
      exp: expect.any(Number),
    });
  });

  it("are unknown to a dynamically registered client", async () => {
    const tokens = await signIn(server, client, { resource: OPAQUE });
    const stranger = await register(server, { token_endpoint_auth_method: "client_secret_basic" });
    const { client_id: id, client_secret: secret } = stranger.information;
    expect(await introspect(tokens.access_token, basic(id, secret ?? ""))).toEqual({
      active: false,
    });
  });

  it("are unknown to another resource", async () => {
    const two = await start({
      resources: [
        { resource: OPAQUE, tokenFormat: "opaque", scopes: { "mcp:read": "Read" } },
        { resource: RESOURCE, introspection: { clientId: "other", clientSecret: "secret" } },
      ],
    });
    try {
      const tokens = await signIn(two, await register(two), { resource: OPAQUE });
      const answer = await fetch(`${two.issuer}/introspect`, {
        method: "POST",
        headers: basic("other", "secret"),
        body: new URLSearchParams({ token: tokens.access_token }),
      });
      expect(await answer.json()).toEqual({ active: false });
    } finally {
      await two.close();
    }
  });

  it("need the right secret to be introspected", async () => {
    const response = await post("/introspect", { token: "x" }, basic("opaque-server", "guess"));
    expect(response.status).toBe(401);
  });

  it("are inactive once revoked", async () => {
    const { access_token: token } = await signIn(server, client, { resource: OPAQUE });
    const { client_id } = client.information;
    expect((await post("/revoke", { token, client_id })).status).toBe(200);
    expect(await introspect(token)).toEqual({ active: false });
  });

  it("cannot be revoked by another client", async () => {
    const { access_token: token } = await signIn(server, client, { resource: OPAQUE });
    const stranger = await register(server, { client_name: "Other client" });
    await post("/revoke", { token, client_id: stranger.information.client_id });
    expect(await introspect(token)).toMatchObject({ active: true });
  });
});

describe("refresh tokens", () => {
  it("come with the registered grant, without offline_access; not without it", async () => {
    expect((await signIn(server, client)).refresh_token).toEqual(expect.any(String));
    const plain = await register(server, { grant_types: ["authorization_code"] });
    expect((await signIn(server, plain)).refresh_token).toBeUndefined();
  });

  it("belong to the client that got them", async () => {
    const { refresh_token: token = "" } = await signIn(server, client);
    const stranger = await register(server, { client_name: "Other client" });
    const response = await post("/token", {
      grant_type: "refresh_token",
      refresh_token: token,
      client_id: stranger.information.client_id,
    });
    expect(await json(response)).toMatchObject({ error: "invalid_grant" });
  });
});

describe("an authorization code", () => {
  it("works once; the second use ends what the first one gave", async () => {
    const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, {
      resource: OPAQUE,
    });
    const form = {
      grant_type: "authorization_code",
      client_id: client.information.client_id,
      code: (await authorizeWithoutBrowser(url)).searchParams.get("code") ?? "",
      code_verifier: codeVerifier,
      redirect_uri: REDIRECT,
    };
    const tokens = await json(await post("/token", form));
    const token = String(tokens["access_token"]);
    expect(await json(await post("/introspect", { token }, asResource))).toMatchObject({
      active: true,
    });
    expect(await json(await post("/token", form))).toMatchObject({ error: "invalid_grant" });
    expect(await json(await post("/introspect", { token }, asResource))).toEqual({ active: false });
  });
});

describe("DPoP", () => {
  it("binds the token to the key that was proven", async () => {
    const dpop = createDPoPClient();
    const { authorizationUrl: url, codeVerifier } = await authorizationUrl(server, client, {});
    const code = (await authorizeWithoutBrowser(url)).searchParams.get("code") ?? "";
    const form = {
      grant_type: "authorization_code",
      client_id: client.information.client_id,
      code,
      code_verifier: codeVerifier,
      redirect_uri: REDIRECT,
    };
    const proof = await dpop.proof({ method: "POST", url: `${server.issuer}/token` });
    const tokens = await json(await post("/token", form, { dpop: proof }));
    expect(tokens).toMatchObject({ token_type: "DPoP" });
    expect(decodeJwt(String(tokens["access_token"]))["cnf"]).toEqual({ jkt: dpop.jkt });
  });

  it("refuses a proof for another URL", async () => {
    const proof = await createDPoPClient().proof({
      method: "POST",
      url: "https://elsewhere.example.com/token",
    });
    const form = { grant_type: "refresh_token", refresh_token: "x" };
    const { client_id } = client.information;
    const response = await post("/token", { ...form, client_id }, { dpop: proof });
    expect(await json(response)).toMatchObject({ error: "invalid_dpop_proof" });
  });
});

describe("autoApprove", () => {
  it("asks its function, which may choose an account or deny", async () => {
    const asked: unknown[] = [];
    const picky = await start({
      autoApprove: (request) => {
        asked.push(request);
        return request.scopes.includes("mcp:write") ? undefined : "bob";
      },
    });
    try {
      const other = await register(picky);
      const tokens = await signIn(picky, other);
      expect(decodeJwt(tokens.access_token).sub).toBe("bob");
      expect(asked).toEqual([
        {
          clientId: other.information.client_id,
          clientName: "Test client",
          scopes: ["mcp:read"],
          resources: [RESOURCE],
        },
      ]);
      const { authorizationUrl: url } = await authorizationUrl(picky, other, {
        scope: "mcp:write",
      });
      expect((await open(url)).location?.searchParams.get("error")).toBe("access_denied");
    } finally {
      await picky.close();
    }
  });

  it("answers prompt=consent, which clients send for offline_access", async () => {
    const tokens = await signIn(server, client, {
      scope: "mcp:read offline_access",
      query: { prompt: "consent" },
    });
    expect(tokens.scope).toBe("mcp:read");
  });

  it("never approves what another site started in a browser", async () => {
    const { authorizationUrl: url } = await authorizationUrl(server, client, {});
    const foreign = await open(url, { "sec-fetch-site": "cross-site" });
    expect(foreign.location?.pathname).toMatch(/^\/interaction\//);
    const own = await open(url, { "sec-fetch-site": "same-site" });
    expect(own.location?.searchParams.has("code")).toBe(true);
  });
});
