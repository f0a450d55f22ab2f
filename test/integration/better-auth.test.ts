import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { jwt, mcp } from "better-auth/plugins";
import { protect, type GuardedServer } from "../support/protected.js";

/*
 * An authorization server that shares no code with ours: better-auth, whose MCP
 * plugin issues opaque tokens that only its own database knows, and whose JWT
 * plugin signs with Ed25519.
 */

const REDIRECT = "http://127.0.0.1:53682/callback";

interface TokenRow {
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: string;
}

describe("better-auth", () => {
  let http: Server;
  let base: string;
  let cookie: string;
  const oauthAccessToken: TokenRow[] = [];
  let running: GuardedServer | undefined;

  beforeAll(async () => {
    // It prints what it is asked.
    jest.spyOn(console, "log").mockImplementation(() => undefined);
    http = createServer();
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const tables = ["user", "session", "account", "verification", "jwks"];
    const auth = betterAuth({
      baseURL: base,
      secret: "s".repeat(40),
      database: memoryAdapter({
        ...Object.fromEntries(tables.map((table) => [table, []])),
        oauthApplication: [],
        oauthConsent: [],
        oauthAccessToken,
      }),
      emailAndPassword: { enabled: true },
      telemetry: { enabled: false },
      logger: { disabled: true },
      plugins: [mcp({ loginPage: "/login" }), jwt()],
    });
    const handle = toNodeHandler(auth);
    http.on("request", (req, res) => void handle(req, res));
    const signedUp = await fetch(`${base}/api/auth/sign-up/email`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: base },
      body: JSON.stringify({ email: "a@example.com", password: "password-1234", name: "Ann" }),
    });
    expect(signedUp.status).toBe(200);
    cookie = signedUp.headers
      .getSetCookie()
      .map((line) => line.split(";", 1)[0])
      .join("; ");
  });
  afterAll(() => {
    jest.restoreAllMocks();
    http.closeAllConnections();
    http.close();
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  /** Registers, authorizes with the signed-in user's cookie, exchanges the code. */
  async function getOpaqueToken(): Promise<string> {
    const metadata = await json(
      await fetch(`${base}/api/auth/.well-known/oauth-authorization-server`),
    );
    const { client_id: clientId } = await json(
      await fetch(String(metadata["registration_endpoint"]), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          client_name: "t",
          redirect_uris: [REDIRECT],
          token_endpoint_auth_method: "none",
        }),
      }),
    );
    const verifier = "v".repeat(50);
    const url = new URL(String(metadata["authorization_endpoint"]));
    url.search = new URLSearchParams({
      client_id: String(clientId),
      redirect_uri: REDIRECT,
      response_type: "code",
      scope: "openid profile",
      state: "s",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    }).toString();
    const authorized = await fetch(url, { headers: { cookie }, redirect: "manual" });
    const code = new URL(authorized.headers.get("location") ?? "").searchParams.get("code");
    const tokens = await json(
      await fetch(String(metadata["token_endpoint"]), {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code: String(code),
          redirect_uri: REDIRECT,
          client_id: String(clientId),
          code_verifier: verifier,
        }),
      }),
    );
    return String(tokens["access_token"]);
  }

  it("opaque tokens are looked up in its database", async () => {
    running = await protect({
      authorizationServers: [base],
      validation: {
        type: "custom",
        validate: (token) => {
          const row = oauthAccessToken.find(({ accessToken }) => accessToken === token);
          return (
            row && {
              active: true,
              subject: row.userId,
              clientId: row.clientId,
              scopes: row.scopes.split(" "),
              expiresAt: row.accessTokenExpiresAt.getTime() / 1000,
            }
          );
        },
      },
    });
    const token = await getOpaqueToken();
    const [row] = oauthAccessToken;
    expect(await running.present(token)).toMatchObject({
      outcome: "allowed",
      subject: row?.userId,
      clientId: row?.clientId,
      scopes: ["openid", "profile"],
    });
    expect(await running.present("A".repeat(32))).toMatchObject({
      status: 401,
      reason: "callback_unknown",
    });
  });

  it("JWTs are verified with its Ed25519 key", async () => {
    const getJwt = async () =>
      String((await json(await fetch(`${base}/api/auth/token`, { headers: { cookie } })))["token"]);
    // Its tokens carry its own URL as audience, and no typ.
    const validation = {
      type: "jwt" as const,
      issuer: base,
      audience: base,
      jwksUri: `${base}/api/auth/jwks`,
      algorithms: ["EdDSA" as const],
      allowJwtTyp: true,
    };
    running = await protect({ authorizationServers: [base], validation });
    expect(await running.present(await getJwt())).toMatchObject({
      outcome: "allowed",
      issuer: base,
      subject: expect.any(String),
    });
    await running.close();

    const { audience: _none, ...strict } = validation;
    running = await protect({ authorizationServers: [base], validation: strict });
    expect(await running.present(await getJwt())).toMatchObject({
      status: 401,
      reason: "audience_mismatch",
    });
  });
});

async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}
