import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestIssuer } from "mcp-framework-oauth/testing";
import { connect, post, startServer } from "./support/server.js";
import { API_KEY } from "./support/tokens.js";

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

test("a key is accepted, and the answer announces the end of keys", async () => {
  const client = await connect(server.url, { "X-API-Key": API_KEY });
  await client.close();
  const response = await post(server.url, { "X-API-Key": API_KEY });
  assert.ok(response.headers.get("deprecation"));
  assert.match(response.headers.get("sunset"), /2099/);
});

test("a wrong key is refused", async () => {
  assert.equal((await post(server.url, { "X-API-Key": `${API_KEY}x` })).status, 401);
});

test("answers to tokens do not mention keys", async () => {
  const token = await issuer.sign({ aud: server.url, scope: "example:use" });
  const response = await post(server.url, { Authorization: `Bearer ${token}` });
  assert.equal(response.headers.get("deprecation"), null);
});
