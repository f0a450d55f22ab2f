import { afterEach, describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider } from "../../src/index.js";
import { createTestIssuer } from "../../src/testing/index.js";
import { RESOURCE, startProtected, type ProtectedServer } from "../support/protected.js";
import { setNodeEnv } from "../support/node-env.js";

/* The option `exposeReasons`. */

let server: ProtectedServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const build = () =>
  new OAuthAuthProvider({
    resource: RESOURCE.replace("http:", "https:"),
    authorizationServers: ["https://auth.example.com"],
    verifyAtStart: "off",
    exposeReasons: "development",
  });

/** The body of a refusal without a token, with a foreign one, and of a session that does not exist. */
async function refusals(running: ProtectedServer) {
  const { issuer } = running;
  const call: ProtectedServer["call"] = (token, request) => running.call(token, request);
  const token = await issuer.sign({ aud: "https://other.example" });
  const responses = await Promise.all([
    call(),
    call(token),
    call(await issuer.sign(), { body: PING, headers: { "Mcp-Session-Id": "none" } }),
  ]);
  const texts = await Promise.all(responses.map((response) => response.text()));
  for (const text of texts) expect(text).not.toContain(token);
  return texts.map((text) => JSON.parse(text));
}
const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

describe("a refusal", () => {
  it("gives no reason by default", async () => {
    server = await startProtected();
    const [missing, foreign, session] = await refusals(server);
    expect(Object.keys(missing)).toEqual(["error", "error_description"]);
    expect(foreign).toEqual({
      error: "invalid_token",
      error_description: "The access token is not valid for this resource",
    });
    expect(Object.keys(session.error)).toEqual(["code", "message"]);
  });

  it("gives the reason with exposeReasons, in the body and not in the challenge", async () => {
    server = await startProtected();
    const challenge = (await server.call("x")).headers.get("www-authenticate");
    await server.close();
    server = await startProtected({ options: { exposeReasons: "development" } });
    const [missing, foreign, session] = await refusals(server);
    expect(missing).toMatchObject({ error: "unauthorized", reason: "credential_missing" });
    expect(foreign).toMatchObject({ error: "invalid_token", reason: "audience_mismatch" });
    expect(foreign.cure).toMatch(/audience/);
    expect(session.error).toMatchObject({ code: -32001, data: { reason: "session_not_found" } });
    expect((await server.call("x")).headers.get("www-authenticate")).toBe(challenge);
  });

  it.each(["production", "Production", " production "])(
    "never gives the reason with NODE_ENV=%j: the provider is not created",
    (nodeEnv) => {
      setNodeEnv(nodeEnv);
      expect(build).toThrow("ERR_OAUTH_EXPOSE_REASONS");
      setNodeEnv("development");
      expect(build).not.toThrow();
    },
  );
});

describe("warmUp", () => {
  it("loads the key set before the first request, and does not fail with it", async () => {
    const authority = await createTestIssuer({ resource: RESOURCE }).listen();
    const providerOf = (issuer: string) =>
      new OAuthAuthProvider({
        resource: RESOURCE,
        authorizationServers: [issuer],
        verifyAtStart: "off",
      });
    const provider = providerOf(authority.url);
    expect(authority.requests.jwks).toBe(0);
    await provider.warmUp();
    expect(authority.requests.jwks).toBe(1);
    await provider.warmUp();
    expect(authority.requests.jwks).toBe(1);
    await authority.close();
    await expect(providerOf(authority.url).warmUp()).resolves.toBeUndefined();
  });
});
