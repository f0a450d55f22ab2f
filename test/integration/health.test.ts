import { afterEach, describe, expect, it } from "@jest/globals";
import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../src/index.js";
import { fixedClock } from "../../src/testing/index.js";
import { freePort } from "../support/free-port.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { startHostileServer, type HostileServer } from "../support/hostile-server.js";
import { requirement } from "../support/requirement.js";
import { RESOURCE, startProtected, type ProtectedServer } from "../support/protected.js";
import { WhoAmI } from "../support/tools.js";

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  closing = [];
});

async function start(options: Partial<OAuthAuthProviderOptions> = {}): Promise<ProtectedServer> {
  const server = await startProtected({ options });
  closing.push(() => server.close());
  return server;
}

const get = (server: RunningServer, path = "/health/oauth"): Promise<Response> =>
  fetch(server.origin + path);

async function startWith(hostile: HostileServer): Promise<{
  server: RunningServer;
  provider: OAuthAuthProvider;
  clock: ReturnType<typeof fixedClock>;
}> {
  const clock = fixedClock();
  const provider = new OAuthAuthProvider({
    resource: RESOURCE,
    authorizationServers: [hostile.origin],
    validation: { type: "jwt", jwksUri: `${hostile.origin}/jwks` },
    verifyAtStart: "off",
    audit: () => undefined,
    clock,
  });
  const server = await startServer({
    transport: "http-stream batch",
    provider,
    tools: [WhoAmI],
  });
  closing.push(() => server.close());
  return { server, provider, clock };
}

describe("GET /health/oauth", () => {
  it("says that tokens can be judged, having made sure of the keys", async () => {
    const server = await start();
    const response = await get(server);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      status: "ok",
      issuers: [{ issuer: server.issuer.issuer, state: "ok", keyAgeSeconds: 0 }],
    });
  });

  requirement("outage", "fails when no token could be judged, and recovers by itself", async () => {
    const hostile = await startHostileServer({ kind: "answer", status: 500 });
    closing.push(() => hostile.close());
    const { server, provider, clock } = await startWith(hostile);
    const response = await get(server);
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      status: "unavailable",
      issuers: [{ issuer: hostile.origin, state: "unavailable" }],
    });
    // The reason is for the operator, not for anonymous clients.
    expect((await provider.health()).issuers[0]?.lastError).toBe("jwks_unreachable");
    expect(text).not.toContain("jwks_unreachable");

    const good = await start();
    hostile.behave({ kind: "json", body: good.issuer.jwks });
    clock.advance(30);
    expect((await get(server)).status).toBe(200);
  });

  it("is degraded, but ready, while the last fetched keys are used", async () => {
    const good = await start();
    const hostile = await startHostileServer({ kind: "json", body: good.issuer.jwks });
    closing.push(() => hostile.close());
    const { server, provider, clock } = await startWith(hostile);
    expect((await get(server)).status).toBe(200);
    hostile.behave({ kind: "reset" });
    clock.advance(1000);
    await provider.health();
    const report = await provider.health();
    expect(report).toMatchObject({ status: "degraded", issuers: [{ state: "stale" }] });
    expect((await get(server)).status).toBe(200);
  });

  it("causes no requests to the issuer, for any number of calls", async () => {
    const hostile = await startHostileServer({ kind: "answer", status: 500 });
    closing.push(() => hostile.close());
    const { server } = await startWith(hostile);
    await Promise.all(Array.from({ length: 50 }, () => get(server)));
    expect(hostile.requests.length).toBeLessThanOrEqual(1);
  });

  it("is moved or switched off by option", async () => {
    const moved = await start({ health: { path: "/ready" } });
    expect((await get(moved, "/ready")).status).toBe(200);
    expect((await get(moved)).status).toBe(404);
    const off = await start({ health: false });
    expect((await get(off)).status).toBe(404);
  });

  it("does not answer to other methods", async () => {
    const server = await start();
    const response = await fetch(`${server.origin}/health/oauth`, { method: "POST" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("a provider that is closed", () => {
  it("refuses new requests with 503, ends sessions and hands its sinks what is left", async () => {
    let flushed = 0;
    const sink = Object.assign(() => undefined, { close: async () => void flushed++ });
    const server = await start({ audit: sink });
    const token = await server.issuer.sign();
    await (await server.call(token)).text();
    expect((await server.provider.health()).openSessions).toBe(1);
    await server.provider.close();
    await server.provider.close();
    expect((await server.provider.health()).openSessions).toBe(0);
    expect(flushed).toBe(1);
    const response = await server.call(token);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
  });

  it("leaves the port free once the server is stopped", async () => {
    const port = await freePort();
    for (let round = 0; round < 2; round++) {
      const provider = new OAuthAuthProvider({
        resource: RESOURCE,
        authorizationServers: ["http://127.0.0.1:1"],
        verifyAtStart: "off",
      });
      const server = await startServer({
        transport: "http-stream batch",
        provider,
        tools: [WhoAmI],
        port,
      });
      await server.close();
      await provider.close();
      await expect(fetch(server.url)).rejects.toThrow();
    }
  });
});
