import { randomBytes, randomUUID } from "node:crypto";
import { CompactSign, type JWK } from "jose";
import { systemClock, type Clock } from "../core/clock.js";
import { signCompact, unsecuredCompact, type Overrides } from "./compact-jws.js";
import { startIssuerServer, type ListenOptions, type TestIssuerServer } from "./issuer-server.js";
import { generateTestKey, type TestAlgorithm, type TestKey } from "./test-keys.js";

/** What a test issuer puts into its tokens unless told otherwise. */
export interface TestIssuerOptions {
  /** @default "https://issuer.example.com"; after `listen()` the address it listens on */
  readonly issuer?: string;
  /** `aud` of the tokens. @default "https://mcp.example.com/mcp" */
  readonly resource?: string;
  /** @default "ES256" */
  readonly algorithm?: TestAlgorithm;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** Credentials without which the introspection endpoint answers 401. @default any will do */
  readonly introspectionClient?: { readonly clientId: string; readonly clientSecret: string };
}

/**
 * An issuer of tokens for tests. Everything it makes is valid by default;
 * overrides spoil one thing at a time, `undefined` takes a member out.
 */
export interface TestIssuer {
  /** Changes with `listen()` unless it was given. */
  readonly issuer: string;
  readonly resource: string;
  /** The public keys, as served. */
  readonly jwks: { readonly keys: readonly JWK[] };
  /** An access token (`at+jwt`, RFC 9068). */
  sign(claims?: Overrides, header?: Overrides): Promise<string>;
  /** An ID token for the client: not to be accepted as an access token. */
  signIdToken(claims?: Overrides, header?: Overrides): Promise<string>;
  /** Names a published key, but another one signed. */
  signWithWrongKey(claims?: Overrides, header?: Overrides): Promise<string>;
  /** HS256 with the public key's PEM as the secret: the classic confusion of algorithms. */
  signWithPublicKeyAsSecret(claims?: Overrides, header?: Overrides): Promise<string>;
  /** `alg: none`, without a signature. */
  unsecured(claims?: Overrides, header?: Overrides): string;
  /** Signs with a new key from now on. The former ones stay published unless `forget` is set. */
  rotate(options?: { readonly forget?: boolean }): void;
  /** A random token that introspection knows. */
  opaque(claims?: Overrides): string;
  /** Makes a token of any form inactive for introspection. */
  revoke(token: string): void;
  /** What the introspection endpoint says about a token (RFC 7662 §2.2). */
  introspect(token: string): Record<string, unknown>;
  /** Serves metadata, keys and introspection on a loopback port. */
  listen(options?: ListenOptions): Promise<TestIssuerServer>;
}

const LIFETIME_SECONDS = 300;

/**
 * Makes a {@link TestIssuer}.
 *
 * @example
 * ```ts
 * import { createTestIssuer } from "mcp-framework-oauth/testing";
 *
 * const issuer = createTestIssuer({ resource: "http://localhost:8080/mcp" });
 * const { url, close } = await issuer.listen();
 * const good = await issuer.sign({ scope: "mcp:tools" });
 * const expired = await issuer.sign({ exp: 1 });
 * await close();
 * ```
 */
export function createTestIssuer(options: TestIssuerOptions = {}): TestIssuer {
  const clock = options.clock ?? systemClock;
  const resource = options.resource ?? "https://mcp.example.com/mcp";
  const algorithm = options.algorithm ?? "ES256";
  let issuer = options.issuer ?? "https://issuer.example.com";
  const keys = new IssuerKeys(algorithm);
  const issued = new IssuedTokens(clock);

  const claimsOf = (overrides: Overrides = {}): Record<string, unknown> => ({
    iss: issuer,
    aud: resource,
    ...accessTokenClaims(Math.floor(clock())),
    ...overrides,
  });

  const self: TestIssuer = {
    get issuer() {
      return issuer;
    },
    resource,
    get jwks() {
      return keys.jwks;
    },
    ...tokenMakers(algorithm, keys, claimsOf, issued),
    rotate: ({ forget = false } = {}) => keys.rotate(forget),
    opaque(claims) {
      const token = randomBytes(24).toString("base64url");
      return issued.add(token, { token_type: "Bearer", ...claimsOf(claims) });
    },
    revoke: (token) => issued.revoke(token),
    introspect: (token) => issued.introspect(token),
    async listen(listenOptions = {}) {
      const server = await startIssuerServer(self, options.introspectionClient, listenOptions);
      if (options.issuer === undefined) issuer = server.url;
      return server;
    },
  };
  return self;
}

type TokenMakers = Pick<
  TestIssuer,
  "sign" | "signIdToken" | "signWithWrongKey" | "signWithPublicKeyAsSecret" | "unsecured"
>;

/** The JWTs: good ones, and those that a server must refuse. */
function tokenMakers(
  algorithm: TestAlgorithm,
  keys: IssuerKeys,
  claimsOf: (overrides?: Overrides) => Record<string, unknown>,
  issued: IssuedTokens,
): TokenMakers {
  const headerOf = (overrides: Overrides = {}): Record<string, unknown> => ({
    alg: algorithm,
    typ: "at+jwt",
    kid: keys.current.kid,
    ...overrides,
  });
  return {
    async sign(claims, header) {
      const payload = claimsOf(claims);
      const { privateKey } = keys.current;
      const token = await signCompact(payload, headerOf(header), algorithm, privateKey);
      // Signed tokens can be introspected as well, as at most issuers.
      return issued.add(token, payload);
    },
    signIdToken(claims, header) {
      const { iss, sub, iat, exp } = claimsOf();
      const payload = { iss, sub, aud: "client-1", iat, exp, nonce: "n", ...claims };
      const typ = { typ: "JWT", ...header };
      return signCompact(payload, headerOf(typ), algorithm, keys.current.privateKey);
    },
    signWithWrongKey(claims, header) {
      const { privateKey } = generateTestKey(algorithm);
      return signCompact(claimsOf(claims), headerOf(header), algorithm, privateKey);
    },
    signWithPublicKeyAsSecret(claims, header) {
      const secret = keys.current.publicKey.export({ type: "spki", format: "pem" });
      return new CompactSign(Buffer.from(JSON.stringify(claimsOf(claims))))
        .setProtectedHeader({ ...headerOf(header), alg: "HS256" })
        .sign(Buffer.from(secret));
    },
    unsecured(claims, header) {
      return unsecuredCompact(claimsOf(claims), headerOf({ alg: "none", ...header }));
    },
  };
}

function accessTokenClaims(now: number): Record<string, unknown> {
  return {
    sub: "user-1",
    client_id: "client-1",
    scope: "mcp:read",
    iat: now,
    exp: now + LIFETIME_SECONDS,
    jti: randomUUID(),
  };
}

/** The key that signs, and those that are published. */
class IssuerKeys {
  readonly #algorithm: TestAlgorithm;
  #published: readonly TestKey[];
  current: TestKey;

  constructor(algorithm: TestAlgorithm) {
    this.#algorithm = algorithm;
    this.current = generateTestKey(algorithm);
    this.#published = [this.current];
  }

  get jwks(): TestIssuer["jwks"] {
    return { keys: this.#published.map(({ publicJwk }) => publicJwk) };
  }

  rotate(forget: boolean): void {
    this.current = generateTestKey(this.#algorithm);
    this.#published = forget ? [this.current] : [...this.#published, this.current];
  }
}

/** The tokens that introspection knows. */
class IssuedTokens {
  readonly #clock: Clock;
  readonly #known = new Map<string, Overrides>();
  readonly #revoked = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(token: string, claims: Overrides): string {
    this.#known.set(token, JSON.parse(JSON.stringify(claims)) as Overrides);
    return token;
  }

  revoke(token: string): void {
    this.#revoked.add(token);
  }

  introspect(token: string): Record<string, unknown> {
    const claims = this.#known.get(token);
    if (claims === undefined || this.#revoked.has(token)) return { active: false };
    const { exp } = claims;
    if (typeof exp === "number" && exp <= this.#clock()) return { active: false };
    return { active: true, ...claims };
  }
}
