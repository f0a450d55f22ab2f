import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { AuthorizationServerOptions } from "../../../src/authorization-server/index.js";
import {
  authorizationUrl,
  codeFor,
  createBrowser,
  open,
  postForm,
  REDIRECT,
  register,
  stage,
  type Stage,
  type TestClient,
} from "./helpers.js";
import { turns } from "../../support/turns.js";

let staged: Stage;
afterEach(async () => {
  await staged.server.close();
  jest.restoreAllMocks();
});
beforeEach(() => {
  // Inside jest oidc-provider finds no dispatcher to protect, and says so. It is not used.
  jest.spyOn(console, "warn").mockImplementation(() => undefined);
});

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const { privateKey, publicKey } = await generateKeyPair("RS256");
const otherKey = (await generateKeyPair("RS256")).privateKey;
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", use: "sig", alg: "RS256" }] };

/** Servers of clients by URL; a function can fail. */
type Web = Record<string, () => Response | Promise<Response>>;

function fetchFrom(web: Web) {
  return jest.fn<typeof fetch>(async (input) => {
    const respond = web[input as string];
    return respond === undefined ? new Response("", { status: 404 }) : respond();
  });
}

const CHATGPT = "https://chatgpt.com/oauth/kDmjx77/client.json";
const CHATGPT_KEYS = "https://chatgpt.com/oauth/jwks.json";
const CHATGPT_REDIRECT = "https://chatgpt.com/connector/oauth/kDmjx77";
/** As published by ChatGPT: signs its token requests. */
const chatgpt = {
  client_id: CHATGPT,
  client_uri: "https://chatgpt.com/",
  client_name: "ChatGPT",
  redirect_uris: [CHATGPT_REDIRECT],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_signing_alg: "RS256",
  jwks_uri: CHATGPT_KEYS,
};
const CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata";
const CLAUDE_REDIRECT = "https://claude.ai/api/mcp/auth_callback";
const claude = {
  client_id: CLAUDE,
  client_name: "Claude",
  client_uri: "https://claude.ai",
  redirect_uris: [CLAUDE_REDIRECT],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
};
const published = (document: object) => () =>
  Response.json(document, { headers: { "cache-control": "max-age=600" } });
const web = (): Web => ({
  [CHATGPT]: published(chatgpt),
  [CHATGPT_KEYS]: published(jwks),
  [CLAUDE]: published(claude),
});

async function stageWith(options: Partial<AuthorizationServerOptions> = {}) {
  staged = await stage(options);
  return staged.server;
}

/** A client that does not register. */
async function known(clientId: string): Promise<TestClient> {
  const metadata = (await (
    await fetch(`${staged.server.issuer}/.well-known/oauth-authorization-server`)
  ).json()) as TestClient["metadata"];
  return { metadata, information: { client_id: clientId, redirect_uris: [] } };
}

interface AssertionChanges {
  readonly aud?: string;
  readonly jti?: string;
  readonly key?: typeof privateKey;
  readonly kid?: string;
}

async function assertion(clientId: string, changes: AssertionChanges = {}) {
  const { aud = staged.server.issuer, jti = randomUUID(), key = privateKey } = changes;
  const client_assertion = await new SignJWT({})
    .setProtectedHeader({ alg: "RS256", kid: changes.kid ?? "k1" })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(aud)
    .setJti(jti)
    .setIssuedAt()
    .setExpirationTime("1m")
    .sign(key);
  return { client_assertion_type: ASSERTION, client_assertion };
}

describe("a client with a metadata document", () => {
  it("as ChatGPT publishes it gets tokens with a signed assertion", async () => {
    const get = fetchFrom(web());
    const server = await stageWith({ fetch: get });
    const form = await codeFor(server, await known(CHATGPT), { redirectUri: CHATGPT_REDIRECT });
    const tokens = await postForm(server, { ...form, ...(await assertion(CHATGPT)) });
    expect(tokens).toMatchObject({ status: 200, body: { token_type: "Bearer" } });
    for (let round = 0; round < 3; round++) {
      const refreshed = await postForm(server, {
        grant_type: "refresh_token",
        refresh_token: String(tokens.body["refresh_token"]),
        client_id: CHATGPT,
        ...(await assertion(CHATGPT)),
      });
      expect(refreshed.status).toBe(200);
    }
    // One document and one key set for all of it.
    expect(get.mock.calls.map(([url]) => url)).toEqual([CHATGPT, CHATGPT_KEYS]);
  });

  it.each([
    ["nothing", () => Promise.resolve({})],
    ["another key", () => assertion(CHATGPT, { key: otherKey })],
    ["an unknown key id", () => assertion(CHATGPT, { kid: "k2", key: otherKey })],
    ["another audience", () => assertion(CHATGPT, { aud: "https://other.example.com" })],
    ["another client's name", () => assertion(CLAUDE)],
  ])("that has keys cannot redeem its code with %s", async (_, authentication) => {
    const server = await stageWith({ fetch: fetchFrom(web()) });
    const form = await codeFor(server, await known(CHATGPT), { redirectUri: CHATGPT_REDIRECT });
    const refused = await postForm(server, { ...form, ...(await authentication()) });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.status).toBeLessThan(402);
    expect(refused.body).not.toHaveProperty("access_token");
    // The code is still there for the client itself.
    expect((await postForm(server, { ...form, ...(await assertion(CHATGPT)) })).status).toBe(200);
  });

  it("cannot use an assertion twice", async () => {
    const server = await stageWith({ fetch: fetchFrom(web()) });
    const form = await codeFor(server, await known(CHATGPT), { redirectUri: CHATGPT_REDIRECT });
    const proof = await assertion(CHATGPT);
    const tokens = await postForm(server, { ...form, ...proof });
    const refresh = {
      grant_type: "refresh_token",
      refresh_token: String(tokens.body["refresh_token"]),
      client_id: CHATGPT,
    };
    expect(await postForm(server, { ...refresh, ...proof })).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
    expect((await postForm(server, { ...refresh, ...(await assertion(CHATGPT)) })).status).toBe(
      200,
    );
  });

  it("as Claude publishes it, and one without any method, are public clients", async () => {
    const { token_endpoint_auth_method: _, ...bare } = claude;
    const url = "https://bare.example.com/c";
    const documents = { ...web(), [url]: published({ ...bare, client_id: url }) };
    const server = await stageWith({ fetch: fetchFrom(documents) });
    for (const clientId of [CLAUDE, url]) {
      const form = await codeFor(server, await known(clientId), { redirectUri: CLAUDE_REDIRECT });
      expect((await postForm(server, form)).status).toBe(200);
    }
  });

  it.each([
    [
      "a secret",
      { token_endpoint_auth_method: "client_secret_basic" },
      "must not use shared-secret",
    ],
    [
      "a dangerous redirect URI",
      { redirect_uris: [CLAUDE_REDIRECT, "intent://x"] },
      "redirect_uris must not use the scheme intent",
    ],
    [
      "tokens without a user",
      { grant_types: ["client_credentials"], response_types: [] },
      "grant_types",
    ],
  ])("that wants %s is refused on a page", async (_, changes, error) => {
    const server = await stageWith({
      fetch: fetchFrom({ [CLAUDE]: published({ ...claude, ...changes }) }),
    });
    const { authorizationUrl: url } = await authorizationUrl(server, await known(CLAUDE), {
      redirectUri: CLAUDE_REDIRECT,
    });
    const page = await open(url);
    expect(page).toMatchObject({ status: 400, location: undefined });
    expect(page.text).toContain(error);
  });
});

describe("a client whose own server does not respond", () => {
  it("is an outage for the user and for the client, never an unknown client", async () => {
    let isDown = true;
    const documents = web();
    const server = await stageWith({
      fetch: fetchFrom({
        ...documents,
        [CLAUDE]: () => (isDown ? new Response("", { status: 502 }) : published(claude)()),
      }),
    });
    const { authorizationUrl: url } = await authorizationUrl(server, await known(CLAUDE), {
      redirectUri: CLAUDE_REDIRECT,
    });
    const [page, concurrent] = await Promise.all([open(url), open(url)]);
    for (const answer of [page, concurrent]) {
      expect(answer).toMatchObject({ status: 503, location: undefined });
      expect(answer.text).toContain(
        "claude.ai, which publishes this application, does not respond",
      );
    }
    const refresh = { grant_type: "refresh_token", refresh_token: "x", client_id: CLAUDE };
    const refused = await postForm(server, refresh);
    expect(refused).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
    expect(refused.headers.get("retry-after")).toBe("5");

    isDown = false;
    staged.advance(10);
    const form = await codeFor(server, await known(CLAUDE), { redirectUri: CLAUDE_REDIRECT });
    expect((await postForm(server, form)).status).toBe(200);
  });

  it("is an outage for a request that waits for the fetch of another one, too", async () => {
    let fail = (): void => undefined;
    const failed = new Promise<Response>((resolve) => {
      fail = () => resolve(new Response("", { status: 502 }));
    });
    const web = fetchFrom({ [CLAUDE]: () => failed });
    const server = await stageWith({ fetch: web });
    const { authorizationUrl: url } = await authorizationUrl(server, await known(CLAUDE), {
      redirectUri: CLAUDE_REDIRECT,
    });
    const answers = Promise.all([open(url), open(url), open(url)]);
    while (web.mock.calls.length === 0) await turns(1);
    await turns(200);
    fail();
    expect((await answers).map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(web).toHaveBeenCalledTimes(1);
  });

  it("keeps its code while its keys cannot be read", async () => {
    let isDown = true;
    const server = await stageWith({
      fetch: fetchFrom({
        ...web(),
        [CHATGPT_KEYS]: () => (isDown ? Promise.reject(new Error("down")) : published(jwks)()),
      }),
    });
    const form = await codeFor(server, await known(CHATGPT), { redirectUri: CHATGPT_REDIRECT });
    const refused = await postForm(server, { ...form, ...(await assertion(CHATGPT)) });
    expect(refused).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
    isDown = false;
    staged.advance(10);
    expect((await postForm(server, { ...form, ...(await assertion(CHATGPT)) })).status).toBe(200);
  });

  it("is unknown only when its server says so", async () => {
    const server = await stageWith({ fetch: fetchFrom({}) });
    const refresh = { grant_type: "refresh_token", refresh_token: "x", client_id: CLAUDE };
    expect(await postForm(server, refresh)).toMatchObject({
      status: 400,
      body: { error: "invalid_client" },
    });
  });
});

describe("registration", () => {
  const post = async (metadata: object) => {
    const response = await fetch(`${staged.server.issuer}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_name: "Host",
        redirect_uris: [REDIRECT],
        token_endpoint_auth_method: "none",
        ...metadata,
      }),
    });
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body };
  };

  it("answers with the requested scopes that exist", async () => {
    await stageWith();
    const scoped = await post({ scope: "mcp:read openid unknown" });
    expect(scoped).toMatchObject({ status: 201, body: { scope: "mcp:read openid" } });
    expect((await post({})).body).not.toHaveProperty("scope");
    expect((await post({ scope: "unknown" })).body).not.toHaveProperty("scope");
  });

  it("of the same public client returns the same client id, on any loopback port", async () => {
    await stageWith();
    const first = await post({ redirect_uris: ["http://127.0.0.1:1000/cb"] });
    const again = await post({ redirect_uris: ["http://127.0.0.1:2000/cb"] });
    expect(again.body["client_id"]).toBe(first.body["client_id"]);
    expect(again.body["redirect_uris"]).toEqual(["http://127.0.0.1:2000/cb"]);
    const other = await post({ redirect_uris: ["http://127.0.0.1:2000/other"] });
    expect(other.body["client_id"]).not.toBe(first.body["client_id"]);
    expect(first.body).not.toHaveProperty("registration_access_token");
  });

  it("of the same confidential client returns another client with another secret", async () => {
    await stageWith();
    const confidential = { token_endpoint_auth_method: "client_secret_basic" };
    const [first, second] = [await post(confidential), await post(confidential)];
    expect(second.body["client_id"]).not.toBe(first.body["client_id"]);
    expect(second.body["client_secret"]).not.toBe(first.body["client_secret"]);
  });

  it("of new clients is limited per address and hour, of known ones it is not", async () => {
    await stageWith({ clients: { registration: { perHour: 2 } } });
    expect((await post({ client_name: "a" })).status).toBe(201);
    expect((await post({ client_name: "b" })).status).toBe(201);
    const refused = await post({ client_name: "c" });
    expect(refused).toMatchObject({ status: 429, body: { error: "temporarily_unavailable" } });
    expect(String(refused.body["error_description"])).toMatch(
      /^Too many clients were registered from this address\. Reuse a client/,
    );
    expect(refused.headers.get("retry-after")).toEqual(expect.any(String));
    expect((await post({ client_name: "a" })).status).toBe(201);
    staged.advance(3600);
    expect((await post({ client_name: "c" })).status).toBe(201);
  });

  it("is limited in number", async () => {
    await stageWith({ clients: { registration: { max: 2 } } });
    await post({ client_name: "a" });
    await post({ client_name: "b" });
    const refused = await post({ client_name: "c" });
    expect(refused).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
    expect(String(refused.body["error_description"])).toContain("no room for another client");
    expect((await post({ client_name: "b" })).status).toBe(201);
  });

  it("can be switched off", async () => {
    const server = await stageWith({ clients: { registration: false } });
    expect((await known("x")).metadata).not.toHaveProperty("registration_endpoint");
    const response = await fetch(`${server.issuer}/register`, { method: "POST" });
    expect(response.status).toBe(404);
  });

  it.each([
    ["a dangerous scheme", { redirect_uris: ["view-source:https://x"] }, "invalid_redirect_uri"],
    ["a user name", { redirect_uris: ["https://claude.ai@evil.com/"] }, "invalid_redirect_uri"],
    [
      "tokens without a user",
      { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] },
      "invalid_client_metadata",
    ],
  ])("with %s is refused", async (_, metadata, error) => {
    await stageWith({ clients: { static: [SERVICE] } });
    expect(await post(metadata)).toMatchObject({ status: 400, body: { error } });
  });

  it("is removed when it is unused, and kept while it is used", async () => {
    const DAY = 86_400;
    const server = await stageWith({ clients: { registration: { unusedDays: 40 } } });
    const unused = await register(server, { client_name: "Unused" });
    const used = await register(server);
    const useful = async (client: TestClient) => {
      const { authorizationUrl: url } = await authorizationUrl(server, client, {});
      return (await open(url)).location?.searchParams.get("code") !== undefined;
    };
    staged.advance(30 * DAY);
    expect(await useful(unused)).toBe(true);
    expect((await postForm(server, await codeFor(server, used))).status).toBe(200);
    staged.advance(11 * DAY);
    expect(await useful(unused)).toBe(false);
    expect(await useful(used)).toBe(true);
  });
});

describe("the policy `clients.allow`", () => {
  it("refuses a registration and a document, and applies at every use", async () => {
    let isAllowed = true;
    const server = await stageWith({
      fetch: fetchFrom(web()),
      clients: { allow: ({ clientId }) => isAllowed || clientId === CLAUDE },
    });
    const client = await register(server);
    const form = await codeFor(server, client);
    isAllowed = false;
    expect(await postForm(server, form)).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
    await expect(register(server, { client_name: "New" })).rejects.toThrow(
      "this server does not accept this client",
    );
    const page = await open(
      (await authorizationUrl(server, await known(CHATGPT), { redirectUri: CHATGPT_REDIRECT }))
        .authorizationUrl,
    );
    expect(page).toMatchObject({ status: 400, location: undefined });
    expect(
      (await codeFor(server, await known(CLAUDE), { redirectUri: CLAUDE_REDIRECT }))["code"],
    ).not.toBe("");
  });

  it("as a list contacts no other host", async () => {
    const get = fetchFrom(web());
    const server = await stageWith({ fetch: get, clients: { allow: ["claude.ai"] } });
    for (const [clientId, redirectUri] of [
      [CHATGPT, CHATGPT_REDIRECT],
      [CLAUDE, CLAUDE_REDIRECT],
    ] as const) {
      await open(
        (await authorizationUrl(server, await known(clientId), { redirectUri })).authorizationUrl,
      );
    }
    expect(get.mock.calls.map(([url]) => url)).toEqual([CLAUDE]);
  });

  it("that throws accepts no client", async () => {
    const server = await stageWith({
      clients: {
        allow: () => {
          throw new Error("policy is down");
        },
      },
    });
    await expect(register(server)).rejects.toThrow();
  });
});

const SECRET = "s".repeat(32);
const SERVICE = {
  id: "nightly-job",
  secret: SECRET,
  service: { scopes: ["mcp:read"] },
};

describe("a static client", () => {
  const web2 = {
    id: "web-app",
    name: "Web app",
    secret: SECRET,
    redirectUris: ["https://app.example.com/cb"],
  };

  it("needs no registration and passes the policy", async () => {
    const server = await stageWith({
      clients: { static: [web2], allow: ["elsewhere.example.com"], registration: false },
    });
    const options = { redirectUri: "https://app.example.com/cb" };
    const form = await codeFor(server, await known("web-app"), options);
    expect((await postForm(server, form)).status).toBe(401);
    expect((await postForm(server, { ...form, client_secret: SECRET })).status).toBe(200);
  });

  it.each([
    ["another path", "https://app.example.com/cb/"],
    ["another query", "https://app.example.com/cb?x=1"],
    ["a prefix of the host", "https://app.example.com.evil.com/cb"],
    ["another case", "https://app.example.com/CB"],
  ])("is not redirected to %s", async (_, redirectUri) => {
    const server = await stageWith({ clients: { static: [web2] } });
    const { authorizationUrl: url } = await authorizationUrl(server, await known("web-app"), {
      redirectUri,
    });
    expect(await open(url)).toMatchObject({ status: 400, location: undefined });
  });

  it.each([
    [{ id: "x" }, "redirectUris: must not be empty"],
    [{ id: "x", redirectUris: ["http://app.example.com/"] }, "must use https"],
    [{ id: "x", redirectUris: ["javascript:x"] }, "scheme javascript"],
    [{ id: "x", service: { scopes: ["mcp:read"] } }, "a service must authenticate"],
    [{ ...SERVICE, secret: "short" }, "at least 32 characters"],
    [{ ...SERVICE, secret: undefined }, "a service must authenticate"],
    [{ ...SERVICE, service: { scopes: ["nope"] } }, "no resource has the scope nope"],
    [{ ...SERVICE, id: "alice" }, "id of an account"],
    [{ ...SERVICE, id: "opaque-server" }, "introspection client"],
    [{ ...SERVICE, id: "https://x.example.com/" }, "must not be a URL"],
    [{ ...SERVICE, jwksUri: "https://127.0.0.1/jwks" }, "public host"],
    [{ ...SERVICE, jwksUri: "https://a.example.com/jwks" }, "set only one of"],
    [
      { ...SERVICE, secret: undefined, jwks: { keys: [{ kty: "oct", k: "x" }] } },
      "present but undefined",
    ],
    [
      { id: "x", service: SERVICE.service, jwks: { keys: [{ kty: "oct", k: "x" }] } },
      "JSON Web Key Set is invalid",
    ],
  ])("%j is a start-up error", async (client, message) => {
    const started = stage({ clients: { static: [client] } });
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.toMatchObject({ code: "ERR_OAUTH_CLIENTS" });
    await stageWith();
  });
});

describe("an error of an authorization request", () => {
  const APP = "https://app.example.com/cb";
  const failing = async (client: TestClient, query: Record<string, string | undefined>) => {
    const { authorizationUrl: url } = await authorizationUrl(staged.server, client, {
      redirectUri: APP,
      query,
    });
    return url;
  };
  const FAILURES: [string, Record<string, string | undefined>][] = [
    ["prompt=none", { prompt: "none" }],
    ["an unknown scope", { scope: "nope" }],
    ["an unknown resource", { resource: "https://nope.example.com/" }],
    ["no PKCE challenge", { code_challenge: undefined, code_challenge_method: undefined }],
    ["another response type", { response_type: "token" }],
    ["form_post", { prompt: "none", response_mode: "form_post" }],
  ];

  it.each(FAILURES)("with %s is a page for an unknown client", async (_, query) => {
    const server = await stageWith({ autoApprove: () => undefined });
    const client = await register(server, { redirect_uris: [APP] });
    const answer = await open(await failing(client, query));
    expect(answer.location).toBeUndefined();
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).toContain("This did not work");
    expect(answer.text).not.toContain("app.example.com");
  });

  it.each(FAILURES.filter(([name]) => name !== "form_post"))(
    "with %s is a redirect for a static client and on loopback",
    async (_, query) => {
      const server = await stageWith({
        autoApprove: () => undefined,
        clients: { static: [{ id: "web-app", redirectUris: [APP] }] },
      });
      const known1 = await open(await failing(await known("web-app"), query));
      expect(known1.location?.href).toMatch(/^https:\/\/app\.example\.com\/cb[?#]error=/);
      const loopback = await register(server);
      const { authorizationUrl: url } = await authorizationUrl(server, loopback, { query });
      expect((await open(url)).location?.href).toMatch(
        /^http:\/\/127\.0\.0\.1:53682\/callback[?#]error=/,
      );
    },
  );

  it("is a redirect once the user has consented, and when the user denies", async () => {
    const server = await stageWith({ autoApprove: undefined } as object);
    const client = await register(server, { redirect_uris: [APP] });
    const browser = createBrowser();
    const login = await browser.visit(await failing(client, {}));
    const consent = await browser.submit(login, { action: "pick", account: "alice" });
    const denied = await browser.submit(consent, { action: "deny" });
    expect(denied.url.href).toContain(`${APP}?error=access_denied`);
    const before = await browser.visit(await failing(client, { prompt: "none" }));
    expect(before).toMatchObject({ status: 400 });
    const second = await browser.visit(await failing(client, {}));
    const allowed = await browser.submit(second, { action: "allow" });
    expect(allowed.url.searchParams.get("code")).not.toBeNull();
    const after = await browser.visit(await failing(client, { scope: "nope" }));
    expect(after.url.href).toContain(`${APP}?error=invalid_scope`);
    // Another client gets nothing from that consent.
    const other = await register(server, { redirect_uris: [APP], client_name: "Other" });
    const stranger = await browser.visit(await failing(other, { prompt: "none" }));
    expect(stranger).toMatchObject({ status: 400 });
  });
});
