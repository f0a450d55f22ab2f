import { request as httpRequest } from "node:http";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { OAuthAuthProviderOptions } from "../../src/index.js";
import { requirement } from "../support/requirement.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";

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

const times = (count: number, status: number): number[] => Array<number>(count).fill(status);

describe("failed authentications from one address", () => {
  requirement("ratelimit", "are answered 429 with Retry-After from the eleventh on", async () => {
    await start();
    expect(await statuses(11, "bad")).toEqual([...times(10, 401), 429]);
    const response = await server.call("bad");
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe(String(60 - (server.clock() % 60)));
    expect(response.headers.get("www-authenticate")).toBeNull();
  });

  it("count when the credential cannot even be read", async () => {
    await start({ rateLimit: { failures: 1 } });
    const malformed = { Authorization: "Bearer b@d" };
    expect(await statuses(2, undefined, malformed)).toEqual([400, 429]);
  });

  it("never keep a good token out, nor a missing or expired one from its challenge", async () => {
    await start();
    const expired = await server.issuer.sign({ exp: server.clock() - 300 });
    expect(await statuses(15, expired)).toEqual(times(15, 401));
    expect(await statuses(15)).toEqual(times(15, 401));
    expect(await statuses(11, "bad")).toEqual([...times(10, 401), 429]);
    expect(await statuses(1, await server.issuer.sign())).toEqual([200]);
    expect(await statuses(1, expired)).toEqual([401]);
    expect(await statuses(1)).toEqual([401]);
  });

  it("keep good tokens out where configured so", async () => {
    await start({ rateLimit: { failures: 2, limitGoodTokens: true } });
    expect(await statuses(3, "bad")).toEqual([401, 401, 429]);
    expect(await statuses(1, await server.issuer.sign())).toEqual([429]);
    server.clock.advance(60);
    expect(await statuses(1, await server.issuer.sign())).toEqual([200]);
  });

  it("are forgiven in the next window", async () => {
    await start({ rateLimit: { failures: 1, windowSeconds: 10 } });
    expect(await statuses(2, "bad")).toEqual([401, 429]);
    server.clock.advance(10);
    expect(await statuses(2, "bad")).toEqual([401, 429]);
  });

  it("are not limited when that is switched off", async () => {
    await start({ rateLimit: false });
    expect(await statuses(30, "bad")).toEqual(times(30, 401));
  });

  it("count for the client that a trusted proxy names", async () => {
    await start({ trustedProxies: ["loopback"], rateLimit: { failures: 1 } });
    const from = (address: string) => ({ "X-Forwarded-For": address });
    expect(await statuses(2, "bad", from("198.51.100.1"))).toEqual([401, 429]);
    expect(await statuses(1, "bad", from("198.51.100.2"))).toEqual([401]);
    // What the client wrote left of its own address does not give it a fresh start.
    expect(await statuses(1, "bad", from("192.0.2.9, 198.51.100.1"))).toEqual([429]);
  });

  it("cannot be spread by a header when no proxy is trusted", async () => {
    await start({ rateLimit: { failures: 1 } });
    expect(await statuses(1, "bad", { "X-Forwarded-For": "198.51.100.1" })).toEqual([401]);
    expect(await statuses(1, "bad", { "X-Forwarded-For": "198.51.100.2" })).toEqual([429]);
  });
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
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    try {
      const { resource } = options;
      await start({ resource });
      const token = await server.issuer.sign({ aud: resource });
      const forwarded = { "X-Forwarded-For": "198.51.100.1" };
      expect(await statuses(1, token, forwarded)).toEqual([403]);
      await server.close();
      await start({ resource, requireHttps: false });
      const another = await server.issuer.sign({ aud: resource });
      expect(await statuses(1, another, forwarded)).toEqual([200]);
    } finally {
      process.env["NODE_ENV"] = before;
    }
  });

  it("does not believe a proxy that it does not know", async () => {
    await start(options);
    const token = await server.issuer.sign({ aud: options.resource });
    expect(await statuses(1, token, { "X-Forwarded-Proto": "https" })).toEqual([403]);
    expect(await statuses(1, token)).toEqual([200]);
  });

  it("still answers health checks in the clear", async () => {
    await start(options);
    const headers = { "X-Forwarded-For": "198.51.100.1" };
    const response = await server.call(undefined, { method: "GET", path: "/health", headers });
    expect(response.status).toBe(200);
  });
});

describe("a page that points its own name to this machine", () => {
  it("gets nothing, whatever it sends", async () => {
    await start();
    const token = await server.issuer.sign();
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
