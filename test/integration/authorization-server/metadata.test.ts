import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { request } from "node:http";
import { decodeProtectedHeader, exportJWK, generateKeyPair } from "jose";
import { discoverAuthorizationServerMetadata } from "@modelcontextprotocol/sdk/client/auth.js";
import type { AuthorizationServer } from "../../../src/authorization-server/index.js";
import { REDIRECT, register, RESOURCE, signIn, start } from "./helpers.js";

let server: AuthorizationServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: (await response.text()) || "{}" };
};

describe("metadata", () => {
  it.each([
    ["", ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]],
    [
      "/tenant/a",
      [
        "/.well-known/oauth-authorization-server/tenant/a",
        "/.well-known/openid-configuration/tenant/a",
        "/tenant/a/.well-known/openid-configuration",
        "/tenant/a/.well-known/oauth-authorization-server",
      ],
    ],
  ])("of an issuer with path %j is at every place clients look", async (path, places) => {
    server = await start({ issuer: `http://127.0.0.1:0${path}` });
    const { origin } = new URL(server.issuer);
    expect(server.issuer).toBe(origin + path);
    for (const place of places) {
      const { status, body } = await get(origin + place);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({
        issuer: server.issuer,
        authorization_endpoint: `${server.issuer}/authorize`,
        token_endpoint: `${server.issuer}/token`,
        registration_endpoint: `${server.issuer}/register`,
        jwks_uri: `${server.issuer}/jwks`,
      });
    }
  });

  it("says what the server can do", async () => {
    server = await start();
    const metadata = await discoverAuthorizationServerMetadata(server.issuer);
    expect(metadata).toMatchObject({
      code_challenge_methods_supported: ["S256"],
      grant_types_supported: [
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
      ],
      response_types_supported: ["code"],
      token_endpoint_auth_methods_supported: [
        "none",
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
      ],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      introspection_endpoint: `${server.issuer}/introspect`,
      revocation_endpoint: `${server.issuer}/revoke`,
    });
    expect(metadata?.scopes_supported).toEqual(
      expect.arrayContaining(["mcp:read", "mcp:write", "openid"]),
    );
    expect(metadata).toHaveProperty("protected_resources", expect.arrayContaining([RESOURCE]));
    expect(metadata).toHaveProperty("dpop_signing_alg_values_supported");
  });

  it("is built from the issuer, not from the request's host headers", async () => {
    server = await start();
    const { port } = new URL(server.issuer);
    const body = await raw(Number(port), "localhost:1", {
      "x-forwarded-host": "evil.example.com",
      "x-forwarded-proto": "https",
    });
    expect(body.status).toBe(200);
    expect(JSON.parse(body.text)).toMatchObject({ token_endpoint: `${server.issuer}/token` });
  });

  it("is not there for a name that was bent to this machine (DNS rebinding)", async () => {
    server = await start();
    const { port } = new URL(server.issuer);
    expect((await raw(Number(port), `evil.example.com:${port}`)).status).toBe(421);
    expect((await raw(Number(port), `[::1]:${port}`)).status).toBe(200);
  });

  it("is not there outside the issuer's path", async () => {
    server = await start({ issuer: "http://127.0.0.1:0/tenant" });
    const { origin } = new URL(server.issuer);
    expect((await get(`${origin}/token`)).status).toBe(404);
    expect((await get(`${origin}/tenantX/jwks`)).status).toBe(404);
    expect((await get(`${origin}/tenant/jwks`)).status).toBe(200);
  });
});

/** A request with any `Host`, which fetch would not send. */
function raw(port: number, host: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const path = "/.well-known/oauth-authorization-server";
    request({ port, host: "127.0.0.1", path, headers: { host, ...headers } }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += String(chunk)));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end();
  });
}

const GENERATED = { keys: undefined } as object;

describe("keys", () => {
  it("of three families are there from the start, without private members", async () => {
    server = await start(GENERATED);
    const { keys } = JSON.parse((await get(`${server.issuer}/jwks`)).body);
    expect(keys.map(({ kty }: { kty: string }) => kty).sort()).toEqual(["EC", "OKP", "RSA"]);
    for (const key of keys) {
      for (const secret of ["d", "p", "q", "dp", "dq", "qi"])
        expect(key).not.toHaveProperty(secret);
    }
  });

  it.each(["PS256", "ES256", "EdDSA"] as const)(
    "sign with %s where a resource wants it",
    async (alg) => {
      server = await start({
        ...GENERATED,
        resources: [{ resource: RESOURCE, tokenAlgorithm: alg }],
      });
      const tokens = await signIn(server, await register(server), { scope: "mcp:access" });
      expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg, typ: "at+jwt" });
    },
  );

  it("of one's own are used, even without an RSA key", async () => {
    const { privateKey } = await generateKeyPair("ES384", { extractable: true });
    server = await start({ keys: [{ ...(await exportJWK(privateKey)), kid: "mine" }] });
    const tokens = await signIn(server, await register(server), { scope: "openid mcp:read" });
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: "ES384", kid: "mine" });
    expect(tokens.id_token).toEqual(expect.any(String));
  });
});

describe("registration", () => {
  it("takes metadata as real clients send it", async () => {
    server = await start();
    const { information } = await register(server, {
      redirect_uris: ["cursor://callback", "http://localhost/cb", "https://app.example.com/cb"],
      grant_types: ["authorization_code", "refresh_token", "urn:example:other"],
      scope: "",
      client_uri: "",
      logo_uri: null,
    });
    expect(information).toMatchObject({ grant_types: ["authorization_code", "refresh_token"] });
  });

  it.each([
    ["plain http elsewhere", ["http://app.example.com/cb"]],
    ["a script", ["javascript:alert(1)"]],
    ["a fragment", ["https://app.example.com/cb#x"]],
    ["nothing", []],
  ])("refuses %s as redirect URI", async (_, redirect_uris) => {
    server = await start();
    const response = await fetch(`${server.issuer}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris, token_endpoint_auth_method: "none" }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty("error");
  });

  it.each([["{"], ["[]"], ['"x"'], ["null"], [""]])("refuses the body %j", async (body) => {
    server = await start();
    const response = await fetch(`${server.issuer}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(response.status).toBe(400);
  });

  it("refuses a body that is too large", async () => {
    server = await start();
    const body = JSON.stringify({ redirect_uris: [REDIRECT], client_name: "x".repeat(20_000) });
    const response = await fetch(`${server.issuer}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(response.status).toBe(413);
  });
});

describe("browsers", () => {
  it.each([
    "/token",
    "/register",
    "/revoke",
    "/introspect",
    "/jwks",
    "/.well-known/openid-configuration",
  ])("may call %s from any origin", async (path) => {
    server = await start();
    const preflight = await fetch(server.issuer + path, {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:6274",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, mcp-protocol-version",
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("mcp-protocol-version");
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("can read the answers, errors included", async () => {
    server = await start();
    const response = await fetch(`${server.issuer}/token`, {
      method: "POST",
      headers: { origin: "http://localhost:6274" },
      body: new URLSearchParams({ grant_type: "authorization_code" }),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it("cannot read the pages from another origin", async () => {
    server = await start();
    const response = await fetch(`${server.issuer}/authorize`, {
      headers: { origin: "http://localhost:6274" },
    });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("client id metadata documents", () => {
  // Inside jest oidc-provider finds no dispatcher to protect, and says so.
  beforeEach(() => {
    jest.spyOn(console, "warn").mockImplementation(() => undefined);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const clientId = "https://client.example.com/oauth/client.json";
  const document = {
    client_id: clientId,
    client_name: "Published client",
    redirect_uris: ["http://127.0.0.1/callback"],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    scope: "any",
  };
  const serve = (body: unknown) =>
    jest.fn<typeof fetch>(async () =>
      Response.json(body, { headers: { "cache-control": "max-age=60" } }),
    );
  const as = async (fetch: typeof globalThis.fetch) => {
    server = await start({ fetch });
    const metadata = (await register(server)).metadata;
    return { server, client: { metadata, information: { ...document } } };
  };

  it("replace a registration, with any loopback port", async () => {
    const fetch = serve(document);
    const { server, client } = await as(fetch);
    const tokens = await signIn(server, client);
    expect(tokens.refresh_token).toEqual(expect.any(String));
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([clientId]);
  });

  it("must name themselves", async () => {
    const { server, client } = await as(serve({ ...document, client_id: `${clientId}x` }));
    await expect(signIn(server, client)).rejects.toThrow("no code");
  });

  it("must not be large", async () => {
    const { server, client } = await as(serve({ ...document, x: "x".repeat(6000) }));
    await expect(signIn(server, client)).rejects.toThrow("no code");
  });

  it.each(["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "2130706433", "x.localhost"])(
    "are never asked for at %s",
    async (host) => {
      const id = `https://${host}/client.json`;
      const fetch = serve({ ...document, client_id: id });
      const { server, client } = await as(fetch);
      const information = { ...client.information, client_id: id };
      await expect(signIn(server, { ...client, information })).rejects.toThrow("no code");
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  it("can be switched off", async () => {
    server = await start({ clientIdMetadataDocuments: false });
    const { metadata } = await register(server);
    expect(metadata).not.toHaveProperty("client_id_metadata_document_supported");
  });
});

describe("the console", () => {
  it("stays quiet through a whole flow", async () => {
    const spies = (["log", "info", "warn", "error"] as const).map((name) =>
      jest.spyOn(console, name).mockImplementation(() => undefined),
    );
    try {
      server = await start();
      await signIn(server, await register(server), { scope: "openid mcp:read" });
      for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });
});

describe("listening", () => {
  it("starts when asked, where asked, and ends", async () => {
    server = await start({ issuer: "https://auth.example.com" });
    expect(server.url).toBeUndefined();
    await expect(server.listen()).rejects.toThrow("ERR_OAUTH_LISTEN");
    const url = await server.listen(0);
    expect(url).toBe(server.url);
    const { body } = await get(`${url}/.well-known/oauth-authorization-server`);
    expect(JSON.parse(body)).toMatchObject({ token_endpoint: "https://auth.example.com/token" });
    await server.close();
    expect(server.url).toBeUndefined();
  });

  it("says why when the port is taken", async () => {
    server = await start();
    const second = await start({ issuer: server.issuer });
    await expect(second.listen()).rejects.toThrow(
      /already listens on .* Stop it, or change the port of the issuer\. .ERR_OAUTH_LISTEN/,
    );
  });
});
