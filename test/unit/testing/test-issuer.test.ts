import { afterEach, describe, expect, it } from "@jest/globals";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import {
  createTestIssuer,
  fixedClock,
  type TestAlgorithm,
  type TestIssuer,
  type TestIssuerServer,
} from "../../../src/testing/index.js";
import { holdTimers, passSeconds, releaseTimers } from "../../support/timers.js";
import { turns } from "../../support/turns.js";

afterEach(releaseTimers);

const clock = fixedClock();

function verify(issuer: TestIssuer, token: string) {
  return jwtVerify(token, createLocalJWKSet({ keys: [...issuer.jwks.keys] }), {
    issuer: issuer.issuer,
    audience: issuer.resource,
    typ: "at+jwt",
    currentDate: new Date(clock() * 1000),
  });
}

describe("a token of the test issuer", () => {
  const algorithms: TestAlgorithm[] = ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"];
  it.each(algorithms)("is valid by default with %s", async (algorithm) => {
    const issuer = createTestIssuer({ clock, algorithm });
    const { payload, protectedHeader } = await verify(issuer, await issuer.sign());
    expect(protectedHeader.alg).toBe(algorithm);
    expect(payload).toMatchObject({ sub: "user-1", client_id: "client-1", scope: "mcp:read" });
    expect(payload.exp).toBe(clock() + 300);
    expect(payload.jti).toEqual(expect.any(String));
  });

  it("takes any claim over or out", async () => {
    const issuer = createTestIssuer({ clock });
    const claims = decodeJwt(await issuer.sign({ aud: undefined, exp: "soon", extra: [1] }));
    expect(claims).not.toHaveProperty("aud");
    expect(claims).toMatchObject({ exp: "soon", extra: [1], sub: "user-1" });
  });

  it("takes any header member over or out, and stays signed where it can", async () => {
    const issuer = createTestIssuer({ clock });
    const token = await issuer.sign({}, { kid: undefined, crit: ["x"], x: 1 });
    const header = decodeProtectedHeader(token);
    expect(header).not.toHaveProperty("kid");
    expect(header).toMatchObject({ crit: ["x"], x: 1, typ: "at+jwt" });
  });

  it("verifies under neither algorithm when alg is overridden", async () => {
    const issuer = createTestIssuer({ clock });
    const token = await issuer.sign({}, { alg: "RS256" });
    expect(decodeProtectedHeader(token).alg).toBe("RS256");
    await expect(verify(issuer, token)).rejects.toThrow();
  });

  it("does not verify when another key signed", async () => {
    const issuer = createTestIssuer({ clock });
    const token = await issuer.signWithWrongKey();
    expect(decodeProtectedHeader(token).kid).toBe(issuer.jwks.keys[0]?.kid);
    await expect(verify(issuer, token)).rejects.toThrow("signature verification failed");
  });

  it("comes with HS256 over the public key, and unsecured", async () => {
    const issuer = createTestIssuer({ clock });
    expect(decodeProtectedHeader(await issuer.signWithPublicKeyAsSecret()).alg).toBe("HS256");
    const unsecured = issuer.unsecured();
    expect(decodeProtectedHeader(unsecured).alg).toBe("none");
    expect(unsecured.endsWith(".")).toBe(true);
  });

  it("can be an ID token, which is for the client", async () => {
    const issuer = createTestIssuer({ clock });
    const token = await issuer.signIdToken();
    expect(decodeProtectedHeader(token).typ).toBe("JWT");
    expect(decodeJwt(token).aud).toBe("client-1");
  });

  it("verifies after a rotation, and no longer once the key is forgotten", async () => {
    const issuer = createTestIssuer({ clock });
    const before = await issuer.sign();
    issuer.rotate();
    const after = await issuer.sign();
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    await expect(verify(issuer, before)).resolves.toBeDefined();
    await expect(verify(issuer, after)).resolves.toBeDefined();
    issuer.rotate({ forget: true });
    await expect(verify(issuer, after)).rejects.toThrow();
  });

  it("never publishes a private member", () => {
    for (const key of createTestIssuer({ algorithm: "RS256" }).jwks.keys) {
      expect(Object.keys(key).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    }
  });
});

describe("introspection at the test issuer", () => {
  it("knows opaque and signed tokens until they expire or are revoked", async () => {
    const clock = fixedClock();
    const issuer = createTestIssuer({ clock });
    const opaque = issuer.opaque({ scope: "mcp:write" });
    const signed = await issuer.sign();
    expect(issuer.introspect(opaque)).toMatchObject({ active: true, scope: "mcp:write" });
    expect(issuer.introspect(signed)).toMatchObject({ active: true, sub: "user-1" });
    issuer.revoke(signed);
    expect(issuer.introspect(signed)).toEqual({ active: false });
    clock.advance(299);
    expect(issuer.introspect(opaque)).toMatchObject({ active: true });
    clock.advance(1);
    expect(issuer.introspect(opaque)).toEqual({ active: false });
    expect(issuer.introspect("unknown")).toEqual({ active: false });
  });
});

describe("the served test issuer", () => {
  let server: TestIssuerServer;
  afterEach(() => server.close());

  const json = async (url: string) => (await fetch(url)).json();
  const introspect = (token: string, headers: Record<string, string> = {}, more = {}) =>
    fetch(`${server.url}/introspect`, {
      method: "POST",
      headers,
      body: new URLSearchParams({ token, ...more }),
    });

  it("has metadata where OAuth and OpenID Connect look for it, with a path too", async () => {
    const issuer = createTestIssuer();
    server = await issuer.listen({ path: "/tenant" });
    expect(issuer.issuer).toBe(server.url);
    const { origin } = new URL(server.url);
    for (const url of [
      `${origin}/.well-known/oauth-authorization-server/tenant`,
      `${origin}/.well-known/openid-configuration/tenant`,
      `${server.url}/.well-known/openid-configuration`,
    ]) {
      expect(await json(url)).toMatchObject({ issuer: server.url, jwks_uri: `${server.url}/jwks` });
    }
    expect(server.requests.metadata).toBe(3);
    expect((await fetch(`${origin}/.well-known/oauth-authorization-server`)).status).toBe(404);
  });

  it("serves the keys of the moment and counts", async () => {
    const issuer = createTestIssuer({ issuer: "https://issuer.example.com" });
    server = await issuer.listen();
    expect(issuer.issuer).toBe("https://issuer.example.com");
    issuer.rotate();
    expect(await json(`${server.url}/jwks`)).toEqual(JSON.parse(JSON.stringify(issuer.jwks)));
    expect(server.requests).toEqual({ metadata: 0, jwks: 1, introspection: 0 });
  });

  it("fails while it is down and works once it is up", async () => {
    server = await createTestIssuer().listen();
    server.down();
    expect((await fetch(`${server.url}/jwks`)).status).toBe(503);
    server.down("disconnect");
    await expect(fetch(`${server.url}/jwks`)).rejects.toThrow();
    server.up();
    expect((await fetch(`${server.url}/jwks`)).status).toBe(200);
    expect(server.requests.jwks).toBe(3);
  });

  it("keeps an answer back for as long as it is told", async () => {
    server = await createTestIssuer().listen();
    server.delay(60_000);
    holdTimers();
    let answered = false;
    const request = fetch(`${server.url}/jwks`).then(() => {
      answered = true;
    });
    while (server.requests.jwks === 0) await turns(1);
    await passSeconds(59);
    await turns(20);
    expect(answered).toBe(false);
    await passSeconds(1);
    await request;
  });

  it("asks for the credentials it was given, in either form", async () => {
    const introspectionClient = { clientId: "mcp:server", clientSecret: "s%c r" };
    const issuer = createTestIssuer({ introspectionClient });
    server = await issuer.listen();
    const token = issuer.opaque();
    const basic = (user: string) => ({
      authorization: `Basic ${Buffer.from(user).toString("base64")}`,
    });
    expect((await introspect(token)).status).toBe(401);
    expect((await introspect(token, basic("mcp%3Aserver:wrong"))).status).toBe(401);
    const answer = await introspect(token, basic("mcp%3Aserver:s%25c+r"));
    expect(await answer.json()).toMatchObject({ active: true });
    const post = { client_id: "mcp:server", client_secret: "s%c r" };
    expect((await introspect(token, {}, post)).status).toBe(200);
    expect(server.lastIntrospection?.parameters).toMatchObject({ token });
    expect(server.lastIntrospection?.authorization).toBeUndefined();
  });
});
