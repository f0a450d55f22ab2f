import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { SignJWT } from "jose";
import { logger } from "mcp-framework";
import {
  createAuthorizationServer,
  type AuthorizationServer,
  type TokenAlgorithm,
} from "../../src/authorization-server/index.js";
import type { OAuthAuthProviderOptions } from "../../src/index.js";
import { InvalidTokenError } from "../../src/index.js";
import {
  createTestIssuer,
  type TestIssuer,
  type TestIssuerServer,
} from "../../src/testing/index.js";
import { protect, RESOURCE, type GuardedServer } from "../support/protected.js";
import { requirement } from "../support/requirement.js";
import { register, signIn } from "./authorization-server/helpers.js";
import { bearer, CALL_WHOAMI, mcpRequest } from "../support/mcp-request.js";

/*
 * Every kind of token over real HTTP: a real mcp-framework server, real
 * authorization servers on loopback, the real outbound fetch.
 */

let running: GuardedServer | undefined;
async function start(
  options: Omit<OAuthAuthProviderOptions, "resource"> & { resource?: string },
): Promise<GuardedServer> {
  running = await protect(options);
  return running;
}
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const CLIENT = { clientId: "mcp-server", clientSecret: "s3cr3t:with/odd+characters%&" };

describe("oidc-provider, in this package's authorization server", () => {
  const { structuredClone } = globalThis;
  let server: AuthorizationServer;
  const OPAQUE = "https://opaque.example.com/mcp";
  const jwtResource = (algorithm: TokenAlgorithm) =>
    `https://${algorithm}.example.com/mcp`.toLowerCase();
  const algorithms: TokenAlgorithm[] = ["RS256", "PS256", "ES256", "EdDSA"];

  beforeAll(async () => {
    // Jest's own copies objects into another realm, where oidc-provider no longer knows them.
    globalThis.structuredClone = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
    server = await createAuthorizationServer({
      issuer: "http://127.0.0.1:0",
      resources: [
        ...algorithms.map((tokenAlgorithm) => ({
          resource: jwtResource(tokenAlgorithm),
          tokenAlgorithm,
          scopes: { "mcp:read": "Read" },
        })),
        {
          resource: OPAQUE,
          tokenFormat: "opaque" as const,
          scopes: { "mcp:read": "Read" },
          introspection: CLIENT,
        },
      ],
      defaultResource: OPAQUE,
      accounts: [{ id: "alice" }],
      autoApprove: true,
    });
  });
  afterAll(async () => {
    await server.close();
    globalThis.structuredClone = structuredClone;
  });

  const tokenFor = async (resource: string) => {
    const client = await register(server);
    return (await signIn(server, client, { resource })).access_token;
  };

  it.each(algorithms)(
    "[jwt-alg] accepts a JWT signed with %s, keys discovered",
    async (algorithm) => {
      const resource = jwtResource(algorithm);
      const { present } = await start({ resource, authorizationServers: [server.issuer] });
      expect(await present(await tokenFor(resource))).toMatchObject({
        outcome: "allowed",
        scheme: "Bearer",
        issuer: server.issuer,
        subject: "alice",
        scopes: ["mcp:read"],
      });
      expect(await present(await tokenFor(OPAQUE))).toMatchObject({ status: 401 });
    },
  );

  requirement("intro-active", "accepts an opaque token at a discovered endpoint", async () => {
    const { present } = await start({
      resource: OPAQUE,
      authorizationServers: [server.issuer],
      validation: { type: "introspection", introspection: CLIENT },
    });
    expect(await present(await tokenFor(OPAQUE))).toMatchObject({
      outcome: "allowed",
      issuer: server.issuer,
      subject: "alice",
      scopes: ["mcp:read"],
    });
    expect(await present("A".repeat(43))).toMatchObject({
      status: 401,
      reason: "introspection_inactive",
    });
  });

  requirement("intro-auth", "says 503, not 401, when its own secret is wrong", async () => {
    const { present } = await start({
      resource: OPAQUE,
      authorizationServers: [server.issuer],
      validation: {
        type: "introspection",
        introspection: { ...CLIENT, clientSecret: async () => "wrong" },
      },
    });
    expect(await present(await tokenFor(OPAQUE))).toMatchObject({
      status: 503,
      outcome: "unavailable",
      reason: "introspection_unauthorized",
    });
  });

  it("tells JWTs and opaque tokens apart, with a top-level introspection alone", async () => {
    const options = { authorizationServers: [server.issuer], introspection: CLIENT };
    const opaque = await start({ ...options, resource: OPAQUE });
    expect(await opaque.present(await tokenFor(OPAQUE))).toMatchObject({ outcome: "allowed" });
    await opaque.close();
    const resource = jwtResource("ES256");
    const jwt = await start({ ...options, resource });
    expect(await jwt.present(await tokenFor(resource))).toMatchObject({ outcome: "allowed" });
  });
});

describe("an issuer that answers as told", () => {
  let issuer: TestIssuer;
  let authority: TestIssuerServer;
  beforeAll(async () => {
    issuer = createTestIssuer({ resource: RESOURCE, introspectionClient: CLIENT });
    authority = await issuer.listen();
  });
  afterAll(() => authority.close());
  afterEach(() => authority.up());

  const introspections = () => authority.requests.introspection;

  it("takes the built-in provider's introspection options unchanged", async () => {
    const { present } = await start({
      authorizationServers: [issuer.issuer],
      validation: {
        type: "introspection",
        audience: RESOURCE,
        issuer: issuer.issuer,
        introspection: {
          endpoint: `${authority.url}/introspect`,
          ...CLIENT,
          cacheTTL: 300_000,
        },
      },
      headerName: "Authorization",
    });
    const token = issuer.opaque();
    const before = introspections();
    expect(await present(token)).toMatchObject({ outcome: "allowed", subject: "user-1" });
    expect(await present(token)).toMatchObject({ outcome: "allowed" });
    expect(introspections()).toBe(before + 1);
  });

  requirement("intro-active", "checks what an active answer says, and what it lacks", async () => {
    const { present } = await start({
      authorizationServers: [issuer.issuer],
      validation: {
        type: "introspection",
        requireSubject: true,
        introspection: { ...CLIENT, allowMissing: ["iss"] },
      },
    });
    const reasonFor = async (claims: object) =>
      (await present(issuer.opaque(claims as Record<string, unknown>))).reason;
    expect(await reasonFor({ aud: "https://other.example.com" })).toBe("audience_mismatch");
    expect(await reasonFor({ aud: undefined })).toBe("audience_missing");
    expect(await reasonFor({ iss: "https://other.example.com" })).toBe("issuer_mismatch");
    expect(await reasonFor({ sub: undefined })).toBe("subject_missing");
    expect(await reasonFor({ iss: undefined })).toBeUndefined();
  });

  it("keeps two users apart whom introspection gives a username and no sub", async () => {
    const { present } = await start({
      authorizationServers: [issuer.issuer],
      validation: {
        type: "introspection",
        introspection: { ...CLIENT, allowMissing: ["iss", "aud"] },
      },
    });
    const bare = { iss: undefined, aud: undefined, sub: undefined };
    expect(await present(issuer.opaque({ ...bare, username: "alice" }))).toMatchObject({
      status: 401,
      reason: "subject_missing",
      detail: expect.stringContaining("claims.subject"),
    });
    expect(await present(issuer.opaque(bare))).toMatchObject({ outcome: "allowed" });
  });

  requirement("jwt-time", "refuses a token whose exp is in milliseconds, and says so", async () => {
    const { present } = await start({ authorizationServers: [issuer.issuer] });
    const exp = Date.now() + 300_000;
    expect(await present(await issuer.sign({ exp }))).toMatchObject({
      status: 401,
      reason: "expiry_too_far",
      detail: expect.stringContaining("milliseconds"),
    });
    expect(await present(await issuer.sign({ exp: Math.round(exp / 1000) }))).toMatchObject({
      outcome: "allowed",
    });
  });

  it("takes the built-in provider's jwt options unchanged", async () => {
    const { present } = await start({
      authorizationServers: [issuer.issuer],
      validation: {
        type: "jwt",
        audience: RESOURCE,
        issuer: issuer.issuer,
        jwksUri: `${authority.url}/jwks`,
        algorithms: ["RS256", "ES256"],
      },
    });
    expect(await present(await issuer.sign())).toMatchObject({ outcome: "allowed" });
  });

  requirement("intro-cache", "does not remember for longer than cacheTTL says", async () => {
    const time = { offset: 0 };
    const { present } = await start({
      authorizationServers: [issuer.issuer],
      clock: () => Date.now() / 1000 + time.offset,
      validation: {
        type: "introspection",
        introspection: { ...CLIENT, cacheTTL: 20_000 },
      },
    });
    const token = issuer.opaque();
    await present(token);
    issuer.revoke(token);
    time.offset = 10;
    expect(await present(token)).toMatchObject({ outcome: "allowed" });
    time.offset = 21;
    expect(await present(token)).toMatchObject({ status: 401, reason: "introspection_inactive" });
  });

  requirement("intro-cache", "asks once for 1,000 concurrent requests", async () => {
    const { url, events } = await start({
      authorizationServers: [issuer.issuer],
      validation: { type: "introspection", introspection: CLIENT },
    });
    // No such session: as cheap as a request with a good token can be, and 401 with a bad one.
    const headers = { Authorization: `Bearer ${issuer.opaque()}`, "Mcp-Session-Id": "none" };
    const before = introspections();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const { status, body } = await fetch(url, { method: "DELETE", headers });
        await body?.cancel();
        return status;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([404]));
    expect(events.filter(({ reason }) => reason === "session_not_found")).toHaveLength(1000);
    expect(introspections()).toBe(before + 1);
  });

  it("with verifyAtStart does not start when introspection does not work, and says why", async () => {
    const options = (fields: object): Omit<OAuthAuthProviderOptions, "resource"> => ({
      authorizationServers: [issuer.issuer],
      verifyAtStart: "fail",
      validation: { type: "introspection", introspection: { ...CLIENT, ...fields } },
    });
    await expect(start(options({ clientSecret: "wrong" }))).rejects.toThrow(
      /does not work: introspection_unauthorized.*Check introspection\.clientId, clientSecret/,
    );
    await expect(start(options({ endpoint: `${authority.url}/nothing` }))).rejects.toThrow(
      /introspection_http_404.*not an introspection endpoint/,
    );
    await start(options({}));
  });

  describe("an issuer that says that any token is active", () => {
    let open: Server;
    const validation = (): Omit<OAuthAuthProviderOptions, "resource"> => ({
      authorizationServers: [issuer.issuer],
      validation: {
        type: "introspection",
        introspection: {
          ...CLIENT,
          endpoint: `http://127.0.0.1:${(open.address() as AddressInfo).port}/introspect`,
        },
      },
    });
    beforeAll(async () => {
      open = createServer((_, response) => {
        response.setHeader("content-type", "application/json");
        response.end('{"active":true}');
      });
      await new Promise<void>((resolve) => open.listen(0, "127.0.0.1", resolve));
    });
    afterAll(() => {
      open.closeAllConnections();
      open.close();
    });
    afterEach(() => {
      jest.restoreAllMocks();
    });

    it("is an error in the log", async () => {
      const said = new Promise<string>((resolve) => {
        jest.spyOn(logger, "error").mockImplementation(resolve);
      });
      await start({ ...validation(), verifyAtStart: "warn" });
      expect(await said).toMatch(/introspection at .* says that a random token is active/);
    });

    it('keeps the server from starting with verifyAtStart "fail"', async () => {
      await expect(start({ ...validation(), verifyAtStart: "fail" })).rejects.toThrow(
        /random token is active.*introspection\.endpoint.*ERR_OAUTH_AUTHORIZATION_SERVER/,
      );
    });
  });

  describe("a hybrid", () => {
    const hybrid = (
      more: object = {},
      clock?: () => number,
    ): Omit<OAuthAuthProviderOptions, "resource"> => ({
      authorizationServers: [issuer.issuer],
      ...(clock && { clock }),
      validation: {
        type: "hybrid",
        introspection: { ...CLIENT, cacheSeconds: 5, negativeCacheSeconds: 0 },
        ...more,
      },
    });

    it("accepts a JWT that is good and not revoked", async () => {
      const { present } = await start(hybrid());
      expect(await present(await issuer.sign())).toMatchObject({ outcome: "allowed" });
    });

    it("refuses one that was revoked, once its short cache is over", async () => {
      const time = { offset: 0 };
      const { present } = await start(hybrid({}, () => Date.now() / 1000 + time.offset));
      const token = await issuer.sign();
      expect(await present(token)).toMatchObject({ outcome: "allowed" });
      issuer.revoke(token);
      time.offset = 6;
      expect(await present(token)).toMatchObject({ status: 401, reason: "introspection_inactive" });
    });

    it("accepts a JWT with a sub whose answer has only a username", async () => {
      const { present } = await start(hybrid());
      const token = await issuer.sign();
      jest.spyOn(issuer, "introspect").mockReturnValue({ active: true, username: "alice" });
      const event = await present(token);
      jest.restoreAllMocks();
      expect(event).toMatchObject({ outcome: "allowed", subject: "user-1" });
    });

    it("shows no forged token to the issuer", async () => {
      const { present } = await start(hybrid());
      const before = introspections();
      expect(await present(await issuer.signWithWrongKey())).toMatchObject({
        status: 401,
        reason: "signature_invalid",
      });
      expect(introspections()).toBe(before);
    });

    it("is unavailable while introspection is, or goes on for as long as it may", async () => {
      const time = { offset: 0 };
      const clock = () => Date.now() / 1000 + time.offset;
      const strict = await start(hybrid({}, clock));
      const token = await issuer.sign();
      await strict.present(token);
      time.offset = 6;
      authority.down();
      expect(await strict.present(token)).toMatchObject({ status: 503 });
      await strict.close();
      authority.up();

      const lenient = await start(hybrid({ continueSeconds: 60 }, clock));
      expect(await lenient.present(token)).toMatchObject({ outcome: "allowed" });
      authority.down();
      time.offset += 30;
      expect(await lenient.present(token)).toMatchObject({ outcome: "allowed" });
      time.offset += 31;
      expect(await lenient.present(token)).toMatchObject({ status: 503 });
    });
  });

  describe("a list", () => {
    let other: TestIssuer;
    let otherAuthority: TestIssuerServer;
    beforeAll(async () => {
      other = createTestIssuer({ resource: "urn:other-audience", algorithm: "RS256" });
      otherAuthority = await other.listen();
    });
    afterAll(() => otherAuthority.close());

    const rows = new Map([["db-token-1", { active: true, subject: "db-user" }]]);
    const list = (): Omit<OAuthAuthProviderOptions, "resource"> => ({
      authorizationServers: [issuer.issuer, other.issuer],
      validation: [
        { type: "custom", validate: (token) => rows.get(token) },
        { type: "jwt" },
        {
          type: "jwt",
          issuer: other.issuer,
          audience: "urn:other-audience",
          algorithms: ["RS256"],
        },
        {
          type: "static",
          tokens: { "dev-token": { clientId: "dev", scopes: ["mcp:read"] } },
        },
      ],
    });

    it("sends each token to the one entry that can decide", async () => {
      const { present } = await start(list());
      expect(await present(await issuer.sign())).toMatchObject({
        outcome: "allowed",
        issuer: issuer.issuer,
      });
      expect(await present(await other.sign())).toMatchObject({
        outcome: "allowed",
        issuer: other.issuer,
      });
      expect(await present("dev-token")).toMatchObject({
        outcome: "allowed",
        issuer: "urn:mcp-framework-oauth:static",
        clientId: "dev",
      });
      expect(await present("db-token-1")).toMatchObject({
        outcome: "allowed",
        issuer: "urn:mcp-framework-oauth:custom",
        subject: "db-user",
      });
      expect(await present("db-token-2")).toMatchObject({ reason: "callback_unknown" });
    });

    requirement("jwt-iss", "holds each issuer to its own audience and keys", async () => {
      const { present } = await start(list());
      expect(await present(await other.sign({ aud: RESOURCE }))).toMatchObject({
        reason: "audience_mismatch",
      });
      expect(await present(await other.sign({ iss: issuer.issuer, aud: RESOURCE }))).toMatchObject({
        status: 401,
      });
    });

    requirement("jwt-iss", "never contacts an issuer that is not listed", async () => {
      const stranger = createTestIssuer({ resource: RESOURCE });
      const strangerAuthority = await stranger.listen();
      try {
        const { present } = await start(list());
        expect(await present(await stranger.sign())).toMatchObject({
          status: 401,
          reason: "issuer_unknown",
        });
        expect(strangerAuthority.requests).toEqual({ metadata: 0, jwks: 0, introspection: 0 });
      } finally {
        await strangerAuthority.close();
      }
    });

    it("introspects JWTs of an issuer that is only introspected, and shows it no others", async () => {
      const { present } = await start({
        authorizationServers: [issuer.issuer],
        validation: [
          { type: "introspection", introspection: CLIENT },
          { type: "jwt", issuer: other.issuer, audience: "urn:other-audience" },
        ],
      });
      const before = introspections();
      expect(await present(await issuer.sign())).toMatchObject({ outcome: "allowed" });
      expect(introspections()).toBe(before + 1);
      expect(await present(await other.sign())).toMatchObject({ outcome: "allowed" });
      expect(await present(await other.sign({ iss: "https://x.example" }))).toMatchObject({
        reason: "issuer_unknown",
      });
      expect(introspections()).toBe(before + 1);
    });
  });

  describe("issuers found at run time", () => {
    const dynamic = (
      issuers: NonNullable<OAuthAuthProviderOptions["issuers"]>,
    ): Omit<OAuthAuthProviderOptions, "resource"> => ({
      authorizationServers: ["https://advertised.example.com"],
      issuers,
    });

    it("accepts tokens of an issuer that the application knows", async () => {
      const asked: string[] = [];
      const { present } = await start(
        dynamic(async (iss) => {
          asked.push(iss);
          return iss === issuer.issuer ? { type: "jwt", requireClientId: true } : undefined;
        }),
      );
      expect(await present(await issuer.sign())).toMatchObject({ outcome: "allowed" });
      expect(await present(await issuer.sign())).toMatchObject({ outcome: "allowed" });
      expect(await present(await issuer.sign({ client_id: undefined }))).toMatchObject({
        reason: "client_missing",
      });
      expect(await present(await issuer.sign({ iss: "https://unknown.example" }))).toMatchObject({
        reason: "issuer_unknown",
      });
      expect(asked).toEqual([issuer.issuer, "https://unknown.example"]);
    });

    it("is unavailable when the application fails, or returns what cannot be used", async () => {
      const failing = await start(
        dynamic(() => {
          throw new Error("database is away");
        }),
      );
      expect(await failing.present(await issuer.sign())).toMatchObject({
        status: 503,
        reason: "issuer_lookup_failed",
      });
      await failing.close();
      for (const options of [
        { type: "jwt", jwksUrl: "x" },
        { type: "jwt", secret: "short" },
        { type: "jwt", issuer: "https://another.example" },
      ]) {
        const wrong = await start(dynamic(() => options as never));
        expect(await wrong.present(await issuer.sign())).toMatchObject({
          status: 503,
          reason: "issuer_options_invalid",
        });
        await wrong.close();
      }
    });
  });

  describe("an enrich hook", () => {
    const token = () => issuer.sign();

    it("runs once for a token, and tools see what it added", async () => {
      let runs = 0;
      const { server, present } = await start({
        authorizationServers: [issuer.issuer],
        enrich: async ({ subject }) => ({ run: ++runs, organisation: `org of ${subject}` }),
      });
      const text = await token();
      await present(text);
      const response = await server.handleRequest(
        new Request(RESOURCE, mcpRequest(CALL_WHOAMI, bearer(text))),
      );
      expect(await response.text()).toContain("org of user-1");
      expect(runs).toBe(1);
    });

    it.each<[string, () => Promise<string>, object]>([
      [
        "introspected",
        async () => issuer.opaque(),
        { type: "introspection", introspection: CLIENT },
      ],
      [
        "static",
        async () => "dev-token",
        { type: "static", tokens: { "dev-token": { clientId: "dev", scopes: [] } } },
      ],
      [
        "custom",
        async () => "db-token",
        { type: "custom", cacheSeconds: 30, validate: () => ({ active: true, subject: "u" }) },
      ],
    ])("runs once for a token that is %s", async (_name, getToken, validation) => {
      let runs = 0;
      const { present } = await start({
        authorizationServers: [issuer.issuer],
        validation: validation as never,
        enrich: () => ({ run: ++runs }),
      });
      const text = await getToken();
      expect(await present(text)).toMatchObject({ outcome: "allowed" });
      expect(await present(text)).toMatchObject({ outcome: "allowed" });
      expect(runs).toBe(1);
    });

    it("that fails is an outage and is called again, and may refuse a token deliberately", async () => {
      let failure: Error | undefined = new Error("database is away");
      const { present } = await start({
        authorizationServers: [issuer.issuer],
        enrich: () => {
          if (failure !== undefined) throw failure;
          return {};
        },
      });
      const text = await token();
      expect(await present(text)).toMatchObject({ status: 503, reason: "enrich_failed" });
      failure = undefined;
      expect(await present(text)).toMatchObject({ outcome: "allowed" });
      failure = new InvalidTokenError("custom_user_locked");
      expect(await present(await issuer.sign())).toMatchObject({
        status: 401,
        reason: "custom_user_locked",
      });
    });
  });

  describe("a secret that rotates", () => {
    const [OLD, NEW, FOREIGN] = ["o", "n", "f"].map((letter) => letter.repeat(32)) as [
      string,
      string,
      string,
    ];
    const sign = (secret: string) =>
      new SignJWT({ client_id: "app" })
        .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
        .setIssuer("https://hmac.example.com")
        .setAudience(RESOURCE)
        .setSubject("user")
        .setIssuedAt(Date.now() / 1000)
        .setExpirationTime("2h")
        .sign(Buffer.from(secret));

    it("verifies with the new one and, for the overlap, with the one before", async () => {
      let secret = OLD;
      const time = { offset: 0 };
      const { present } = await start({
        authorizationServers: ["https://hmac.example.com"],
        clock: () => Date.now() / 1000 + time.offset,
        validation: {
          type: "jwt",
          secret: async () => secret,
          secretOverlapSeconds: 60,
        },
      });
      const [old, fresh] = [await sign(OLD), await sign(NEW)];
      expect(await present(old)).toMatchObject({ outcome: "allowed" });
      secret = NEW;
      time.offset = 301;
      expect(await present(fresh)).toMatchObject({ outcome: "allowed" });
      expect(await present(old)).toMatchObject({ outcome: "allowed" });
      time.offset = 301 + 61;
      expect(await present(fresh)).toMatchObject({ outcome: "allowed" });
      expect(await present(old)).toMatchObject({ status: 401, reason: "signature_invalid" });
      time.offset += 10;
      expect(await present(await sign(FOREIGN))).toMatchObject({ status: 401 });
    });
  });
});
