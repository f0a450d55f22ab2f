import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestIssuer } from "mcp-framework-oauth/testing";
import { connect, post, startServer } from "./support/server.js";
import { issueToken } from "./support/tokens.js";

/** A test issuer instead of the authorization server. */
const issuer = createTestIssuer();
let endpoints;
let server;

before(async () => {
  endpoints = await issuer.listen();
  server = await startServer({ OAUTH_ISSUER: issuer.issuer });
});

after(async () => {
  await server?.stop();
  await endpoints?.close();
});

const token = (claims) => issueToken(issuer, { aud: server.url, scope: "example:use", ...claims });

test("without a token the answer is 401 with a challenge", async () => {
  const response = await post(server.url);
  assert.equal(response.status, 401);
  assert.match(response.headers.get("www-authenticate"), /^Bearer .*resource_metadata="/);
});

test("the metadata names the authorization server", async () => {
  const { origin, pathname } = new URL(server.url);
  const response = await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`);
  assert.equal((await response.json()).authorization_servers[0], issuer.issuer);
});

test("a valid token opens a session", async () => {
  const client = await connect(server.url, { Authorization: `Bearer ${await token()}` });
  await client.close();
});

test("a token for another server is refused", async () => {
  const foreign = await token({ aud: "https://other.example.com/mcp" });
  const response = await post(server.url, { Authorization: `Bearer ${foreign}` });
  assert.equal(response.status, 401);
});

test("an expired token is refused", async () => {
  const expired = await token({ exp: Math.floor(Date.now() / 1000) - 600 });
  const response = await post(server.url, { Authorization: `Bearer ${expired}` });
  assert.equal(response.status, 401);
});
