import { afterEach, describe, expect, it } from "@jest/globals";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuthorizationServerOptions } from "../../../src/authorization-server/index.js";
import { REDIRECT, stage, type Stage } from "./helpers.js";

let staged: Stage;
afterEach(() => staged.server.close());

async function stageWith(options: Partial<AuthorizationServerOptions>) {
  staged = await stage(options);
  return staged.server;
}

const ENDPOINTS = [
  "/.well-known/oauth-authorization-server",
  "/jwks",
  "/authorize",
  "/token",
  "/register",
  "/revoke",
  "/introspect",
  "/userinfo",
  "/interaction/abc",
];

describe("requests to an authorization server on its own port", () => {
  it.each(ENDPOINTS)("are limited per address and minute at %s", async (path) => {
    const server = await stageWith({ requestsPerMinute: 2 });
    const send = () => fetch(server.issuer + path, { redirect: "manual" });
    expect((await send()).status).not.toBe(429);
    expect((await send()).status).not.toBe(429);
    const refused = await send();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.get("access-control-allow-origin")).toBe("*");
    expect(await refused.json()).toEqual({
      error: "temporarily_unavailable",
      error_description: expect.stringMatching(/^Too many requests from this address\. Try again/),
    });
    staged.advance(60);
    expect((await send()).status).not.toBe(429);
  });

  it("are limited when the listener is mounted in another server", async () => {
    const { callback } = await stageWith({ requestsPerMinute: 1 });
    const own = createServer(callback).listen(0, "127.0.0.1");
    await new Promise((resolve) => own.once("listening", resolve));
    const url = `http://127.0.0.1:${(own.address() as AddressInfo).port}/jwks`;
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url)).status).toBe(429);
    await new Promise((resolve) => own.close(resolve));
  });

  it.each([
    ["the nearest client behind trusted proxies", ["loopback", "10.0.0.0/8"], 1],
    ["the proxy, if it is not trusted", undefined, 0],
  ])("count for %s", async (_, trustedProxies, distinct) => {
    const server = await stageWith({
      requestsPerMinute: 1,
      ...(trustedProxies !== undefined && { trustedProxies }),
    });
    const from = async (address: string) =>
      (
        await fetch(`${server.issuer}/jwks`, {
          headers: { "x-forwarded-for": `1.2.3.4, ${address}, 10.0.0.9` },
        })
      ).status;
    expect(await from("203.0.113.7")).toBe(200);
    expect(await from("203.0.113.8")).toBe(distinct === 1 ? 200 : 429);
    expect(await from("203.0.113.7")).toBe(429);
  });

  it("have no limit with `false`", async () => {
    const server = await stageWith({ requestsPerMinute: false });
    for (let round = 0; round < 700; round++) {
      const { status } = await server.request(`${server.issuer}/jwks`);
      expect(status).toBe(200);
    }
    expect((await fetch(`${server.issuer}/jwks`)).status).toBe(200);
  });

  it.each([
    [{ requestsPerMinute: 0 }, "requestsPerMinute must be a whole number"],
    [{ trustedProxies: ["example.com"] }, "trustedProxies must list addresses"],
  ])("with %j are a start-up error", async (options, message) => {
    await expect(stage(options)).rejects.toThrow(message);
    await stageWith({});
  });
});

describe("a registration behind a proxy", () => {
  it("counts for the client, not for the proxy", async () => {
    const server = await stageWith({
      trustedProxies: ["loopback"],
      clients: { registration: { perHour: 1 } },
    });
    const from = async (address: string, client_name: string) =>
      (
        await fetch(`${server.issuer}/register`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-forwarded-for": address },
          body: JSON.stringify({
            client_name,
            redirect_uris: [REDIRECT],
            token_endpoint_auth_method: "none",
          }),
        })
      ).status;
    expect(await from("203.0.113.7", "a")).toBe(201);
    expect(await from("203.0.113.8", "b")).toBe(201);
    expect(await from("203.0.113.7", "c")).toBe(429);
  });
});

describe("Expect: 100-continue", () => {
  it("is answered on the port of the authorization server", async () => {
    const server = await stageWith({});
    const { port } = new URL(server.issuer);
    const body = "grant_type=refresh_token&refresh_token=x&client_id=unknown";
    const answer = await new Promise<{ continued: boolean; status: number | undefined }>(
      (resolve, reject) => {
        let continued = false;
        const sent = request(
          {
            host: "127.0.0.1",
            port,
            path: "/token",
            method: "POST",
            headers: {
              expect: "100-continue",
              "content-type": "application/x-www-form-urlencoded",
              "content-length": body.length,
            },
          },
          (response) => {
            response.resume();
            resolve({ continued, status: response.statusCode });
          },
        );
        sent.on("error", reject);
        sent.on("continue", () => {
          continued = true;
          sent.end(body);
        });
        sent.flushHeaders();
      },
    );
    expect(answer).toEqual({ continued: true, status: 401 });
  });
});
