import { createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { exportJWK, SignJWT, type JWK } from "jose";
import Provider from "oidc-provider";
import type { OutboundFetch } from "../../src/net/outbound-fetch.js";
import type { JwsHeader, KeySource } from "../../src/keys/key-source.js";
import type { ClientAuthentication } from "../../src/validators/introspection/client-authentication.js";
import { outcome } from "../support/outcome.js";
import { plainFetch } from "../support/plain-fetch.js";
import { IntrospectionClient, IntrospectionValidator } from "../support/resolved.js";

const RESOURCE = "https://mcp.example.com/mcp";
const OTHER = "https://other.example.com/mcp";
const JWT_RESOURCE = "https://jwt.example.com/mcp";
const SECRET = "s3cr3t:with/odd+characters%&";

describe("introspection at a real oidc-provider", () => {
  let server: Server;
  let issuer: string;
  let revokeUrl: string;
  const app = { id: "app", secret: "app-secret" };
  const rsKey = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rsaKey = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const dpopKey = generateKeyPairSync("ec", { namedCurve: "P-256" });

  const { structuredClone } = globalThis;

  beforeAll(async () => {
    // Jest's own copies Objects into another realm, where oidc-provider no longer knows them.
    globalThis.structuredClone = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
    // Its notices about development defaults are not news here.
    jest.spyOn(console, "warn").mockImplementation(() => undefined);
    jest.spyOn(console, "info").mockImplementation(() => undefined);
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const jwk = async (key: (typeof rsKey)["privateKey"], fields: JWK) => ({
      ...(await exportJWK(key)),
      ...fields,
    });
    const resourceServer = { grant_types: [], redirect_uris: [], response_types: [] };
    const provider = new Provider(issuer, {
      jwks: { keys: [await jwk(rsaKey.privateKey, { kid: "as-1", use: "sig", alg: "RS256" })] },
      clients: [
        {
          ...resourceServer,
          client_id: app.id,
          client_secret: app.secret,
          grant_types: ["client_credentials"],
        },
        { ...resourceServer, client_id: "rs:basic client", client_secret: SECRET },
        {
          ...resourceServer,
          client_id: "rs-post",
          client_secret: SECRET,
          token_endpoint_auth_method: "client_secret_post",
        },
        {
          ...resourceServer,
          client_id: "rs-jwt",
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: [await jwk(rsKey.publicKey, { kid: "rs-1", use: "sig" })] },
        },
        {
          ...resourceServer,
          client_id: "rs-signed",
          client_secret: SECRET,
          introspection_signed_response_alg: "RS256",
        },
      ],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        introspection: { enabled: true },
        jwtIntrospection: { enabled: true },
        revocation: { enabled: true },
        dPoP: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_ctx, resource) => ({
            scope: "read write",
            audience: resource,
            accessTokenTTL: 300,
            accessTokenFormat: resource === JWT_RESOURCE ? "jwt" : "opaque",
            jwt: { sign: { alg: "RS256" } },
          }),
        },
      },
    });
    provider.on("server_error", (_ctx, error) => console.error(error));
    const handle = provider.callback();
    server.on("request", (request, response) => void handle(request, response));
    revokeUrl = `${issuer}/token/revocation`;
  });
  afterAll(() => {
    globalThis.structuredClone = structuredClone;
    jest.restoreAllMocks();
    server.closeAllConnections();
    server.close();
  });

  const form = (url: string, body: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: "POST",
      body: new URLSearchParams(body),
      headers: {
        authorization: `Basic ${Buffer.from(`${app.id}:${app.secret}`).toString("base64")}`,
        ...headers,
      },
    });

  async function getToken(resource = RESOURCE, headers: Record<string, string> = {}) {
    const body = { grant_type: "client_credentials", resource, scope: "read" };
    const answer = (await (await form(`${issuer}/token`, body, headers)).json()) as {
      access_token: string;
    };
    expect(answer).toMatchObject({ access_token: expect.any(String) });
    return answer.access_token;
  }

  const keySource: KeySource = {
    async getKey({ kid }: JwsHeader) {
      const set = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: JWK[] };
      const jwk = set.keys.find((key) => key.kid === kid);
      return createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    },
  };

  const basic: ClientAuthentication = {
    method: "client_secret_basic",
    clientId: "rs:basic client",
    clientSecret: SECRET,
  };

  function createValidator(authentication: ClientAuthentication = basic, signedResponse = false) {
    const time = { offset: 0 };
    const clock = () => Date.now() / 1000 + time.offset;
    const calls: string[] = [];
    const countingFetch: OutboundFetch = (url, request) => {
      calls.push(url);
      return plainFetch(url, request);
    };
    const client = new IntrospectionClient({
      issuer,
      endpoint: async () => `${issuer}/token/introspection`,
      authentication,
      fetch: countingFetch,
      audience: [RESOURCE],
      clock,
      signedResponse,
      ...(signedResponse && { keySource }),
    });
    const validator = new IntrospectionValidator({
      client,
      requirements: { issuer, audience: [RESOURCE], clockToleranceSeconds: 60 },
      clock,
    });
    return { validator, calls, time };
  }

  it.each<[string, ClientAuthentication]>([
    ["client_secret_basic with odd characters", basic],
    [
      "client_secret_post",
      { method: "client_secret_post", clientId: "rs-post", clientSecret: async () => SECRET },
    ],
    [
      "private_key_jwt",
      {
        method: "private_key_jwt",
        clientId: "rs-jwt",
        keyId: "rs-1",
        privateKey: rsKey.privateKey.export({ type: "pkcs8", format: "pem" }) as string,
      },
    ],
  ])("[intro-auth] accepts an opaque token with %s", async (_name, authentication) => {
    const { validator } = createValidator(authentication);
    expect(await validator.validate(await getToken())).toMatchObject({
      issuer,
      audience: [RESOURCE],
      clientId: "app",
      scopes: ["read"],
      expiresAt: expect.any(Number),
    });
  });

  it("[intro-jwt] accepts a token by a signed answer", async () => {
    const authentication: ClientAuthentication = {
      method: "client_secret_basic",
      clientId: "rs-signed",
      clientSecret: SECRET,
    };
    const { validator } = createValidator(authentication, true);
    expect(await validator.validate(await getToken())).toMatchObject({ clientId: "app" });
    expect(await outcome(validator.validate("unknown-token"))).toBe(
      "InvalidTokenError introspection_inactive",
    );
  });

  it("[mcp-aud] refuses a token of another resource", async () => {
    const { validator } = createValidator();
    expect(await outcome(validator.validate(await getToken(OTHER)))).toBe(
      "InvalidTokenError audience_mismatch",
    );
  });

  it("[intro-active] refuses a token the server does not know", async () => {
    const { validator } = createValidator();
    expect(await outcome(validator.validate("A".repeat(43)))).toBe(
      "InvalidTokenError introspection_inactive",
    );
  });

  it("[intro-cache] notices a revocation when the time to live is over", async () => {
    const { validator, calls, time } = createValidator();
    const token = await getToken();
    await validator.validate(token);
    expect((await form(revokeUrl, { token })).status).toBe(200);
    time.offset = 50;
    expect(await outcome(validator.validate(token))).toBe("accepted");
    expect(calls).toHaveLength(1);
    time.offset = 61;
    expect(await outcome(validator.validate(token))).toBe(
      "InvalidTokenError introspection_inactive",
    );
  });

  it("[intro-cache] makes one call for 1,000 concurrent requests with one unseen token", async () => {
    const { validator, calls } = createValidator();
    const token = await getToken();
    await Promise.all(Array.from({ length: 1000 }, () => validator.validate(token)));
    expect(calls).toHaveLength(1);
  });

  it("[intro-type] passes on the key a DPoP token is bound to", async () => {
    const jwk = await exportJWK(dpopKey.publicKey);
    const dpop = await new SignJWT({ htm: "POST", htu: `${issuer}/token`, jti: "j-1" })
      .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
      .setIssuedAt()
      .sign(dpopKey.privateKey);
    const { validator } = createValidator();
    const token = await validator.validate(await getToken(RESOURCE, { dpop }));
    expect(token.confirmation?.jkt).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it("[outage] does not blame the token for our own wrong secret", async () => {
    const { validator } = createValidator({ ...basic, clientSecret: "wrong" });
    expect(await outcome(validator.validate(await getToken()))).toBe(
      "UnavailableError introspection_unauthorized",
    );
  });

  it("refuses a JWT, which this server does not introspect", async () => {
    const { validator } = createValidator();
    expect(await outcome(validator.validate(await getToken(JWT_RESOURCE)))).toBe(
      "InvalidTokenError token_type_not_introspectable",
    );
  });
});
