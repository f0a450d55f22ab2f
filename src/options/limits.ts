import { z } from "zod";
import { isProduction } from "../core/production.js";
import { parseAddressRanges } from "../net/client-address.js";
import { env, type Input, type Output, type Schema } from "./row.js";
import { count, DAY, text, texts, wholeSeconds } from "./values.js";

const addressRanges = texts.refine(
  (entries) => parseAddressRanges(entries) !== undefined,
  'must list addresses, CIDR ranges ("10.0.0.0/8"), or "loopback", "private", "linkLocal"',
);

const LOOPBACK_HTTP_PARTS = ["issuer", "jwks", "introspection", "resource"] as const;
/** Values of `dangerouslyAllowLoopbackHttp`. */
export type LoopbackHttpPart = (typeof LOOPBACK_HTTP_PARTS)[number];

export const networkShape = {
  /**
   * Proxies in front of this server whose `Forwarded` and `X-Forwarded-*` headers are trusted:
   * addresses, CIDR ranges, `loopback`, `private` or `linkLocal`. They must set or remove those
   * headers themselves.
   *
   * From any other peer these headers are ignored, because any client can send them.
   *
   * @default none
   */
  trustedProxies: env("OAUTH_TRUSTED_PROXIES", addressRanges.optional(), {
    example: "10.0.0.0/8",
  }),
  /** Refuse tokens and requests for metadata over plain HTTP, except from loopback. @default true when NODE_ENV is "production" */
  requireHttps: env("OAUTH_REQUIRE_HTTPS", z.boolean().default(isProduction), {
    example: "true",
    default: "true when NODE_ENV is production",
  }),
  /**
   * Accept plain http on loopback for the issuer, its key set, introspection or the resource:
   * `true` for all, or a list of `"issuer"`, `"jwks"`, `"introspection"` and `"resource"`.
   *
   * For sidecars. Any other process that takes over the port can serve keys or receive tokens.
   * Loopback endpoints in the metadata of an accepted issuer are accepted with it.
   *
   * @default true when NODE_ENV is not "production"
   */
  dangerouslyAllowLoopbackHttp: env(
    "OAUTH_DANGEROUSLY_ALLOW_LOOPBACK_HTTP",
    z
      .union([z.boolean(), z.array(z.enum(LOOPBACK_HTTP_PARTS)).readonly()])
      .default(() => !isProduction()),
    {
      kind: "list",
      choices: [...LOOPBACK_HTTP_PARTS, "true", "false"],
      example: "issuer",
      default: "true when NODE_ENV is not production",
      from: (list: readonly string[]) =>
        list.length === 1 && /^(?:true|false)$/.test(list[0] ?? "") ? list[0] === "true" : list,
    },
  ),
  /**
   * Private addresses that this server may call to reach its authorization servers: `true` for all
   * private networks, or CIDR ranges and host names.
   *
   * A document from an authorization server can make this process call any address allowed here.
   * Link-local addresses and cloud metadata services are always refused; `localhost` is always
   * allowed.
   *
   * @default false
   */
  allowPrivateAddresses: env(
    "OAUTH_ALLOW_PRIVATE_ADDRESSES",
    z.union([z.boolean(), texts]).optional(),
    {
      kind: "list",
      example: "idp.internal",
      default: "only this machine",
      from: (list: readonly string[]) => (list.length === 1 && list[0] === "true" ? true : list),
    },
  ),
};

export const rateLimitShape = {
  /**
   * Failures per address and window, 1 or more. A failed credential counts if evaluating it costs
   * another server something (introspection, `issuers`, your own functions) or if it can be guessed
   * (API keys, static tokens).
   *
   * Not counted: missing and expired credentials, credentials that were accepted before, outages,
   * and JWTs that known keys can verify. Beyond the limit, about one new credential of the address
   * is evaluated each second; the others get 429 with `Retry-After`. An invalid credential that is
   * evaluated always gets 401.
   *
   * @default 10
   */
  failures: count.default(10),
  /** Requests for public documents per client address and window before 429. @default 600 */
  metadata: env("OAUTH_RATE_LIMIT_METADATA", count.default(600), { example: "600" }),
  /**
   * Accepted messages of one user and window, over all clients and sessions of the user, before 429;
   * each message of a batch counts, and a request without a body counts as one. A client that acts
   * for itself counts as a user; anonymous clients count per address.
   *
   * Requests that are refused anyway do not count and keep their 401 or 403. Processes with a shared
   * `store` count together; while the store is unavailable, each process counts for itself.
   *
   * @default no limit
   */
  perPrincipal: env("OAUTH_RATE_LIMIT_PER_PRINCIPAL", count.optional(), { example: "600" }),
  /**
   * Accepted calls of a tool by one user and window before 429: one number for each tool, or numbers
   * by the names of tools. Each call in a batch counts.
   *
   * @default no limit
   */
  perTool: env("OAUTH_RATE_LIMIT_PER_TOOL", z.union([count, z.record(text, count)]).optional(), {
    kind: "count",
    text: "Accepted calls of each tool by one user and window before 429.",
    example: "60",
  }),
  /** Length of the window of all these limits, in seconds. @default 60 */
  windowSeconds: env("OAUTH_RATE_LIMIT_WINDOW", wholeSeconds(DAY).default(60), {
    text: "Length of the window of all OAUTH_RATE_LIMIT variables, in seconds.",
    example: "60",
  }),
};

/**
 * Limits per client address, and per user.
 *
 * @example
 * ```ts
 * rateLimit: { failures: 5, perPrincipal: 600, perTool: { "export-report": 5 }, windowSeconds: 60 },
 * ```
 */
export interface RateLimitOptions extends Input<typeof rateLimitShape> {}
export interface RateLimitSettings extends Output<typeof rateLimitShape> {}
const rateLimit: Schema<RateLimitOptions, RateLimitSettings> = z.object(rateLimitShape).strict();

export const sessionsShape = {
  /**
   * Open sessions of one user (issuer and subject) over all clients, of one client that acts for
   * itself, or of anonymous clients at one address. At the limit, the owner's session that has been
   * idle for longest is evicted; if none is idle, the answer is 429.
   *
   * @default 100
   */
  maxPerUser: env("OAUTH_SESSIONS_PER_USER", count.default(100), { example: "100" }),
  /**
   * Open sessions in total. Anonymous sessions use at most half of them. At the limit, a session of
   * the user with the most sessions is evicted.
   *
   * @default 10000
   */
  max: env("OAUTH_SESSIONS_MAX", count.default(10_000), { example: "10000" }),
  /**
   * How long a session stays without a request or an open stream, in seconds. Afterwards its client
   * gets 404 and must initialize again.
   *
   * @default 3600
   */
  idleSeconds: env(
    "OAUTH_SESSION_IDLE",
    z
      .number()
      .min(1)
      .max(30 * DAY)
      .default(3_600),
    { example: "3600" },
  ),
};

/**
 * Limits for the MCP sessions of one transport.
 *
 * @example
 * ```ts
 * sessions: { max: 5_000, maxPerUser: 20, idleSeconds: 600 },
 * ```
 */
export interface SessionOptions extends Input<typeof sessionsShape> {}
export interface SessionSettings extends Output<typeof sessionsShape> {}
const sessions: Schema<SessionOptions, SessionSettings> = z.object(sessionsShape).strict();

export const tasksShape = {
  /**
   * Tasks of one user over all clients; anonymous clients count as one user. At the limit, the
   * user's oldest finished task is evicted; if none has finished, the call fails.
   *
   * @default 20
   */
  maxPerUser: env("OAUTH_TASKS_PER_USER", count.default(20), { example: "20" }),
  /** Longest lifetime of a task that a client may request, in seconds. @default 3600 */
  maxTtlSeconds: env(
    "OAUTH_TASK_MAX_TTL",
    z
      .number()
      .min(1)
      .max(30 * DAY)
      .default(3_600),
    { example: "3600" },
  ),
};

/**
 * Limits for MCP tasks, which mcp-framework keeps in one table of `tasks.maxTasks` (100) entries.
 *
 * @example
 * ```ts
 * tasks: { maxPerUser: 5, maxTtlSeconds: 600 },
 * ```
 */
export interface TaskOptions extends Input<typeof tasksShape> {}
export interface TaskSettings extends Output<typeof tasksShape> {}
const tasks: Schema<TaskOptions, TaskSettings> = z.object(tasksShape).strict();

export const limitsShape = {
  /**
   * Limits per client address (IPv6: per /64), and on request per user. `false` switches them off.
   *
   * Behind a proxy set `trustedProxies`; otherwise all clients count as one.
   */
  rateLimit: env("OAUTH_RATE_LIMIT", z.union([z.literal(false), rateLimit]).default({}), {
    kind: "limit",
    text: "Failed credentials per client address and window, if evaluating them costs calls or if they can be guessed. Beyond the limit, credentials are evaluated slowly or get 429. `off` for no limits.",
    example: "10",
    default: "10",
    from: (failures: number | "off") => (failures === "off" ? false : { failures }),
  }),
  /** Limits for sessions, which mcp-framework itself never ends. */
  sessions: sessions.default({}),
  /** Limits for tasks. */
  tasks: tasks.default({}),
};
