import { createHash } from "node:crypto";
import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { OAuthAuthProviderOptions } from "../../src/index.js";
import { requirement } from "../support/requirement.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { setNodeEnv } from "../support/node-env.js";

let server: ProtectedServer;
afterEach(() => server.close());

const start = async (options: Partial<OAuthAuthProviderOptions> = {}): Promise<void> => {
  server = await startProtected({ options });
};

async function statuses(times: number, token?: string, headers = {}): Promise<number[]> {
  const seen: number[] = [];
  for (let i = 0; i < times; i++) {
    const response = await server.call(token, { headers });
    await response.text();
    seen.push(response.status);
  }
  return seen;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const times = (count: number, status: number): number[] => Array<number>(count).fill(status);

const introspection: Partial<OAuthAuthProviderOptions> = {
  validation: { type: "introspection" },
  introspection: { clientId: "server", clientSecret: "secret" },
};
const KEY = "key-of-128-random-bits";
const withKey = (key: string) => ({ "X-API-Key": key });
const apiKeys = (): Partial<OAuthAuthProviderOptions> => ({
  apiKeys: {
    keys: [{ clientId: "job", scopes: ["mcp:read"], sha256: sha256(KEY) }],
  },
});

describe("bad API keys from one address", () => {
  const guess = (times: number, headers = {}) =>
    Array.from({ length: times }, (_, n) => withKey(`guess-${n}`)).reduce<Promise<number[]>>(
      async (seen, header) => [
        ...(await seen),
        ...(await statuses(1, undefined, { ...header, ...headers })),
      ],
      Promise.resolve([]),
    );

  requirement(
    ["ratelimit", "avail-challenge"],
    "get 401 while they are evaluated, then 429 with Retry-After",
    async () => {
      await start(apiKeys());
      expect(await statuses(1, undefined, withKey(KEY))).toEqual([200]);
      // 600 guesses in two seconds: ten of the budget, five of the trickle.
      const seen = await guess(600);
      expect(seen).toEqual([...times(15, 401), ...times(585, 429)]);
      const limited = await server.call(undefined, { headers: withKey("another") });
      expect(limited.status).toBe(429);
      expect(limited.headers.get("retry-after")).toBe(String(60 - (server.clock() % 60)));
      expect(limited.headers.get("www-authenticate")).toBeNull();
      // A key that was accepted before works from there.
      expect(await statuses(3, undefined, withKey(KEY))).toEqual(times(3, 200));
    },
  );

  it("are not evaluated even if the guess is right", async () => {
    await start({ ...apiKeys(), rateLimit: { failures: 1 } });
    await guess(10);
    expect(await statuses(1, undefined, withKey(KEY))).toEqual([429]);
    server.clock.advance(60);
    expect(await statuses(1, undefined, withKey(KEY))).toEqual([200]);
  });

  it("are forgiven in the next window", async () => {
    await start({ ...apiKeys(), rateLimit: { failures: 1, windowSeconds: 10 } });
    expect((await guess(7)).at(-1)).toBe(429);
    server.clock.advance(10);
    expect((await guess(7)).at(-1)).toBe(429);
  });

  it("are not limited when that is switched off", async () => {
    await start({ ...apiKeys(), rateLimit: false });
    expect(await guess(30)).toEqual(times(30, 401));
  });

  it("count for the client that a trusted proxy names", async () => {
    await start({ ...apiKeys(), trustedProxies: ["loopback"], rateLimit: { failures: 1 } });
    const from = (address: string) => ({ "X-Forwarded-For": address });
    expect(await guess(7, from("198.51.100.1"))).toEqual([...times(6, 401), 429]);
    expect(await guess(1, from("198.51.100.2"))).toEqual([401]);
    // What the client wrote left of its own address does not give it a fresh start.
    expect(await guess(1, from("192.0.2.9, 198.51.100.1"))).toEqual([429]);
  });

  it("cannot be spread by a header when no proxy is trusted", async () => {
    await start({ ...apiKeys(), rateLimit: { failures: 1 } });
    expect(await guess(6, { "X-Forwarded-For": "198.51.100.1" })).toEqual(times(6, 401));
    expect(await guess(1, { "X-Forwarded-For": "198.51.100.2" })).toEqual([429]);
  });
});

describe("a client behind an address that others flood with junk", () => {
  requirement("avail-challenge", "gets the challenge that lets it renew its token", async () => {
    await start(introspection);
    const token = server.issuer.opaque();
    expect(await statuses(1, token)).toEqual([200]);
    const seen: number[] = [];
    for (let n = 0; n < 40; n += 1) seen.push(...(await statuses(1, `junk-${n}`)));
    expect(seen).toEqual([...times(15, 401), ...times(25, 429)]);
    // Expired or revoked, an opaque token is `introspection_inactive` like the junk.
    server.issuer.revoke(token);
    server.clock.advance(20);
    for (let n = 0; n < 20; n += 1) await statuses(1, `more-junk-${n}`);
    server.clock.advance(41);
    for (let n = 0; n < 20; n += 1) await statuses(1, `still-more-junk-${n}`);
    const response = await server.call(token);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  requirement(
    "avail-challenge",
    "gets one for every JWT that known keys decide about",
    async () => {
      await start({ rateLimit: { failures: 1 } });
      const good = await server.issuer.sign();
      expect(await statuses(1, good)).toEqual([200]);
      expect(await statuses(20, "junk")).toEqual(times(20, 401));
      expect(await statuses(20, await server.issuer.signWithWrongKey())).toEqual(times(20, 401));
      expect(await statuses(2, undefined, { Authorization: "Bearer b@d" })).toEqual([400, 400]);
      const expired = await server.issuer.sign({ exp: server.clock() - 300 });
      expect(await statuses(20, expired)).toEqual(times(20, 401));
      await server.provider.revoke({ subject: "user-1", until: server.clock() + 3600 });
      expect(await statuses(20, good)).toEqual(times(20, 401));
      expect(await statuses(1)).toEqual([401]);
      expect(await statuses(1, await server.issuer.sign({ sub: "user-2" }))).toEqual([200]);
    },
  );
});

describe("requests for public documents", () => {
  it("are limited per address, generously", async () => {
    await start({ rateLimit: { metadata: 2 } });
    const path = "/.well-known/oauth-protected-resource";
    const get = async () => (await server.call(undefined, { method: "GET", path })).status;
    expect([await get(), await get(), await get()]).toEqual([200, 200, 429]);
    expect(await statuses(1, await server.issuer.sign())).toEqual([200]);
  });
});

describe("a server that requires HTTPS", () => {
  const options = { requireHttps: true, resource: "https://mcp.example.com/mcp" };

  it("refuses a token that a proxy received in the clear, before looking at it", async () => {
    await start({ ...options, trustedProxies: ["loopback"] });
    const token = await server.issuer.sign({ aud: options.resource });
    const headers = { "X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "http" };
    expect(await statuses(1, token, headers)).toEqual([403]);
    expect(await statuses(1, token, { ...headers, "X-Forwarded-Proto": "https" })).toEqual([200]);
  });

  it("is every one in production, unless it says otherwise", async () => {
    setNodeEnv("production");
    const { resource } = options;
    await start({ dangerouslyAllowLoopbackHttp: true, resource });
    const token = await server.issuer.sign({ aud: resource });
    const forwarded = { "X-Forwarded-For": "198.51.100.1" };
    expect(await statuses(1, token, forwarded)).toEqual([403]);
    await server.close();
    await start({ dangerouslyAllowLoopbackHttp: true, resource, requireHttps: false });
    const another = await server.issuer.sign({ aud: resource });
    expect(await statuses(1, another, forwarded)).toEqual([200]);
  });

  it("does not trust a proxy that is not configured", async () => {
    await start(options);
    const token = await server.issuer.sign({ aud: options.resource });
    expect(await statuses(1, token, { "X-Forwarded-Proto": "https" })).toEqual([403]);
    expect(await statuses(1, token)).toEqual([200]);
  });

  it.each([
    "/oauth-protected-resource/mcp",
    "/oauth-protected-resource",
    "/oauth-authorization-server",
  ])("publishes no metadata over plain HTTP: %s", async (name) => {
    await start({ ...options, trustedProxies: ["loopback"] });
    const ask = async (proto?: string) => {
      const headers =
        proto === undefined
          ? {}
          : { "X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": proto };
      const path = `/.well-known${name}`;
      return (await server.call(undefined, { method: "GET", path, headers })).status;
    };
    expect(await ask("http")).toBe(403);
    expect(server.events.at(-1)).toMatchObject({ reason: "https_required" });
    expect(await ask("https")).toBe(200);
    // A client on this machine.
    expect(await ask()).toBe(200);
  });

  it("publishes metadata over plain HTTP where HTTPS is not required", async () => {
    await start({ resource: options.resource, trustedProxies: ["loopback"] });
    const headers = { "X-Forwarded-For": "198.51.100.1", "X-Forwarded-Proto": "http" };
    const path = "/.well-known/oauth-protected-resource/mcp";
    expect((await server.call(undefined, { method: "GET", path, headers })).status).toBe(200);
  });

  it("still answers health checks in the clear", async () => {
    await start(options);
    const headers = { "X-Forwarded-For": "198.51.100.1" };
    const response = await server.call(undefined, { method: "GET", path: "/health", headers });
    expect(response.status).toBe(200);
  });
});

describe("a page that points its own name to this machine", () => {
  it("gets nothing, with any header", async () => {
    const resource = "http://127.0.0.1:8080/mcp";
    await start({ resource });
    const token = await server.issuer.sign({ aud: resource });
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(
          { port: server.port, host: "127.0.0.1", path: "/mcp", method: "DELETE" },
          (response) => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        request.setHeader("Host", host);
        request.setHeader("Authorization", `Bearer ${token}`);
        request.on("error", reject);
        request.end();
      });
    expect(await ask(`evil.example:${server.port}`)).toBe(403);
    expect(await ask(`localhost:${server.port}`)).toBe(400);
  });
});
