import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createTestIssuer } from "mcp-framework-oauth/testing";

const RESOURCE = "https://mcp.example.com/mcp";
const issuer = createTestIssuer({ resource: RESOURCE });
let endpoints;
let handler;

before(async () => {
  endpoints = await issuer.listen();
  process.env.OAUTH_ISSUER = issuer.issuer;
  process.env.OAUTH_RESOURCE = RESOURCE;
  ({ handler } = await import("../dist/lambda.js"));
});

after(() => endpoints?.close());

/** An event of an API Gateway HTTP API. */
function event(method, path, headers = {}, body = undefined) {
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: "",
    headers: { host: "mcp.example.com", "x-forwarded-proto": "https", ...headers },
    requestContext: {
      domainName: "mcp.example.com",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent: "test" },
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}

const call = (authorization) =>
  event(
    "POST",
    "/mcp",
    {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(authorization !== undefined && { authorization }),
    },
    { jsonrpc: "2.0", id: 1, method: "tools/list" },
  );

test("without a token the answer is 401 with a challenge", async () => {
  const { statusCode, headers } = await handler(call(), {});
  assert.equal(statusCode, 401);
  assert.match(headers["www-authenticate"], /^Bearer .*resource_metadata="/);
});

test("the metadata is public", async () => {
  const answer = await handler(event("GET", "/.well-known/oauth-protected-resource/mcp"), {});
  assert.equal(answer.statusCode, 200);
  assert.equal(JSON.parse(answer.body).resource, RESOURCE);
});

test("with a token the answer is 200", async () => {
  const token = await issuer.sign({ scope: "example:use" });
  const { statusCode } = await handler(call(`Bearer ${token}`), {});
  assert.equal(statusCode, 200);
});
