import { z } from "zod";
import type { AuditSink } from "../core/auth-event.js";
import type { OnError } from "../core/on-error.js";
import { systemClock, type Clock } from "../core/clock.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import { jsonLinesAudit } from "../telemetry/json-lines-audit.js";
import { logAudit } from "./log-audit.js";
import { env, type Input, type Output, type Schema } from "./row.js";
import { scopeOptions } from "./scopes.js";
import { aFunction, headerName, page, seconds, text, texts } from "./values.js";

export const metadataShape = {
  /** `resource_name`: the name that clients show to users. */
  resourceName: env("OAUTH_RESOURCE_NAME", text.optional(), { example: "Example MCP" }),
  /** `resource_documentation`: a page for developers, as a URL or as a path on the resource's origin. */
  documentation: env("OAUTH_DOCUMENTATION_URL", page.optional(), {
    example: "https://example.com/docs",
  }),
  /** `resource_policy_uri`: a page about the privacy policy, as a URL or a path. */
  policyUri: env("OAUTH_POLICY_URL", page.optional(), { example: "https://example.com/privacy" }),
  /** `resource_tos_uri`: a page with the terms of service, as a URL or a path. */
  termsOfServiceUri: env("OAUTH_TERMS_URL", page.optional(), {
    example: "https://example.com/terms",
  }),
  /** More paths at which the same document is served, for example `/.well-known/resource-server`. @default [] */
  aliases: env(
    "OAUTH_METADATA_ALIASES",
    z.array(z.string().startsWith("/")).readonly().default([]),
    {
      text: "More paths at which the metadata document is served.",
      example: "/.well-known/resource-server",
      default: "none",
    },
  ),
  /**
   * Serve the authorization server's metadata at this origin as well, for clients of
   * MCP 2025-03-26.
   *
   * @default true
   */
  mirrorAuthorizationServer: env("OAUTH_MIRROR_METADATA", z.boolean().default(true), {
    example: "false",
  }),
};

/**
 * Members of the protected resource metadata beyond those that clients need (RFC 9728 §2).
 *
 * @example
 * ```ts
 * metadata: { resourceName: "Notes", documentation: "https://docs.example.com/notes" },
 * ```
 */
export interface MetadataOptions extends Input<typeof metadataShape> {}
export interface MetadataSettings extends Output<typeof metadataShape> {}
const metadata: Schema<MetadataOptions, MetadataSettings> = z.object(metadataShape).strict();

export const healthShape = {
  /** Path of the health endpoint. @default "/health/oauth" */
  path: env("OAUTH_HEALTH_PATH", z.string().startsWith("/").default("/health/oauth"), {
    text: "Path of the health endpoint, or `off` for none.",
    example: "/healthz",
  }),
};

/**
 * The health endpoint.
 *
 * @example
 * ```ts
 * health: { path: "/healthz" },
 * ```
 */
export interface HealthOptions extends Input<typeof healthShape> {}
const health: Schema<HealthOptions, Output<typeof healthShape>> = z.object(healthShape).strict();

export const serverShape = {
  /**
   * Check tokens and scopes. With `false`, every client may do everything, without a token: for
   * development without an authorization server.
   *
   * Starts with NODE_ENV=development or NODE_ENV=test only; anywhere else, also without NODE_ENV, set
   * `dangerouslyOmitAuth` too. Each start is logged, and health reports `"authentication": "off"`.
   * No metadata is published, `authorize` and `canUse` are not called, and tools find no access token.
   *
   * @default true
   */
  enabled: env("OAUTH_ENABLED", z.boolean().default(true), {
    // A choice, so that nothing but `false` opens the server.
    kind: "choice",
    choices: ["true", "false"],
    text: "Check tokens and scopes. With `false`, every client may do everything: for development, with NODE_ENV=development or test. Then no variables for tokens, keys and authorization servers are read.",
    example: "true",
    from: (choice: string) => choice !== "false",
  }),
  /**
   * Allow `enabled: false` outside development too: your server is then open to everybody who can
   * reach it.
   *
   * @default false
   */
  dangerouslyOmitAuth: env("OAUTH_DANGEROUSLY_OMIT_AUTH", z.boolean().default(false), {
    example: "false",
  }),
  /**
   * The URL of this server as clients write it, including the path: the audience of its tokens
   * (RFC 8707).
   *
   * Every URL that this server publishes is built from it, never from `Host`.
   */
  resource: env("OAUTH_RESOURCE", z.string().min(1), {
    kind: "url",
    example: "https://mcp.example.com/mcp",
    default: "OAUTH_AUDIENCE, if that is one https URL",
    required: true,
  }),
  /**
   * Authorization: the scopes that every request needs, or a whole policy. The scopes are published
   * and named in challenges.
   *
   * @default any valid token may do everything
   */
  scopes: env(
    "OAUTH_REQUIRED_SCOPES",
    z
      .union([texts.transform((required) => scopeOptions.parse({ required })), scopeOptions])
      .default({}),
    {
      kind: "list",
      text: "Scopes that every request needs.",
      example: "mcp:tools",
      default: "none",
    },
  ),
  /**
   * Prefix of every scope in metadata and challenges; scopes are checked without it.
   *
   * For authorization servers whose clients request `api://app/read` and whose tokens contain `read`.
   * Scopes that are URLs, and those of OpenID Connect, are not changed.
   *
   * @default none
   */
  scopePrefix: env(
    "OAUTH_SCOPE_PREFIX",
    z
      .string()
      .regex(
        /^[\x21\x23-\x5b\x5d-\x7e]*$/,
        "must be the front of a scope, without spaces and quotes",
      )
      .optional(),
    { example: "api://my-app/" },
  ),
  /**
   * Origins of web pages that may call this server, or `"*"`. Must not contradict the `cors` option
   * of a transport.
   *
   * @default what the transport's `cors` option allows; without it, the resource's own origin, and pages on loopback
   */
  allowedOrigins: env("OAUTH_ALLOWED_ORIGINS", z.union([z.literal("*"), texts]).optional(), {
    kind: "list",
    example: "https://app.example.com",
    from: (list: readonly string[]) => (list.length === 1 && list[0] === "*" ? "*" : list),
  }),
  /**
   * Send CORS headers. With `false`, pages of other origins cannot use this server, unless a proxy in
   * front of it adds the headers.
   *
   * `Origin` is checked in either case: to a proxy's pages `allowedOrigins` applies. The answers of
   * `embedded` keep their headers.
   *
   * @default true
   */
  cors: env("OAUTH_CORS", z.boolean().default(true), { example: "false" }),
  /** Additional members of the protected resource metadata (RFC 9728). */
  metadata: metadata.default({}),
  /** Header that carries the access token. @default "Authorization" */
  headerName: env("OAUTH_HEADER_NAME", headerName.default("Authorization"), {
    example: "Authorization",
  }),
  /**
   * Let tools read the raw token, for example for a token exchange.
   *
   * A token passed on to another service can be replayed there.
   *
   * @default false
   */
  exposeToken: z.boolean().default(false),
  /** Largest request body, in bytes. Larger bodies get 413. Anonymous requests may send at most 64 KiB. @default the transport's `maxMessageSize`, or 4 MiB */
  maxBodyBytes: env("OAUTH_MAX_BODY_BYTES", z.number().int().min(1).optional(), {
    kind: "bytes",
    example: "4194304",
    default: "the transport's limit, or 4194304",
    max: 1024 ** 3,
  }),
  /**
   * How long an SSE stream waits for a fresh token after the newest token of its session has
   * expired, in seconds (0–3600).
   *
   * Clients refresh only after a 401, which they get in this time; meanwhile the stream is silent.
   * With 0, or a time shorter than a refresh takes, the session is lost at every expiry.
   *
   * @default 10
   */
  streamRenewalSeconds: env("OAUTH_STREAM_RENEWAL", seconds(3_600).default(10), { example: "30" }),
  /**
   * Whether to check the authorization servers' metadata at start: log problems, refuse to start,
   * or skip the check.
   *
   * @default "warn"
   */
  verifyAtStart: env("OAUTH_VERIFY_AT_START", z.enum(["warn", "fail", "off"]).default("warn"), {
    example: "warn",
  }),
  /**
   * How a single tool call without the required token or scope is refused: by HTTP status and
   * challenge, or by a tool result with the challenge in `_meta["mcp/www_authenticate"]`.
   *
   * Use "result" for hosts that read the tool result and not the status. All other refusals, and all
   * refusals on SSE, use HTTP.
   *
   * @default "http"
   */
  toolChallenges: env("OAUTH_TOOL_CHALLENGES", z.enum(["http", "result"]).default("http"), {
    example: "result",
  }),
  /**
   * Adds to the body of each refusal the reason, what it means and what to do: for development.
   *
   * The reason helps an attacker to make a better token. With
   * NODE_ENV=production the provider is not built; each start is logged.
   *
   * @default reasons are in the log and in events only
   */
  exposeReasons: env("OAUTH_EXPOSE_REASONS", z.enum(["development"]).optional(), {
    example: "development",
  }),
};

/** Values of `OAUTH_AUDIT`, and the sink of each. */
const AUDITS: Readonly<Record<string, () => AuditSink>> = {
  refusals: () => logAudit(),
  all: () => logAudit({ allowed: true }),
  json: () => jsonLinesAudit(process.stdout),
};
const sink = aFunction<AuditSink>();

export const operationsShape = {
  /**
   * The health endpoint: `GET` answers 200, or 503 while no token can be validated. `false` switches
   * it off.
   */
  health: z.union([z.literal(false), health]).default({}),
  /**
   * Receives every authorization decision; an array fans out to several sinks. See also `logAudit`
   * and `jsonLinesAudit`.
   *
   * @default `logAudit()`: one line per refusal in the framework's log
   */
  audit: env(
    "OAUTH_AUDIT",
    z.union([sink, z.array(sink).readonly()]).default(() => logAudit()),
    {
      kind: "choice",
      choices: Object.keys(AUDITS),
      text: "Decisions to log: `refusals` only, `all`, or `json` for all of them as JSON lines on standard output.",
      example: "json",
      default: "refusals",
      from: (choice: string) => AUDITS[choice]?.(),
    },
  ),
  /**
   * Receives each error thrown by your functions (`validate`, `enrich`, `authorize`, `issuers`, a
   * secret's function) or caused by a bug in this package, without the request's credentials.
   *
   * The log has at most one line per source and minute in any case.
   *
   * @default the log only
   */
  onError: aFunction<OnError>().optional(),
  /** Clock, in seconds since the epoch. @default the system clock */
  clock: aFunction<Clock>().default(() => systemClock),
  /**
   * Fetch implementation for all outbound requests.
   *
   * @default a guarded fetch: https only, no private addresses except `allowPrivateAddresses`, with limits
   */
  fetch: aFunction<OutboundFetch>().optional(),
};
