import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestIssuer } from "mcp-framework-oauth/testing";
import { connect, startServer } from "./support/server.js";
import { issueToken } from "./support/tokens.js";

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

const clientWith = async (claims) => {
  const token = await issueToken(issuer, { aud: server.url, sub: "alice", ...claims });
  return connect(server.url, { Authorization: `Bearer ${token}` });
};
const say = { name: "example_tool", arguments: { message: "hello" } };

test("the tool knows the caller", async () => {
  const client = await clientWith({ scope: "example:use" });
  const { content } = await client.callTool(say);
  assert.match(content[0].text, /alice says: hello/);
  await client.close();
});

test("without its scope the tool is neither listed nor called", async () => {
  const client = await clientWith({ scope: "something:else" });
  const { tools } = await client.listTools();
  assert.deepEqual(tools, []);
  await assert.rejects(client.callTool(say));
  await client.close();
});
