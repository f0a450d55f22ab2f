import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { logger } from "mcp-framework";
import { type AuthEvent } from "../../src/index.js";
import { INITIALIZE } from "../support/initialize.js";
import { protectedSuite } from "../support/protected-suite.js";
import { requirement } from "../support/requirement.js";
import { bearer, post } from "../support/mcp-request.js";

/*
 * The whole provider over real HTTP: a real mcp-framework server, a real issuer
 * on loopback, the real outbound fetch. One good request, and one thing spoilt
 * at a time.
 */

const RESOURCE = "http://127.0.0.1:8080/mcp";
const METADATA = "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp";
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
const DPOP_CHALLENGE = `DPoP algs="${ALGORITHMS.join(" ")}"`;
const suite = protectedSuite({ resource: RESOURCE });
const { clock, issuer, provider, start } = suite;

const BODY = JSON.stringify(INITIALIZE);

function call(token?: string, body = BODY): Promise<Response> {
  return post(suite.running.url, body, bearer(token));
}

async function expectRefused(token: string, status = 401): Promise<void> {
  const response = await call(token);
  expect(response.status).toBe(status);
  if (status === 401) {
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
  } else {
    expect(response.headers.get("www-authenticate")).toBeNull();
  }
}

describe("a token", () => {
  requirement("mcp-aud", "issued for this resource is accepted on every transport", async () => {
    for (const transport of ["http-stream batch", "http-stream stream"] as const) {
      await start({}, transport);
      expect((await call(await issuer.sign())).status).toBe(200);
      await suite.running.close();
    }
    await start({}, "sse");
    const stream = await fetch(suite.running.url, {
      headers: { Authorization: `Bearer ${await issuer.sign()}` },
    });
    expect(stream.status).toBe(200);
    await stream.body!.cancel();
  });

  it.each<[string, () => Promise<string> | string]>([
    ["for another resource", () => issuer.sign({ aud: "https://other.example/mcp" })],
    ["without an audience", () => issuer.sign({ aud: undefined })],
    ["whose audience is its client's id", () => issuer.sign({ aud: "client-1" })],
    ["of another issuer", () => issuer.sign({ iss: "https://evil.example" })],
    ["expired", () => issuer.sign({ exp: clock() - 61 })],
    ["not yet valid", () => issuer.sign({ nbf: clock() + 61 })],
    ["without an expiry", () => issuer.sign({ exp: undefined })],
    ["signed with another key", () => issuer.signWithWrongKey()],
    ["not signed", () => issuer.unsecured()],
    ["signed with the public key as a secret", () => issuer.signWithPublicKeyAsSecret()],
    ["that is an ID token", () => issuer.signIdToken()],
    ["typed JWT", () => issuer.sign({}, { typ: "JWT" })],
    ["with a critical header", () => issuer.sign({}, { crit: ["x"], x: 1 })],
    ["with a key id that is not known", () => issuer.sign({}, { kid: "unknown" })],
    ["that is no JWT", () => "opaque-token"],
  ])("%s is refused", async (_name, make) => {
    await start();
    const token = await make();
    await expectRefused(token);
    expect((await call(await issuer.sign())).status).toBe(200);
  });

  requirement("jwt-time", "is good for a minute more than it says, and no longer", async () => {
    await start();
    expect((await call(await issuer.sign({ exp: clock() - 59 }))).status).toBe(200);
    await expectRefused(await issuer.sign({ exp: clock() - 60 }));
  });

  requirement(
    "jwt-time",
    "that was good is refused once it has expired, cached or not",
    async () => {
      await start();
      const token = await issuer.sign();
      expect((await call(token)).status).toBe(200);
      clock.advance(300 + 60);
      await expectRefused(token);
    },
  );

  requirement("jwt-aud", "may carry the one slash that clients add to an origin", async () => {
    await start({ resource: "http://127.0.0.1:8080" });
    expect((await call(await issuer.sign({ aud: "http://127.0.0.1:8080/" }))).status).toBe(200);
    await expectRefused(await issuer.sign({ aud: "http://127.0.0.1:8080//" }));
    await expectRefused(await issuer.sign({ aud: RESOURCE }));
  });

  it("typed JWT is good where the author says so, an ID token still is not", async () => {
    await start({ validation: { type: "jwt", allowJwtTyp: true } });
    expect((await call(await issuer.sign({}, { typ: "JWT" }))).status).toBe(200);
    await expectRefused(await issuer.signIdToken());
  });

  it("is taken with the options of the built-in provider", async () => {
    await start({
      validation: {
        type: "jwt",
        jwksUri: `${issuer.issuer}/jwks`,
        audience: RESOURCE,
        issuer: issuer.issuer,
        algorithms: ["ES256"],
      },
      headerName: "Authorization",
    });
    const response = await call(await issuer.sign());
    expect([response.status, response.status === 200 || (await response.text())]).toEqual([
      200,
      true,
    ]);
  });

  it("is taken with HS256 where the author shares a secret with the issuer", async () => {
    const { SignJWT } = await import("jose");
    const secret = "a secret of at least thirty-two bytes";
    await start({ validation: { type: "jwt", secret } });
    const sign = (key: string): Promise<string> =>
      new SignJWT({ client_id: "c" })
        .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
        .setIssuer(issuer.issuer)
        .setAudience(RESOURCE)
        .setSubject("u")
        .setIssuedAt(clock())
        .setExpirationTime(clock() + 60)
        .sign(Buffer.from(key));
    expect((await call(await sign(secret))).status).toBe(200);
    await expectRefused(await sign(`${secret}x`));
    await expectRefused(await issuer.sign());
  });

  it("of a key that has just come into the set is taken", async () => {
    await start();
    expect((await call(await issuer.sign())).status).toBe(200);
    issuer.rotate();
    clock.advance(5);
    expect((await call(await issuer.sign())).status).toBe(200);
  });
});

describe("an issuer that is down", () => {
  requirement("outage", "makes 503, never 401, while nothing is known of its keys", async () => {
    const server = await start();
    suite.authority.down();
    try {
      const response = await call(await issuer.sign());
      expect(response.status).toBe(503);
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(response.headers.get("www-authenticate")).toBeNull();
      expect(server.url).toBeDefined();
    } finally {
      suite.authority.up();
    }
  });

  requirement("outage", "is not noticed by good tokens once its keys are known", async () => {
    await start();
    expect((await call(await issuer.sign())).status).toBe(200);
    suite.authority.down();
    try {
      clock.advance(900);
      expect((await call(await issuer.sign())).status).toBe(200);
      await expectRefused(await issuer.signWithWrongKey());
    } finally {
      suite.authority.up();
    }
  });
});

describe("the metadata", () => {
  requirement(
    ["prm-resource", "prm-insert", "prm-http", "mcp-prm", "mcp-prm-url"],
    "is public at both URLs, by GET, HEAD and OPTIONS, with any query",
    async () => {
      const { origin } = await start({ scopes: ["mcp:read"] });
      for (const path of ["", "/mcp", "/mcp?x=1"]) {
        const url = `${origin}/.well-known/oauth-protected-resource${path}`;
        const response = await fetch(url, { headers: { "MCP-Protocol-Version": "2025-06-18" } });
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe("application/json");
        expect(response.headers.get("cache-control")).toMatch(/max-age=\d+/);
        expect(response.headers.get("access-control-allow-origin")).toBe("*");
        expect(await response.json()).toEqual({
          resource: RESOURCE,
          authorization_servers: [issuer.issuer],
          scopes_supported: ["mcp:read"],
          bearer_methods_supported: ["header"],
          dpop_signing_alg_values_supported: ALGORITHMS,
        });
        const head = await fetch(url, { method: "HEAD" });
        expect([head.status, await head.text()]).toEqual([200, ""]);
        const preflight = await fetch(url, {
          method: "OPTIONS",
          headers: { Origin: "https://any.example" },
        });
        expect(preflight.status).toBe(204);
        expect((await fetch(url, { method: "POST" })).status).toBe(405);
      }
    },
  );

  requirement(
    "prm-members",
    "names what the author wants named and leaves out the rest",
    async () => {
      const { origin } = await start({
        metadata: {
          resourceName: "Notes",
          documentation: "https://docs.example",
          policyUri: "https://docs.example/policy",
          termsOfServiceUri: "/tos",
          aliases: ["/.well-known/resource-server"],
        },
      });
      const response = await fetch(`${origin}/.well-known/resource-server`);
      expect(await response.json()).toEqual({
        resource: RESOURCE,
        authorization_servers: [issuer.issuer],
        bearer_methods_supported: ["header"],
        dpop_signing_alg_values_supported: ALGORITHMS,
        resource_name: "Notes",
        resource_documentation: "https://docs.example",
        resource_policy_uri: "https://docs.example/policy",
        resource_tos_uri: new URL("/tos", RESOURCE).href,
      });
    },
  );

  requirement("mcp-challenge-scope", "is where the challenge says, with the scopes", async () => {
    await start({ scopes: ["mcp:read", "mcp:write"] });
    expect((await call()).headers.get("www-authenticate")).toBe(
      `Bearer scope="mcp:read mcp:write", resource_metadata="${METADATA}", ${DPOP_CHALLENGE}`,
    );
  });

  it("of the authorization server is mirrored for clients of 2025-03-26, and can be off", async () => {
    const path = "/.well-known/oauth-authorization-server";
    const { origin } = await start();
    const response = await fetch(origin + path);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ issuer: issuer.issuer });
    await suite.running.close();
    const without = await start({ metadata: { mirrorAuthorizationServer: false } });
    expect((await fetch(without.origin + path)).status).toBe(404);
  });

  it("of an authorization server that is down is 503", async () => {
    const { origin } = await start();
    suite.authority.down();
    try {
      const response = await fetch(`${origin}/.well-known/oauth-authorization-server`);
      expect(response.status).toBe(503);
    } finally {
      suite.authority.up();
    }
  });
});

describe("scopes", () => {
  requirement("mcp-403", "that are missing make one byte-stable 403", async () => {
    await start({ scopes: ["mcp:read", "mcp:write"] });
    const token = await issuer.sign({ scope: "mcp:read" });
    const [first, second] = [await call(token), await call(token)];
    expect(first.status).toBe(403);
    expect(first.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_scope", scope="mcp:read mcp:write", ' +
        `resource_metadata="${METADATA}", error_description="The access token lacks a needed permission", ${DPOP_CHALLENGE}`,
    );
    expect(second.headers.get("www-authenticate")).toBe(first.headers.get("www-authenticate"));
    expect((await call(await issuer.sign({ scp: ["mcp:write"] }))).status).toBe(200);
  });
});

describe("what a client sends in a body", () => {
  it("never makes a 5xx, and never a 2xx without a token", async () => {
    await start();
    const token = await issuer.sign();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc
            .record({ jsonrpc: fc.constantFrom("2.0", "1.0", 2), method: fc.anything() })
            .map((message) => JSON.stringify(message)),
          fc
            .record({ method: fc.constantFrom("initialize", "tools/list"), id: fc.anything() })
            .map((message) => JSON.stringify([{ jsonrpc: "2.0", ...message }])),
        ),
        async (body) => {
          const good = await call(token, body);
          expect(good.status).toBeLessThan(500);
          await good.text();
          const bad = await call(undefined, body);
          expect(bad.status).toBe(401);
          await bad.text();
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("the provider, called bare", () => {
  const request = (headers: Record<string, string>): never =>
    ({
      method: "POST",
      url: "/mcp",
      headers,
      rawHeaders: [],
      socket: {},
    }) as never;

  it("validates the token by itself and gives the claims, without the token", async () => {
    const token = await issuer.sign();
    const result = await provider().authenticate(request({ authorization: `Bearer ${token}` }));
    expect(result).toMatchObject({ data: { sub: "user-1", iss: issuer.issuer } });
    expect(JSON.stringify(result)).not.toContain(token);
  });

  requirement("mcp-no-passthrough", "gives the token only where the author says so", async () => {
    const token = await issuer.sign();
    const result = await provider({ exposeToken: true }).authenticate(
      request({ authorization: `Bearer ${token}` }),
    );
    expect(result).toMatchObject({ data: { token } });
  });

  it("is false for anything else, and never throws", async () => {
    const events: AuthEvent[] = [];
    const bare = provider({ audit: (event) => events.push(event), scopes: ["mcp:admin"] });
    expect(await bare.authenticate(request({}))).toBe(false);
    expect(await bare.authenticate(request({ authorization: "Bearer x" }))).toBe(false);
    const narrow = await issuer.sign();
    expect(await bare.authenticate(request({ authorization: `Bearer ${narrow}` }))).toBe(false);
    expect(events.map(({ status }) => status)).toEqual([401, 401, 403]);
    expect(bare.getAuthError()).toMatchObject({ status: 401 });
  });
});

describe("secrets", () => {
  requirement("mcp-secure-store", "do not appear when a provider is printed", () => {
    const secret = "correct-horse-battery-staple-0123456789";
    const one = provider({ validation: { type: "jwt", secret } });
    const printed = [
      JSON.stringify({ auth: { provider: one } }),
      inspect(one, { depth: 20, showHidden: true }),
      inspect({ deep: { er: one } }, { depth: 20 }),
      `${one as unknown as string}`,
    ].join("\n");
    expect(printed).not.toContain(secret);
    expect(printed).toContain(RESOURCE);
  });
});

describe("verifyAtStart", () => {
  it("reports the problem and still starts", async () => {
    const before = logger.warn.bind(logger);
    const said = new Promise<string>((resolve) => (logger.warn = resolve));
    try {
      await start({ verifyAtStart: "warn", authorizationServers: ["http://127.0.0.1:1"] });
      await said;
    } finally {
      logger.warn = before;
    }
    expect(await said).toMatch(/http:\/\/127\.0\.0\.1:1.*no usable metadata/);
  });

  it("keeps a server from starting where the author says so", async () => {
    await expect(
      start({ verifyAtStart: "fail", authorizationServers: ["http://127.0.0.1:1"] }),
    ).rejects.toMatchObject({ code: "ERR_OAUTH_AUTHORIZATION_SERVER" });
  });
});
