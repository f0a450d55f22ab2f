import { describe, expect, it } from "@jest/globals";
import {
  AuthorizationServerDiscovery,
  type DiscoveryOptions,
} from "../../../src/discovery/authorization-server-discovery.js";
import { ConfigurationError } from "../../../src/core/errors.js";
import { OutboundError } from "../../../src/net/outbound-fetch.js";

const ISSUER = "https://tenant.auth0.com/";

function authorizationServer(options: Partial<DiscoveryOptions> = {}) {
  const state = {
    now: 1_700_000_000,
    isDown: false,
    calls: 0,
    document: { issuer: ISSUER, jwks_uri: "https://tenant.auth0.com/jwks" } as object,
  };
  const discovery = new AuthorizationServerDiscovery({
    issuer: ISSUER,
    fetch: async () => {
      state.calls += 1;
      if (state.isDown) throw new OutboundError("network", "x");
      return new Response(JSON.stringify(state.document));
    },
    clock: () => state.now,
    random: () => 0,
    ...options,
  });
  return { discovery, state };
}

/** Lets background work that needs no time finish. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("AuthorizationServerDiscovery", () => {
  it("asks when it is first needed, once for all who wait", async () => {
    const { discovery, state } = authorizationServer();
    expect(state.calls).toBe(0);
    await Promise.all(Array.from({ length: 50 }, () => discovery.get()));
    expect(state.calls).toBe(1);
    expect(await discovery.get()).toMatchObject({ issuer: ISSUER });
    expect(state.calls).toBe(1);
  });

  it("does not start with what cannot be an issuer", () => {
    expect(() => authorizationServer({ issuer: "http://idp.example" })).toThrow(ConfigurationError);
  });

  it("hands out endpoints as functions", async () => {
    const { jwksUri, introspectionEndpoint } = authorizationServer().discovery;
    expect(await jwksUri()).toBe("https://tenant.auth0.com/jwks");
    await expect(introspectionEndpoint()).rejects.toMatchObject({
      status: 503,
      reason: "discovery_without_introspection_endpoint",
    });
  });

  it("asks anew in the background before its time is over", async () => {
    const { discovery, state } = authorizationServer({ ttlSeconds: 100 });
    await discovery.get();
    state.document = { issuer: ISSUER, jwks_uri: "https://tenant.auth0.com/new" };
    state.now += 81;
    expect(await discovery.jwksUri()).toBe("https://tenant.auth0.com/jwks");
    await settle();
    expect(await discovery.jwksUri()).toBe("https://tenant.auth0.com/new");
    expect(state.calls).toBe(2);
  });

  it("uses the last good metadata while the server is down or speaks for another", async () => {
    const { discovery, state } = authorizationServer({ ttlSeconds: 100, maxStaleSeconds: 1000 });
    await discovery.get();
    state.now += 500;
    state.isDown = true;
    expect(await discovery.get()).toMatchObject({ issuer: ISSUER });
    expect(discovery.status()).toMatchObject({ lastError: "discovery_unreachable" });
    state.now += 500;
    state.isDown = false;
    state.document = { issuer: "https://evil.example" };
    expect(await discovery.get()).toMatchObject({ issuer: ISSUER });
    await settle();
    expect(discovery.status()).toMatchObject({ lastError: "discovery_issuer_mismatch" });
    state.now += 101;
    await expect(discovery.get()).rejects.toMatchObject({ reason: "discovery_issuer_mismatch" });
  });

  it("costs an unreachable server few calls, and the callers no time", async () => {
    const { discovery, state } = authorizationServer();
    state.isDown = true;
    for (let second = 0; second < 60; second++) {
      await expect(discovery.get()).rejects.toMatchObject({ reason: "discovery_unreachable" });
      state.now += 1;
    }
    expect(state.calls).toBeLessThanOrEqual(7);
    state.isDown = false;
    state.now += 15;
    expect(await discovery.get()).toMatchObject({ issuer: ISSUER });
    expect(discovery.status()).toMatchObject({ lastError: undefined, ageSeconds: 0 });
  });
});
