import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { AuthorizationServerDiscovery } from "../../src/discovery/authorization-server-discovery.js";
import { createOutboundFetch } from "../../src/net/guarded-fetch.js";
import {
  startHostileServer,
  type Behaviour,
  type HostileServer,
} from "../support/hostile-server.js";
import { RemoteJwks } from "../support/resolved.js";
import { holdTimers, passSeconds, releaseTimers, untilDeadline } from "../support/timers.js";

const jwk = (kid: string) => ({
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
  kid,
});
const KEYS = { keys: [jwk("a")] };
const header = (kid: string) => ({ alg: "ES256", kid });

describe("discovery and key set over a real connection", () => {
  let server: HostileServer;
  let keySet: Behaviour;
  let source: RemoteJwks;
  let now: number;

  beforeEach(async () => {
    holdTimers();
    now = 1_700_000_000;
    keySet = { kind: "json", body: KEYS };
    server = await startHostileServer((request) => {
      if (request.url === "/jwks") return keySet;
      if (request.url !== "/t/.well-known/openid-configuration")
        return { kind: "answer", status: 404 };
      const issuer = `${server.origin}/t`;
      return { kind: "json", body: { issuer, jwks_uri: `${server.origin}/jwks` } };
    });
    const clock = () => now;
    const fetch = createOutboundFetch({ maxBytes: 50_000, env: {} });
    const discovery = new AuthorizationServerDiscovery({
      issuer: `${server.origin}/t`,
      fetch,
      clock,
    });
    source = new RemoteJwks({ jwksUri: discovery.jwksUri, fetch, clock });
  });
  afterEach(async () => {
    releaseTimers();
    await server.close();
  });

  async function pass(seconds: number): Promise<void> {
    now += seconds;
    await passSeconds(seconds);
  }

  /** Only a deadline ends a request to a server that hangs. */
  const during = <T>({ kind }: Behaviour, work: Promise<T>): Promise<T> =>
    kind === "hang" || kind === "drip" ? untilDeadline(work) : work;

  it("finds a key from the issuer alone", async () => {
    expect((await source.getKey(header("a"))).asymmetricKeyType).toBe("ec");
    expect(server.requests.map(({ url }) => url)).toEqual([
      "/.well-known/oauth-authorization-server/t",
      "/t/.well-known/openid-configuration",
      "/jwks",
    ]);
  });

  const OUTAGES: [string, Behaviour, string][] = [
    ["hangs", { kind: "hang" }, "jwks_unreachable"],
    ["drips", { kind: "drip", everyMs: 20 }, "jwks_unreachable"],
    ["never ends", { kind: "endless" }, "jwks_malformed"],
    ["stops half-way", { kind: "truncate", body: '{"keys":[' }, "jwks_unreachable"],
    ["closes", { kind: "reset" }, "jwks_unreachable"],
    ["fails", { kind: "json", body: KEYS, status: 503 }, "jwks_unreachable"],
    ["redirects", { kind: "redirect", to: "https://evil.example/" }, "jwks_redirect"],
    ["sends HTML", { kind: "answer", body: "<html>" }, "jwks_malformed"],
    ["is not HTTP", { kind: "raw", bytes: "\x00\x01" }, "jwks_unreachable"],
  ];

  it.each(OUTAGES)("cannot tell while the key set %s", async (_, behaviour, reason) => {
    keySet = behaviour;
    const key = during(behaviour, source.getKey(header("a")));
    await expect(key).rejects.toMatchObject({ status: 503, reason });
  });

  it.each(OUTAGES)("goes on with the last good key while the key set %s", async (_, behaviour) => {
    const key = await source.getKey(header("a"));
    keySet = behaviour;
    await pass(3600);
    expect(await during(behaviour, source.getKey(header("a")))).toBe(key);
    keySet = { kind: "json", body: { keys: [...KEYS.keys, jwk("b")] } };
    // The hung request ends, and the pause before the next one begins.
    await pass(5);
    await pass(15);
    expect((await source.getKey(header("b"))).type).toBe("public");
  });

  it("gives a rotated-in key to 1,000 callers with one fetch", async () => {
    await source.getKey(header("a"));
    keySet = { kind: "json", body: { keys: [jwk("b")] } };
    await pass(5);
    const found = await Promise.all(Array.from({ length: 1000 }, () => source.getKey(header("b"))));
    expect(new Set(found).size).toBe(1);
    expect(server.requests.filter(({ url }) => url === "/jwks")).toHaveLength(2);
  });
});
