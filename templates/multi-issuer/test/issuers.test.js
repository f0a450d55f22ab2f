import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestIssuer } from "mcp-framework-oauth/testing";
import { connect, post, startServer } from "./support/server.js";

const employees = createTestIssuer();
const partners = createTestIssuer();
const strangers = createTestIssuer();
const all = [employees, partners, strangers];
let endpoints = [];
let server;

before(async () => {
  endpoints = await Promise.all(all.map((issuer) => issuer.listen()));
  server = await startServer({
    OAUTH_ISSUER: employees.issuer,
    PARTNER_ISSUER: partners.issuer,
  });
});

after(async () => {
  await server?.stop();
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
});

for (const [who, issuer] of Object.entries({ employees, partners })) {
  test(`tokens of ${who} are accepted`, async () => {
    const token = await issuer.sign({ aud: server.url, scope: "example:use" });
    const client = await connect(server.url, { Authorization: `Bearer ${token}` });
    await client.close();
  });
}

test("a token of another issuer is refused without any request to it", async () => {
  const token = await strangers.sign({ aud: server.url });
  assert.equal((await post(server.url, { Authorization: `Bearer ${token}` })).status, 401);
  assert.deepEqual(endpoints[2].requests, { metadata: 0, jwks: 0, introspection: 0 });
});

test("one issuer cannot issue tokens of another", async () => {
  const token = await partners.sign({ aud: server.url, iss: employees.issuer });
  assert.equal((await post(server.url, { Authorization: `Bearer ${token}` })).status, 401);
});
