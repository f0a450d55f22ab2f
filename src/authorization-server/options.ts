import type { ErrorCode } from "../core/error-codes/error-codes.js";
import type { JWK } from "jose";
import { ConfigurationError } from "../core/errors.js";
import type { OnError } from "../core/on-error.js";
import type { AsymmetricAlgorithm } from "../core/algorithms.js";
import { isLoopbackHost } from "../core/loopback.js";
import type { AuthorizationServerStorage } from "./storage/storage-keys.js";
import type { ReuseEvent } from "./grants/reuse-event.js";
import { parseAbsoluteUrl } from "../core/parse-absolute-url.js";

/** Signature algorithms for access tokens. */
export type TokenAlgorithm = Exclude<AsymmetricAlgorithm, "Ed25519">;

/** One protected resource (an MCP server) for which tokens are issued. */
export interface ProtectedResource {
  /**
   * Resource identifier (RFC 8707), exactly as the MCP server publishes it; it
   * becomes the `aud` of the tokens. For an origin without a path the form
   * with and without the slash are both accepted in requests.
   */
  readonly resource: string;
  /** Shown on the consent page. @default the identifier */
  readonly name?: string;
  /**
   * Scope and what it lets a client do, in words for the consent page.
   * A request without `scope` asks for all of them.
   * @default one scope, `mcp:access`
   */
  readonly scopes?: Readonly<Record<string, string>>;
  /**
   * `jwt`: RFC 9068 access tokens (`at+jwt`). `opaque`: random strings, to be
   * introspected (RFC 7662) with {@link ProtectedResource.introspection}.
   * @default "jwt"
   */
  readonly tokenFormat?: "jwt" | "opaque";
  /** Algorithm for `jwt` tokens; there must be a key for it. @default the first key's */
  readonly tokenAlgorithm?: TokenAlgorithm;
  /** Lifetime of an access token, in seconds. @default `ttlSeconds.access` */
  readonly accessTokenTtlSeconds?: number;
  /**
   * With what the resource authenticates at the introspection endpoint
   * (client_secret_basic or client_secret_post). It may look at the tokens
   * issued for it, and at no others.
   */
  readonly introspection?: { readonly clientId: string; readonly clientSecret: string };
}

/** Somebody who can sign in. */
export interface Account {
  /** Becomes `sub`, and is the user name at sign-in. */
  readonly id: string;
  /**
   * At sign-in compared in constant time. An account without a password is
   * picked with one click, which is for development only.
   */
  readonly password?: string;
  readonly name?: string;
  /** Works as user name too. */
  readonly email?: string;
  /** Added to access tokens, introspection answers and ID tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What a program is asked to approve in place of a person. */
export interface ApprovalRequest {
  readonly clientId: string;
  readonly clientName?: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
}

/** Options of {@link createAuthorizationServer}. */
export interface AuthorizationServerOptions {
  /**
   * Issuer identifier: https, or http on a loopback host. May have a path.
   * With port 0 the system chooses one at once (`http://127.0.0.1:0`).
   */
  readonly issuer: string;
  /** At least one. */
  readonly resources: readonly ProtectedResource[];
  /** At least one. */
  readonly accounts: readonly Account[];
  /**
   * For whom a token is when a request names no `resource`.
   * @default the only resource; with several, such a request is refused
   */
  readonly defaultResource?: string;
  /**
   * Private keys (JWK: RSA, EC or Ed25519) that sign tokens; the first one is
   * the default. Without them tokens do not survive a restart.
   * @default one RSA, one EC and one Ed25519 key, generated at start
   */
  readonly keys?: readonly JWK[];
  /**
   * For tests and demos: the flow runs through without a person. `true` signs
   * in the first account; a function returns an account id, or `undefined` to
   * deny. Requests that another site starts in a browser are never approved
   * this way: they see the pages.
   * @default off
   */
  readonly autoApprove?: true | ((request: ApprovalRequest) => string | undefined);
  /**
   * Allows `autoApprove` and accounts without a password although NODE_ENV is
   * `production`: anybody who reaches the server then gets tokens.
   * @default false
   */
  readonly dangerouslyAllowDevelopmentLogin?: boolean;
  /**
   * Accept https URLs as client ids and fetch the metadata document found
   * there (OAuth Client ID Metadata Document). Private addresses are refused.
   * @default true
   */
  readonly clientIdMetadataDocuments?: boolean;
  /**
   * Fetches client metadata documents. A replacement must itself keep away
   * from private addresses.
   * @default the fetch of Node.js, which oidc-provider keeps from special-use addresses
   */
  readonly fetch?: typeof fetch;
  /**
   * Where clients, consents, sessions and refresh tokens are kept: `sqliteStorage`,
   * `postgresStorage` or `redisStorage`. Signing keys are not among them yet: pass `keys`.
   * @default `memoryStorage()`: a restart forgets them
   */
  readonly storage?: AuthorizationServerStorage;
  /**
   * Lifetimes, in seconds.
   */
  readonly ttlSeconds?: {
    /** Of an access token for a resource that has no `accessTokenTtlSeconds`. @default 900 */
    readonly access?: number;
    /** Of a refresh token, which ends the sign-in of an idle client. @default 2592000 (30 days) */
    readonly refresh?: number;
    /** Of an authorization code, 1 to 1800. @default 60 */
    readonly code?: number;
    /** Of the sign-in at this server, in the browser. @default 86400 (one day) */
    readonly session?: number;
  };
  /**
   * What `ttlSeconds.refresh` counts from: `sliding` from the last refresh, so that a client
   * in use stays signed in; `absolute` from the sign-in.
   * @default "sliding"
   */
  readonly refreshExpiry?: "sliding" | "absolute";
  /**
   * For how long a refresh token that was used gives the same answer again, in seconds, 0 to
   * 300: for a client that lost the answer, or several processes that refresh at once.
   *
   * A thief who uses a stolen token within this time is noticed one refresh later. 0 is strict:
   * every second use ends the sign-in.
   * @default 30
   */
  readonly refreshReplaySeconds?: number;
  /**
   * Hears of a refresh token or code that was used again: a sign of theft. Everything from the
   * same consent has been revoked.
   */
  readonly onReuse?: (event: ReuseEvent) => void;
  /**
   * Hears of failures inside the server, which clients see as `server_error`.
   * @default console.error
   */
  readonly onError?: OnError;
}

/** A resource with everything filled in. */
export interface ResolvedResource extends ProtectedResource {
  readonly name: string;
  readonly scopes: Readonly<Record<string, string>>;
  readonly tokenFormat: "jwt" | "opaque";
  readonly accessTokenTtlSeconds: number;
}

/** Lifetimes with everything filled in. */
export interface ResolvedTtls {
  readonly access: number;
  readonly refresh: number;
  readonly code: number;
  readonly session: number;
  readonly refreshExpiry: "sliding" | "absolute";
}

const DEFAULT_SCOPES = { "mcp:access": "Use this MCP server" };
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** Scopes that OpenID Connect gives a meaning of its own. */
export const IDENTITY_SCOPES: Readonly<Record<string, string>> = {
  openid: "Know who you are",
  profile: "See your name",
  email: "See your e-mail address",
  offline_access: "Stay connected while you are away",
};
/** Claims that say something about the token; an account must not overwrite them. */
const TOKEN_CLAIMS = new Set(
  "iss sub aud exp iat nbf jti scope client_id azp cnf active auth_time sid token_type typ".split(
    " ",
  ),
);

function fail(code: ErrorCode, message: string): never {
  throw new ConfigurationError(code, message);
}

/** @throws ConfigurationError */
export function validateIssuer(issuer: string): URL {
  const url = parseAbsoluteUrl(issuer);
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[?#]/.test(issuer)) {
    fail("ERR_OAUTH_ISSUER", "issuer must be an https URL without query and fragment.");
  }
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    fail("ERR_OAUTH_HTTP_ISSUER", "issuer must use https; http is accepted for localhost only.");
  }
  return url;
}

const DAY = 86_400;

export function resolveTtls({
  ttlSeconds,
  refreshExpiry,
}: AuthorizationServerOptions): ResolvedTtls {
  return {
    access: 900,
    refresh: 30 * DAY,
    code: 60,
    session: DAY,
    ...ttlSeconds,
    refreshExpiry: refreshExpiry ?? "sliding",
  };
}

/** @throws ConfigurationError */
export function validateResources(
  resources: readonly ProtectedResource[],
  accessTtlSeconds = 900,
): readonly ResolvedResource[] {
  if (resources.length === 0) {
    fail("ERR_OAUTH_RESOURCES", "resources must name at least one MCP server.");
  }
  const seen = new Set<string>();
  return resources.map((entry, index) => {
    const at = `resources[${index}]`;
    const url = parseAbsoluteUrl(entry.resource);
    if (url === undefined || entry.resource.includes("#")) {
      fail(
        "ERR_OAUTH_RESOURCES",
        `${at}.resource must be an absolute URL without fragment (RFC 8707).`,
      );
    }
    if (seen.has(url.href)) {
      fail("ERR_OAUTH_RESOURCES", `${at}.resource is listed twice.`);
    }
    seen.add(url.href);
    const scopes = entry.scopes ?? DEFAULT_SCOPES;
    const names = Object.keys(scopes);
    if (names.length === 0) {
      fail("ERR_OAUTH_RESOURCES", `${at}.scopes is empty; leave it out for the default scope.`);
    }
    for (const scope of names) {
      if (!SCOPE_TOKEN.test(scope) || Object.hasOwn(IDENTITY_SCOPES, scope)) {
        fail(
          "ERR_OAUTH_RESOURCES",
          `${at}.scopes has a name that is not a scope token or belongs to OpenID Connect.`,
        );
      }
    }
    const ttl = entry.accessTokenTtlSeconds ?? accessTtlSeconds;
    if (!Number.isSafeInteger(ttl) || ttl <= 0) {
      fail(
        "ERR_OAUTH_RESOURCES",
        `${at}.accessTokenTtlSeconds must be a positive number of seconds.`,
      );
    }
    return {
      ...entry,
      name: entry.name ?? entry.resource,
      scopes,
      tokenFormat: entry.tokenFormat ?? "jwt",
      accessTokenTtlSeconds: ttl,
    };
  });
}

/** @throws ConfigurationError */
export function validateAccounts(options: AuthorizationServerOptions, nodeEnv?: string): void {
  const { accounts } = options;
  if (accounts.length === 0) {
    fail("ERR_OAUTH_ACCOUNTS", "accounts must name at least one person who can sign in.");
  }
  if (new Set(accounts.map(({ id }) => id)).size !== accounts.length) {
    fail("ERR_OAUTH_ACCOUNTS", "accounts must have different ids.");
  }
  accounts.forEach((account, index) => {
    if (account.id === "" || account.password === "") {
      fail("ERR_OAUTH_ACCOUNTS", `accounts[${index}] must not have an empty id or password.`);
    }
    const reserved = Object.keys(account.claims ?? {}).find((name) => TOKEN_CLAIMS.has(name));
    if (reserved !== undefined) {
      fail("ERR_OAUTH_ACCOUNTS", `accounts[${index}].claims must not set ${reserved}.`);
    }
  });
  if (nodeEnv !== "production" || options.dangerouslyAllowDevelopmentLogin === true) return;
  if (options.autoApprove !== undefined) {
    fail(
      "ERR_OAUTH_DEVELOPMENT_LOGIN",
      "autoApprove is for tests and demos: remove it in production (NODE_ENV=production).",
    );
  }
  const open = accounts.findIndex(({ password }) => password === undefined);
  if (open >= 0) {
    fail(
      "ERR_OAUTH_DEVELOPMENT_LOGIN",
      `accounts[${open}] has no password, which is for development only: give it one.`,
    );
  }
}
