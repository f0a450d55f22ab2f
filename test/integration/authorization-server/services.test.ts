import { afterEach, describe, expect, it } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import type { StaticClient } from "../../../src/authorization-server/index.js";
import { OPAQUE, postForm, register, RESOURCE, stage, type Stage } from "./helpers.js";

/*
 * Clients that get tokens without a user: grant client_credentials (RFC 6749 §4.4)
 * with a secret, or with a signed assertion (RFC 7523).
 */

const SECRET = "s".repeat(32);
const { privateKey, publicKey } = await generateKeyPair("ES256");
const otherKey = (await generateKeyPair("ES256")).privateKey;
const job: StaticClient = { id: "nightly-job", secret: SECRET, service: { scopes: ["mcp:read"] } };
const signer: StaticClient = {
  id: "signing-job",
  jwks: { keys: [{ ...(await exportJWK(publicKey)), use: "sig", alg: "ES256" }] },
  service: { scopes: ["mcp:read", "mcp:write"] },
};

let staged: Stage;
afterEach(() => staged.server.close());

async function stageServices(...clients: StaticClient[]) {
  staged = await stage({ clients: { static: clients } });
  return staged.server;
}

const request = (changes: Record<string, string | undefined> = {}) => {
  const form = {
    grant_type: "client_credentials",
    client_id: job.id,
    client_secret: SECRET,
    resource: RESOURCE,
    ...changes,
  };
  const entries = Object.entries(form).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
};

const assertion = async (
  changes: { aud?: string; jti?: string; key?: typeof privateKey } = {},
) => ({
  client_id: signer.id,
  client_secret: undefined,
  client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  client_assertion: await new SignJWT({})
    .setProtectedHeader({ alg: "ES256" })
    .setIssuer(signer.id)
    .setSubject(signer.id)
    .setAudience(changes.aud ?? staged.server.issuer)
    .setJti(changes.jti ?? randomUUID())
    .setIssuedAt()
    .setExpirationTime("1m")
    .sign(changes.key ?? privateKey),
});

describe("a service", () => {
  it("gets a token for itself, with its scopes and no refresh token", async () => {
    const server = await stageServices(job);
    const { status, body } = await postForm(server, request());
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", scope: "mcp:read" });
    expect(body).not.toHaveProperty("refresh_token");
    expect(decodeJwt(String(body["access_token"]))).toMatchObject({
      aud: RESOURCE,
      sub: job.id,
      client_id: job.id,
      scope: "mcp:read",
    });
  });

  it("gets no scope beyond its own, and no resource that it does not name", async () => {
    const server = await stageServices(job, signer);
    for (const scope of ["mcp:read mcp:write", "mcp:write", "openid", "nope"]) {
      expect(await postForm(server, request({ scope }))).toMatchObject({
        status: 400,
        body: { error: "invalid_scope" },
      });
    }
    expect(await postForm(server, request({ resource: undefined }))).toMatchObject({
      status: 400,
      body: { error: "invalid_target" },
    });
    expect(
      await postForm(server, request({ resource: "https://other.example.com/" })),
    ).toMatchObject({ status: 400, body: { error: "invalid_target" } });
  });

  it.each([
    ["without its secret", { client_secret: undefined }],
    ["with a wrong secret", { client_secret: "x".repeat(32) }],
    ["with another client's name", { client_id: "signing-job" }],
  ])("is refused %s", async (_, changes) => {
    const server = await stageServices(job, signer);
    expect(await postForm(server, request(changes))).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
  });

  it("with a key authenticates by an assertion, which works once", async () => {
    const server = await stageServices(signer);
    const proof = await assertion();
    const granted = await postForm(server, request(proof));
    expect(granted).toMatchObject({ status: 200, body: { scope: "mcp:read mcp:write" } });
    expect(await postForm(server, request(proof))).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
    expect(await postForm(server, request(await assertion()))).toMatchObject({ status: 200 });
  });

  it("with a key is let in once by several concurrent uses of one assertion", async () => {
    const server = await stageServices(signer);
    const form = request(await assertion());
    const replies = await Promise.all(Array.from({ length: 5 }, () => postForm(server, form)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each([
    ["another key", { key: otherKey }],
    ["another audience", { aud: "https://other.example.com" }],
  ])("with a key is refused with %s", async (_, changes) => {
    const server = await stageServices(signer);
    expect(await postForm(server, request(await assertion(changes)))).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
  });

  it("has tokens that its resource introspects and that it can revoke itself", async () => {
    const server = await stageServices(job);
    const { body } = await postForm(server, request({ resource: OPAQUE }));
    const token = String(body["access_token"]);
    const introspect = () =>
      postForm(
        server,
        { token, client_id: "opaque-server", client_secret: "rs-secret" },
        {},
        "/introspect",
      );
    expect((await introspect()).body).toMatchObject({ active: true, client_id: job.id });
    const own = { token, client_id: job.id, client_secret: SECRET };
    expect((await postForm(server, own, {}, "/revoke")).status).toBe(200);
    expect((await introspect()).body).toEqual({ active: false });
  });
});

describe("a client that is no service", () => {
  it("gets no token without a user, whether it registered or is static", async () => {
    const app: StaticClient = {
      id: "web-app",
      secret: SECRET,
      redirectUris: ["https://a.test/cb"],
    };
    const server = await stageServices(job, app);
    const registered = await register(server, { token_endpoint_auth_method: "client_secret_post" });
    const { client_id = "", client_secret = "" } = registered.information;
    for (const credentials of [
      { client_id: app.id },
      { client_id, client_secret },
      { client_id: "opaque-server", client_secret: "rs-secret" },
    ]) {
      const refused = await postForm(server, request(credentials));
      expect(refused).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    }
  });

  it("finds the grant only where there are services", async () => {
    const server = await stageServices();
    const metadata = async () =>
      (await (
        await fetch(`${server.issuer}/.well-known/oauth-authorization-server`)
      ).json()) as object;
    expect(await metadata()).toMatchObject({
      grant_types_supported: expect.not.arrayContaining(["client_credentials"]),
    });
    expect(await postForm(server, request())).toMatchObject({ status: 401 });
  });
});
