import type { OnError } from "../core/on-error.js";
import type { AuditSink } from "../core/auth-event.js";
import type { Clock } from "../core/clock.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import type { ScopeOptions } from "../policy/scope-options.js";
import type { ApiKeyGroup } from "./api-keys.js";
import type { HealthGroup, LimitsGroup, NetworkGroup } from "./operations.js";
import type { SenderGroup } from "./sender.js";
import type { ValidationGroup } from "./validation.js";

/** What clients may read and show of this server, beside what they need (RFC 9728 §2). */
export interface MetadataOptions {
  /** `resource_name`: shown to users. */
  resourceName?: string;
  /** `resource_documentation`: a page for developers. */
  documentation?: string;
  /** `resource_policy_uri`. */
  policyUri?: string;
  /** `resource_tos_uri`. */
  termsOfServiceUri?: string;
  /** More paths at which the same document is served, for example `/.well-known/resource-server`. */
  aliases?: readonly string[];
  /**
   * Serve the authorization server's metadata at this origin as well, for
   * clients of MCP 2025-03-26. @default true
   */
  mirrorAuthorizationServer?: boolean;
}

/** Options of {@link OAuthAuthProvider}. */
export interface OAuthAuthProviderOptions
  extends ValidationGroup, ApiKeyGroup, NetworkGroup, LimitsGroup, HealthGroup, SenderGroup {
  /**
   * The URL that clients use to reach this server, as they write it, path
   * included. It is the audience that tokens must be issued for (RFC 8707),
   * and every URL this server publishes is built from it, never from `Host`.
   */
  resource: string;
  /**
   * Issuers of the authorization servers whose tokens are accepted, exactly as
   * their metadata spells them. Clients use the first one. May be empty only
   * with `authMode: "api_key"`.
   */
  authorizationServers: readonly string[];
  /**
   * Who may do what: the scopes that every request needs, or a whole policy.
   * Published, and put into challenges. @default any valid token may do everything
   */
  scopes?: readonly string[] | ScopeOptions;
  /**
   * Put before every scope that is published or stands in a challenge, and not
   * before those that are checked: for authorization servers whose clients ask
   * for `api://app/read` and whose tokens say `read`. Scopes that are URLs, and
   * those of OpenID Connect, stay as they are. @default none
   */
  scopePrefix?: string;
  /** Header that carries the credential. @default "Authorization" */
  headerName?: string;
  /** Let tools see the raw token, to exchange it. A token handed on to another service can be replayed there. @default false */
  exposeToken?: boolean;
  /**
   * Origins of pages that may use this server from a browser, or `"*"`.
   * @default the resource's own origin and pages on the user's own machine
   */
  allowedOrigins?: readonly string[] | "*";
  /**
   * How long an SSE stream waits for a fresh token after the newest token of its
   * session is no longer accepted, in seconds (0–3600). Clients refresh only after
   * a 401, which they get in this time; the stream stays silent until then. With 0,
   * or a time shorter than a refresh takes, the session is lost at every expiry.
   * @default 10
   */
  streamRenewalSeconds?: number;
  /** Largest JSON-RPC body, in bytes; anonymous requests may send 64 KiB at most. @default the transport's `maxMessageSize`, or 4 MiB */
  maxBodyBytes?: number;
  /**
   * Whether to check the authorization servers' metadata at start: say what is
   * amiss in the log, refuse to start, or do nothing. @default "warn"
   */
  verifyAtStart?: "warn" | "fail" | "off";
  /**
   * How a single tool call is refused for want of a token or a scope: by HTTP
   * status and challenge, or by a tool result with the challenge in
   * `_meta["mcp/www_authenticate"]`, for hosts that look there and not at the
   * status. Everything else, and everything on SSE, is refused by HTTP.
   * @default "http"
   */
  toolChallenges?: "http" | "result";
  metadata?: MetadataOptions;
  /**
   * Takes every decision, or several that do. See also `logAudit` and
   * `jsonLinesAudit`. @default `logAudit()`: refusals, one line each, in the framework's log
   */
  audit?: AuditSink | readonly AuditSink[];
  /**
   * Receives each error that a function of yours throws (`validate`, `enrich`,
   * `authorize`, `issuers`, a secret's function) or that is a fault of this package,
   * scrubbed of the request's credentials. The log has one line for each source and
   * minute all the same. @default the log alone
   */
  onError?: OnError;
  /** @default the machine's clock */
  clock?: Clock;
  /** The way out of the process. @default a guarded fetch: https, no private addresses but `allowPrivateAddresses`, bounded */
  fetch?: OutboundFetch;
}
