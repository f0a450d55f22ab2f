import { z } from "zod";
import { ASYMMETRIC_ALGORITHMS, HMAC_ALGORITHMS } from "../core/algorithms.js";
import type { SignatureAlgorithm } from "../core/algorithms.js";
import { MAX_CLOCK_TOLERANCE_SECONDS } from "../core/clock.js";
import type { SecretSource } from "../keys/rotating-secret.js";
import type { Claims } from "../jose/jws.js";
import type { TokenCallback } from "../validators/callback-validator.js";
import type { Enrich } from "../validators/enrich.js";
import type { StaticToken } from "../validators/static-validator.js";
import { introspection } from "./introspection.js";
import { env, type Input, type Output, type Schema } from "./row.js";
import {
  aFunction,
  checkedLater,
  DAY,
  oneOrMore,
  seconds,
  text,
  texts,
  timeoutSeconds,
  url,
} from "./values.js";

/** JWS algorithms that can be allowed; `none` is not among them. */
export type JwsAlgorithm = SignatureAlgorithm;

const algorithm = z.enum([...ASYMMETRIC_ALGORITHMS, ...HMAC_ALGORITHMS]);

export const appScopesShape = {
  /** Claims with the permissions, for example `roles`. */
  claims: texts,
  /** Whether the token is app-only. A wrong `true` gives clients every permission of their users. */
  isAppOnly: aFunction<(claims: Claims) => boolean>(),
};

/**
 * Permissions that count as scopes only in app-only tokens (client credentials). In a user's token
 * the same claim lists the user's permissions, which the user has not granted to the client.
 *
 * @example
 * ```ts
 * validation: {
 *   type: "jwt",
 *   claims: { appScopes: { claims: ["roles"], isAppOnly: ({ idtyp }) => idtyp === "app" } },
 * },
 * ```
 */
export interface AppScopes extends Input<typeof appScopesShape> {}
const appScopes: Schema<AppScopes, Output<typeof appScopesShape>> = z
  .object(appScopesShape)
  .strict();

/** See `onlyWith` of a row. */
const CLAIMS = "OAUTH_TOKEN_TYPE=jwt, introspection or hybrid";
const JWTS = "OAUTH_TOKEN_TYPE=jwt or hybrid";

export const claimMappingShape = {
  /** Claims that grant scopes, as a space-separated string or a list. Dots reach into objects. @default ["scope", "scp"] */
  scopes: env("OAUTH_SCOPE_CLAIMS", texts.default(["scope", "scp"]), {
    example: "scope,permissions",
    default: "scope,scp",
  }),
  /** Claims that grant scopes to app-only tokens. In other tokens, `authorize` can read them from `claims`. @default none */
  appScopes: appScopes.optional(),
  /** Prefix removed from every scope that has it, for example `api://app/`. @default none */
  scopePrefix: z.string().optional(),
  /** Claim with the subject. @default "sub" */
  subject: env("OAUTH_SUBJECT_CLAIM", text.default("sub"), { example: "username" }),
  /** Claims with the client id; the first one present is used. @default ["client_id", "azp"] */
  clientId: env("OAUTH_CLIENT_ID_CLAIMS", texts.default(["client_id", "azp"]), {
    example: "client_id,azp",
    default: "client_id,azp",
  }),
};

/**
 * Names of an issuer's claims for scopes, subject and client id. Dots reach into objects.
 *
 * @example
 * ```ts
 * validation: { type: "jwt", claims: { scopes: ["permissions"], clientId: ["azp"] } },
 * ```
 */
export interface ClaimMapping extends Input<typeof claimMappingShape> {}
export interface ClaimMappingSettings extends Output<typeof claimMappingShape> {}
const claimMapping: Schema<ClaimMapping, ClaimMappingSettings> = z
  .object(claimMappingShape)
  .strict();
/** The default claim names. */
export const DEFAULT_CLAIMS = claimMapping.parse({});

export const claimShape = {
  /** `iss` of the tokens, exactly. @default `authorizationServers[0]` */
  issuer: env("OAUTH_ISSUER", text.optional(), {
    kind: "url",
    text: "`iss` of the tokens, if it differs from the authorization server's URL.",
    example: "https://auth.example.com",
    default: "the authorization server",
  }),
  /**
   * Accepted audiences: `aud` must contain one of them.
   *
   * Name more than the resource only if the authorization server cannot put the resource into its
   * tokens.
   *
   * @default `resource`
   */
  audience: env("OAUTH_AUDIENCE", z.union([text, texts]).optional(), {
    kind: "list",
    example: "https://mcp.example.com/mcp",
    default: "OAUTH_RESOURCE",
  }),
  /** Clock skew tolerance for `exp`, `nbf` and `iat`, in seconds (0–120). @default 60 */
  clockToleranceSeconds: env(
    "OAUTH_CLOCK_TOLERANCE",
    seconds(MAX_CLOCK_TOLERANCE_SECONDS).default(60),
    { onlyWith: CLAIMS, example: "60" },
  ),
  /** Accepted client ids, instead of an audience, for issuers whose access tokens have no `aud`. */
  clientIds: env("OAUTH_ALLOWED_CLIENT_IDS", texts.optional(), { example: "my-client" }),
  /** Required claim values, for example `{ token_use: "access" }`; a list names the accepted ones. */
  equals: z.record(z.union([z.string(), z.boolean(), texts])).default({}),
  /** Refuse tokens without a subject. @default false */
  requireSubject: env("OAUTH_REQUIRE_SUBJECT", z.boolean().default(false), {
    onlyWith: CLAIMS,
    example: "true",
  }),
  /** Refuse tokens without a client id. @default false */
  requireClientId: env("OAUTH_REQUIRE_CLIENT_ID", z.boolean().default(false), {
    onlyWith: CLAIMS,
    example: "true",
  }),
  /** Names of the issuer's claims for scopes, subject and client id. */
  claims: claimMapping.default({}),
};

/** Requirements for the claims of an issuer's tokens. */
export interface ClaimOptions extends Input<typeof claimShape> {}

export const signatureShape = {
  /** URL of the issuer's key set. @default discovered from the issuer's metadata */
  jwksUri: env("OAUTH_JWKS_URI", url.optional(), {
    example: "https://auth.example.com/.well-known/jwks.json",
  }),
  /** Public key of the issuer, as PEM or JWK, instead of a key set. */
  publicKey: env("OAUTH_PUBLIC_KEY", z.union([text, z.record(z.unknown())]).optional(), {
    kind: "public-key",
    text: "Public key of the issuer, instead of a key set: a JWK, `file:/path`, or PEM, in which `\\n` is read as a line break.",
    example: "file:/etc/oauth/issuer.pem",
  }),
  /**
   * Secret shared with the issuer, for HS256, HS384 and HS512. At least as long as the hash.
   *
   * A function is called again after `secretTtlSeconds`, and when a signature does not verify. If
   * it returns one secret, the previous one stays valid for `secretOverlapSeconds`. If it returns a
   * list, with the current one first, exactly those are valid.
   */
  secret: env(
    "OAUTH_JWT_SECRET",
    z.union([z.string(), z.instanceof(Uint8Array), aFunction<SecretSource>()]).optional(),
    { kind: "secret", example: "file:/run/secrets/jwt" },
  ),
  /**
   * How long the previous secret of a `secret` function stays valid after a new one is returned, in
   * seconds. A leaked secret works for that long.
   *
   * @default 300
   */
  secretOverlapSeconds: env("OAUTH_SECRET_OVERLAP", seconds(30 * DAY).default(300), {
    text: "How long the previous OAUTH_JWT_SECRET or SUPABASE_JWT_SECRET stays valid after a new one appears, in seconds. A leaked secret works for that long.",
    onlyWith:
      "a reference (`file:` or `gcp-secret-manager:`) in OAUTH_JWT_SECRET or SUPABASE_JWT_SECRET",
    example: "300",
  }),
  /**
   * How long the result of a `secret` function is cached, in seconds. A withdrawn secret works for
   * that long plus the overlap; the function is called at most every five seconds.
   *
   * @default 300
   */
  secretTtlSeconds: env("OAUTH_SECRET_TTL", seconds(DAY).default(300), {
    text: "How long a secret from a file or a secret manager is cached, in seconds. A secret that verifies tokens is also read again when a signature does not verify.",
    onlyWith: "a secret that is a reference (`file:` or `gcp-secret-manager:`)",
    example: "300",
    default: "300; 5 for files",
    option: false,
  }),
  /** Accepted signature algorithms. @default all asymmetric algorithms, or HS256 with `secret` */
  algorithms: env("OAUTH_ALGORITHMS", z.array(algorithm).min(1).readonly().optional(), {
    example: "RS256,ES256",
    default: "all asymmetric algorithms, or HS256 with OAUTH_JWT_SECRET",
  }),
  /**
   * Also accept tokens with `typ: "JWT"` or without `typ`; by default only `at+jwt` (RFC 9068 §2.1).
   *
   * Auth0 (in its default profile), Entra and Keycloak issue such tokens. ID tokens are still
   * refused, by their claims.
   *
   * @default false
   */
  allowJwtTyp: env("OAUTH_ALLOW_JWT_TYP", z.boolean().default(false), { example: "true" }),
  /**
   * How long a fetched key set is used before it is fetched again, in seconds, 1 or more. A key that
   * the issuer removed works for that long.
   *
   * Less than 8 counts as 8: fetches are at least five seconds apart, and a set is renewed in the
   * background after 80 % of its time. With less, tokens would have to wait for the next fetch.
   *
   * @default 600
   */
  jwksTtlSeconds: env("OAUTH_JWKS_TTL", z.number().min(1).max(DAY).default(600), {
    onlyWith: JWTS,
    example: "600",
  }),
  /**
   * How long the last valid key set is used while the issuer is down, in seconds. A key withdrawn
   * during the outage stays valid for that long.
   *
   * @default 86400
   */
  jwksMaxStaleSeconds: env("OAUTH_JWKS_MAX_STALE", seconds(30 * DAY).default(DAY), {
    onlyWith: JWTS,
    example: "3600",
  }),
  /**
   * How long a valid token is cached, in seconds, never past `exp` or longer than
   * `jwksTtlSeconds`. 0 validates every time.
   *
   * @default 300
   */
  cacheSeconds: env("OAUTH_TOKEN_CACHE", seconds(DAY).default(300), {
    text: "How long a validated JWT is cached, in seconds, never past `exp` or longer than OAUTH_JWKS_TTL. 0 validates every time.",
    onlyWith: JWTS,
    example: "60",
  }),
};

/** How the signature of a JWT is verified. */
export interface SignatureOptions extends Input<typeof signatureShape> {}

export const jwtShape = {
  /** JWTs, verified with the keys of their issuer. */
  type: z.literal("jwt"),
  /**
   * Introspection endpoint for tokens of this issuer that are not JWTs. The requirements for claims
   * apply to both kinds of token.
   *
   * @default the top-level `introspection`; in a list, none
   */
  introspection: introspection.optional(),
};
/**
 * Validation of the JWTs of one issuer (RFC 9068).
 *
 * @example
 * ```ts
 * validation: { type: "jwt", issuer: "https://auth.example.com", clockToleranceSeconds: 30 },
 * ```
 */
export interface JwtValidationOptions
  extends Input<typeof jwtShape>, Input<typeof claimShape>, Input<typeof signatureShape> {}
export interface ParsedJwt
  extends Output<typeof jwtShape>, Output<typeof claimShape>, Output<typeof signatureShape> {}
const jwt = z.object({ ...jwtShape, ...claimShape, ...signatureShape }).strict();
/** JWTs of an issuer that `issuers` looked up; the schema has no introspection. */
export type TenantOptions = Omit<JwtValidationOptions, "introspection">;
export const tenantValidation: Schema<TenantOptions, Omit<ParsedJwt, "introspection">> = jwt.omit({
  introspection: true,
});

/** Requirements for claims alone, of an entry with more. */
export const claimRequirements: Schema<ClaimOptions, Output<typeof claimShape>> = z.object(
  claimShape,
);

export const introspectionEntryShape = {
  /** Tokens of any form, introspected at their issuer. */
  type: z.literal("introspection"),
  /** Introspection endpoint of this issuer. @default the top-level `introspection` */
  introspection: introspection.optional(),
  /** Not used: nothing is verified here. Accepted so that `type` can be switched. A line in the log says so. */
  jwksUri: url.optional(),
  /** Not used, like `jwksUri`. */
  algorithms: z.array(algorithm).min(1).readonly().optional(),
};
/**
 * Validation by the issuer's introspection endpoint.
 *
 * @example
 * ```ts
 * validation: { type: "introspection", introspection: { clientId: "mcp-server", clientSecret } },
 * ```
 */
export interface IntrospectionValidationOptions
  extends Input<typeof introspectionEntryShape>, Input<typeof claimShape> {}
export interface ParsedIntrospection
  extends Output<typeof introspectionEntryShape>, Output<typeof claimShape> {}
const introspectionEntry = z.object({ ...introspectionEntryShape, ...claimShape }).strict();

export const hybridShape = {
  /** JWTs that are verified locally and then introspected. */
  type: z.literal("hybrid"),
  /** Introspection endpoint of this issuer. @default the top-level `introspection` */
  introspection: introspection.optional(),
  /**
   * How long a token is still accepted after its last active answer while introspection is down, in
   * seconds. A revoked token works for that much longer; with 0 the answer is 503.
   *
   * @default 0
   */
  continueSeconds: env("OAUTH_INTROSPECTION_CONTINUE", seconds(DAY).default(0), {
    onlyWith: "OAUTH_TOKEN_TYPE=hybrid",
    example: "60",
  }),
};
/**
 * Validation of JWTs locally and, to notice revocation, by the issuer's introspection endpoint.
 *
 * @example
 * ```ts
 * validation: { type: "hybrid", introspection: { clientId: "mcp-server", clientSecret } },
 * ```
 */
export interface HybridValidationOptions
  extends Input<typeof hybridShape>, Input<typeof claimShape>, Input<typeof signatureShape> {}
export interface ParsedHybrid
  extends Output<typeof hybridShape>, Output<typeof claimShape>, Output<typeof signatureShape> {}
const hybrid = z.object({ ...hybridShape, ...claimShape, ...signatureShape }).strict();

export const customShape = {
  /** Opaque tokens that your function looks up. */
  type: z.literal("custom"),
  /**
   * Returns the content of a token, or something falsy for an unknown token.
   *
   * An `OAuthError` that it throws becomes the answer; any other error is an outage (503).
   */
  validate: aFunction<TokenCallback>(),
  /**
   * Accepted audiences: an `audience` in the result must contain one of them. A result without
   * `audience` is not checked.
   *
   * @default `resource`
   */
  audience: z.union([text, texts]).optional(),
  /**
   * How long a valid result is cached, in seconds, never past `expiresAt`. A revoked token works for
   * that long; 0 calls the function every time.
   *
   * @default 0
   */
  cacheSeconds: seconds(DAY).default(0),
  /** How long "no such token" is cached, in seconds; 0 calls the function every time. @default 0 */
  negativeCacheSeconds: seconds(DAY).default(0),
  /** Timeout for the function, in seconds (up to 60). @default 5 */
  timeoutSeconds: timeoutSeconds.default(5),
};
/**
 * Validation of tokens by a function of the application.
 *
 * @example
 * ```ts
 * validation: {
 *   type: "custom",
 *   validate: async (token) => {
 *     const row = await db.tokens.findByHash(sha256(token));
 *     return row && { active: true, subject: row.userId, scopes: row.scopes };
 *   },
 * },
 * ```
 */
export interface CustomValidationOptions extends Input<typeof customShape> {}
export interface ParsedCustom extends Output<typeof customShape> {}

export const staticShape = {
  /** Fixed tokens. */
  type: z.literal("static"),
  /** The content of each token. */
  tokens: env("OAUTH_STATIC_TOKENS", z.record(checkedLater<StaticToken>()), {
    kind: "fixed-secret",
    text: "Tokens for development, each as `client=token`; needs OAUTH_TOKEN_TYPE=static, and stops the server when NODE_ENV is production.",
    example: "developer=dev-token-12345",
  }),
  /**
   * Accept static tokens with NODE_ENV=production too. They do not expire unless you set a time, are
   * not sender-constrained, and are part of the configuration.
   *
   * @default false
   */
  dangerouslyAllowInProduction: z.boolean().default(false),
};
/**
 * Fixed tokens, for development.
 *
 * @example
 * ```ts
 * validation: { type: "static", tokens: { "dev-token": { clientId: "cli", scopes: ["mcp:tools"] } } },
 * ```
 */
export interface StaticValidationOptions extends Input<typeof staticShape> {}
export interface StaticSettings extends Output<typeof staticShape> {}

/** One type of token, and how it is validated. */
export type ValidationOptions =
  | JwtValidationOptions
  | IntrospectionValidationOptions
  | HybridValidationOptions
  | CustomValidationOptions
  | StaticValidationOptions;
/** An entry of `validation` before the defaults from other options are filled in. */
export type ParsedValidation =
  ParsedJwt | ParsedIntrospection | ParsedHybrid | ParsedCustom | StaticSettings;

export const validation: Schema<ValidationOptions, ParsedValidation> = z.discriminatedUnion(
  "type",
  [jwt, introspectionEntry, hybrid, z.object(customShape).strict(), z.object(staticShape).strict()],
);

/** Options for tokens of an issuer, or `undefined` to refuse them. */
type Issuers = (issuer: string) => TenantOptions | undefined | Promise<TenantOptions | undefined>;

export const validationShape = {
  /**
   * How tokens are validated. In a list, a JWT goes to the entry of its issuer, and other tokens go
   * to `static`, then to `introspection` or `custom`.
   *
   * @default JWTs of every authorization server, with keys discovered from its metadata
   */
  validation: oneOrMore(validation).optional(),
  /**
   * The introspection endpoint for entries of `validation` that do not name their own. With a single
   * entry of type `jwt`, or without `validation`: JWTs are validated locally, and other tokens are
   * introspected at the entry's issuer or `authorizationServers[0]`.
   */
  introspection: introspection.optional(),
  /**
   * Looks up issuers that are not known at start: returns how to validate tokens of `issuer`, or
   * `undefined` to refuse them.
   *
   * Results are cached for five minutes. With this and without `validation`,
   * `authorizationServers` is only advertised.
   */
  issuers: aFunction<Issuers>().optional(),
  /**
   * Adds application data to `AccessToken.data`, cached with the token.
   *
   * An `OAuthError` that it throws becomes the answer; any other error is an outage (503).
   */
  enrich: aFunction<Enrich>().optional(),
};
