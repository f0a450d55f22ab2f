import type { ErrorCode } from "../core/error-codes/error-codes.js";
import type { JWK } from "jose";
import { ConfigurationError } from "../core/errors.js";
import type { OnError } from "../core/on-error.js";
import { isProduction } from "../core/production.js";
import type { AsymmetricAlgorithm } from "../core/algorithms.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import type { ClientOptions } from "./clients/client-options.js";
import type { TrafficOptions } from "./http/limited-listener.js";
import type { AuthorizationServerStorage } from "./storage/storage-keys.js";
import type { Account } from "./people/accounts/account.js";
import { isAccountList, type AccountSource } from "./people/accounts/account-source.js";
import type { OrganizationsFunction } from "./people/accounts/organizations.js";
import { TOKEN_CLAIMS, type ClaimsFunction } from "./people/claims/claims-function.js";
import type { AuthenticateFunction } from "./people/sign-in/own-login.js";
import type { PageOptions } from "./people/pages/pages.js";
import type { ReuseEvent } from "./grants/reuse-event.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";

/** Signature algorithms for access tokens. */
export type TokenAlgorithm = Exclude<AsymmetricAlgorithm, "Ed25519">;

/** One protected resource (an MCP server) for which tokens are issued. */
export interface ProtectedResource {
  /**
   * Resource identifier (RFC 8707), exactly as the MCP server publishes it. It
   * becomes the `aud` of the tokens. For an origin without a path, requests may
   * use it with or without the trailing slash.
   */
  readonly resource: string;
  /** Shown on the consent page. @default the identifier */
  readonly name?: string;
  /**
   * Scopes, each with its description on the consent page. A request without
   * `scope` requests all of them.
   * @default one scope, `mcp:access`
   */
  readonly scopes?: Readonly<Record<string, string>>;
  /**
   * `jwt`: RFC 9068 access tokens (`at+jwt`). `opaque`: random strings that the
   * resource introspects (RFC 7662) with {@link ProtectedResource.introspection}.
   * @default "jwt"
   */
  readonly tokenFormat?: "jwt" | "opaque";
  /** Signature algorithm of `jwt` tokens; `keys` must contain a key for it. @default that of the first key */
  readonly tokenAlgorithm?: TokenAlgorithm;
  /** Lifetime of an access token, in seconds. @default `ttlSeconds.access` */
  readonly accessTokenTtlSeconds?: number;
  /**
   * Credentials of the resource at the introspection endpoint
   * (client_secret_basic or client_secret_post). It can introspect only tokens
   * whose audience it is.
   */
  readonly introspection?: { readonly clientId: string; readonly clientSecret: string };
}

/** An authorization request that `autoApprove` decides in place of a user. */
export interface ApprovalRequest {
  readonly clientId: string;
  readonly clientName?: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
}

/** Options of {@link createAuthorizationServer}. */
export interface AuthorizationServerOptions extends TrafficOptions {
  /**
   * Issuer identifier: https, or http on a loopback host. May have a path.
   * With port 0 (`http://127.0.0.1:0`), the system chooses a free port at creation.
   */
  readonly issuer: string;
  /** The MCP servers that tokens are issued for; at least one. */
  readonly resources: readonly ProtectedResource[];
  /** The accounts that can sign in: a list, `accountsFile(path)`, or functions of your application. */
  readonly accounts: readonly Account[] | AccountSource;
  /**
   * Your application's own sign-in, instead of the sign-in page. Returns the account of the
   * application's session, or where to sign in. Called at every authorization request, so that a
   * sign-out or another user is noticed.
   */
  readonly authenticate?: AuthenticateFunction;
  /**
   * Organizations of an account. The user chooses one on the consent page; it becomes the claim
   * `org_id`. Called again for every token: a consent for an organization that the account has left
   * gives no more tokens.
   */
  readonly organizations?: OrganizationsFunction;
  /**
   * More claims for access tokens, ID tokens, introspection and userinfo. Called for every token.
   * If it fails, the client gets 503 and keeps its refresh token.
   */
  readonly claims?: ClaimsFunction;
  /**
   * The audience of a token when the request has no `resource` parameter.
   * @default the only resource; with several resources, such requests are refused
   */
  readonly defaultResource?: string;
  /**
   * Private keys (JWK: RSA, EC or Ed25519) that sign tokens; the first one is the default. You
   * then rotate them yourself: add a new key at the end, an hour later move it to the front, and
   * remove the old key when its last token has expired.
   * @default one RSA, one EC and one Ed25519 key, generated once and kept in `storage`
   */
  readonly keys?: readonly JWK[];
  /**
   * Age at which the generated signing keys and cookie keys are replaced, in days, up to ten
   * years. A new key is published an hour before it signs; an old one verifies until everything
   * it signed has expired. With 0, only `rotateKeys()` replaces them.
   * @default 90
   */
  readonly keyRotationDays?: number;
  /**
   * For tests and demos: approves authorization requests without a user. `true`
   * signs in the first account. A function returns an account id, or `undefined`
   * to deny. Requests that another site starts in a browser are never approved
   * automatically: they get the login and consent pages.
   * @default off
   */
  readonly autoApprove?: true | ((request: ApprovalRequest) => string | undefined);
  /**
   * Allows `autoApprove` and accounts without a password when NODE_ENV is
   * `production`. Every client that can reach the server then gets tokens.
   * @default false
   */
  readonly dangerouslyAllowDevelopmentLogin?: boolean;
  /**
   * Accepts https URLs as client ids and fetches the metadata document there
   * (OAuth Client ID Metadata Document). Private addresses are refused.
   * @default true
   */
  readonly clientIdMetadataDocuments?: boolean;
  /** Which clients are accepted, and how they register. */
  readonly clients?: ClientOptions;
  /**
   * Fetch implementation for the metadata documents and key sets of clients. Your
   * own must refuse private addresses itself.
   * @default a fetch that refuses private addresses and ignores proxy variables
   */
  readonly fetch?: typeof fetch;
  /**
   * Storage of clients, consents, sessions, refresh tokens and the generated keys:
   * `sqliteStorage`, `postgresStorage` or `redisStorage`.
   * @default `memoryStorage()` with a warning: a restart loses them. In production, memory is a
   *   start-up error.
   */
  readonly storage?: AuthorizationServerStorage;
  /** Lifetimes, in whole seconds from 1 to ten years. */
  readonly ttlSeconds?: {
    /** Access tokens of resources without `accessTokenTtlSeconds`. @default 900 */
    readonly access?: number;
    /** Refresh tokens: a client that is idle for longer must sign in again. @default 2592000 (30 days) */
    readonly refresh?: number;
    /** Authorization codes, 1–1800. @default 60 */
    readonly code?: number;
    /** The browser's session at the authorization server. @default 86400 (one day) */
    readonly session?: number;
  };
  /**
   * When `ttlSeconds.refresh` starts: `sliding` at the last refresh, so that an active client
   * stays signed in; `absolute` at the sign-in.
   * @default "sliding"
   */
  readonly refreshExpiry?: "sliding" | "absolute";
  /**
   * How long a used refresh token returns the same response again, in seconds, 0–300. It helps
   * a client that lost the response, and client processes that refresh concurrently.
   *
   * If a thief uses a stolen token within this time, the theft is detected one refresh later.
   * With 0, every reuse revokes the sign-in.
   * @default 30
   */
  readonly refreshReplaySeconds?: number;
  /**
   * How long a user can have a consent remembered, in seconds, 0–31536000. With 0, the consent
   * page is shown every time.
   *
   * A remembered consent ends earlier with the browser's session. It is never used for an
   * application on the user's device, for a request that another site started, or for another
   * redirect host, resource or scope.
   * @default 2592000 (30 days)
   */
  readonly rememberConsentSeconds?: number;
  /** Theme, language, texts and replacements of the pages. */
  readonly pages?: PageOptions;
  /**
   * Called when a refresh token or authorization code is reused, which is a sign of theft. All
   * tokens of the same consent are revoked, even if this function throws. Its errors go to `onError`.
   */
  readonly onReuse?: (event: ReuseEvent) => void;
  /**
   * Called with internal errors, which clients see as `server_error`. Errors that it throws are
   * ignored.
   * @default console.error
   */
  readonly onError?: OnError;
}

/** A resource with its defaults filled in. */
export interface ResolvedResource extends ProtectedResource {
  readonly name: string;
  readonly scopes: Readonly<Record<string, string>>;
  readonly tokenFormat: "jwt" | "opaque";
  readonly accessTokenTtlSeconds: number;
}

const DEFAULT_SCOPES = { "mcp:access": "Use this MCP server" };
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** Scopes defined by OpenID Connect. */
export const IDENTITY_SCOPES: Readonly<Record<string, string>> = {
  openid: "Know who you are",
  profile: "See your name",
  email: "See your e-mail address",
  offline_access: "Stay connected while you are away",
};

function fail(code: ErrorCode, message: string): never {
  throw new ConfigurationError(code, message);
}

/** @throws ConfigurationError */
export function validateIssuer(issuer: string): URL {
  const url = parseAbsoluteUrl(issuer);
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[?#]/.test(issuer)) {
    fail("ERR_OAUTH_ISSUER", "issuer must be an https URL without a query or fragment.");
  }
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    fail("ERR_OAUTH_HTTP_ISSUER", "issuer must use https; http is accepted for localhost only.");
  }
  return url;
}

/** @throws ConfigurationError */
export function validateResources(
  resources: readonly ProtectedResource[],
  accessTtlSeconds: number,
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
        `${at}.resource must be an absolute URL without a fragment (RFC 8707).`,
      );
    }
    if (seen.has(url.href)) {
      fail("ERR_OAUTH_RESOURCES", `${at}.resource is listed twice.`);
    }
    seen.add(url.href);
    const scopes = entry.scopes ?? DEFAULT_SCOPES;
    const names = Object.keys(scopes);
    if (names.length === 0) {
      fail(
        "ERR_OAUTH_RESOURCES",
        `${at}.scopes is empty. Add a scope, or omit the option for the default scope.`,
      );
    }
    for (const scope of names) {
      if (!SCOPE_TOKEN.test(scope) || Object.hasOwn(IDENTITY_SCOPES, scope)) {
        fail(
          "ERR_OAUTH_RESOURCES",
          `${at}.scopes contains a name that is not a valid scope token or is reserved by OpenID Connect.`,
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
export function validateAccounts(options: AuthorizationServerOptions): void {
  const { accounts } = options;
  if (isAccountList(accounts)) validateList(accounts);
  else if (
    options.authenticate === undefined &&
    (accounts.findByLogin === undefined || accounts.verify === undefined)
  ) {
    fail(
      "ERR_OAUTH_ACCOUNTS",
      "accounts needs the functions findByLogin and verify. Add them, or set authenticate.",
    );
  }
  if (!isProduction() || options.dangerouslyAllowDevelopmentLogin === true) return;
  if (options.autoApprove !== undefined) {
    fail(
      "ERR_OAUTH_DEVELOPMENT_LOGIN",
      "autoApprove is for tests and demos. Remove it in production (NODE_ENV=production).",
    );
  }
  if (!isAccountList(accounts) || options.authenticate !== undefined) return;
  const open = accounts.findIndex(({ password }) => password === undefined);
  if (open >= 0) {
    fail(
      "ERR_OAUTH_DEVELOPMENT_LOGIN",
      `accounts[${open}] has no password, which is allowed only in development. Set a password.`,
    );
  }
}

function validateList(accounts: readonly Account[]): void {
  if (accounts.length === 0) {
    fail("ERR_OAUTH_ACCOUNTS", "accounts must contain at least one account.");
  }
  if (new Set(accounts.map(({ id }) => id)).size !== accounts.length) {
    fail("ERR_OAUTH_ACCOUNTS", "accounts must have different ids.");
  }
  accounts.forEach((account, index) => {
    if (account.id === "" || account.password === "") {
      fail("ERR_OAUTH_ACCOUNTS", `accounts[${index}] must not have an empty id or password.`);
    }
    // Without this check, everyone could sign in as this account with one click.
    if ("password" in account && account.password === undefined) {
      fail(
        "ERR_OAUTH_ACCOUNTS",
        `accounts[${index}].password is present but undefined; an environment variable is probably not set.`,
      );
    }
    const reserved = Object.keys(account.claims ?? {}).find((name) => TOKEN_CLAIMS.has(name));
    if (reserved !== undefined) {
      fail("ERR_OAUTH_ACCOUNTS", `accounts[${index}].claims must not set ${reserved}.`);
    }
  });
}
