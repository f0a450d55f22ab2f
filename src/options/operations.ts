/** Options that say how the server stands in its network. */
export interface NetworkGroup {
  /**
   * Proxies in front of this server: CIDR ranges, addresses, or `loopback`,
   * `private`, `linkLocal`. `Forwarded` and `X-Forwarded-*` are believed from
   * these only; anybody else can write them. Each of these proxies must set or
   * remove those headers itself. @default none
   */
  trustedProxies?: readonly string[];
  /**
   * Refuse tokens that come over plain HTTP, except from this machine.
   * @default true when NODE_ENV is "production"
   */
  requireHttps?: boolean;
  /**
   * Private addresses that this server may call to reach its authorization
   * servers: `true` for all of private networks, or CIDR ranges and host names.
   * Each one allowed is one that a document of an authorization server can make
   * this process call. Link-local addresses and metadata services of clouds
   * stay refused; `localhost` needs no mention. @default false
   */
  allowPrivateAddresses?: boolean | readonly string[];
}

/** How many requests of one client address are answered as usual. */
export interface RateLimitOptions {
  /**
   * Bad credentials in one window; further ones are answered 429. Missing and
   * expired ones do not count, and good ones are never refused for it. @default 10
   */
  failures?: number;
  /** Requests for public documents in one window. @default 600 */
  metadata?: number;
  /** Length of the window, in seconds. @default 60 */
  windowSeconds?: number;
  /**
   * Refuse good tokens as well from an address with too many failures. Saves
   * what validating a flood costs, and lets anybody behind a shared address
   * lock out the others there. @default false
   */
  limitGoodTokens?: boolean;
}

/** How many MCP sessions stay open on one transport. */
export interface SessionOptions {
  /**
   * Sessions of one user (issuer and subject) over all of the user's clients, or
   * of one client that acts for itself, or of anonymous clients at one address.
   * One more ends the user's session that was idle for longest; when none is
   * idle, the answer is 429. @default 100
   */
  maxPerUser?: number;
  /**
   * Sessions altogether. Anonymous ones fill at most half of it. When it is full,
   * the user with the most sessions makes room. @default 10000
   */
  max?: number;
  /**
   * How long a session stays without a request or an open stream, in seconds.
   * Its client is answered 404 afterwards and starts anew. @default 3600
   */
  idleSeconds?: number;
}

/** Limits for MCP tasks, which mcp-framework keeps in one table of `tasks.maxTasks` (100) places. */
export interface TaskOptions {
  /**
   * Tasks of one user over all of the user's clients; anonymous clients count as
   * one user. One more ends the user's oldest finished task; when none has
   * finished, the call fails. @default 20
   */
  maxPerUser?: number;
  /** Longest life of a task that a client may ask for, in seconds. @default 3600 */
  maxTtlSeconds?: number;
}

/** Options that bound what clients can take. */
export interface LimitsGroup {
  /**
   * Limits per client address (IPv6: per /64). Behind a proxy set
   * `trustedProxies`, or all clients count as one. `false` switches them off.
   */
  rateLimit?: RateLimitOptions | false;
  /** Limits for sessions, which mcp-framework never ends by itself. */
  sessions?: SessionOptions;
  /** Limits for tasks. */
  tasks?: TaskOptions;
}

/** Options that say what the server tells of itself. */
export interface HealthGroup {
  /**
   * Where `GET` says whether tokens can be judged: 200, or 503 when none could.
   * `false` for nowhere. @default { path: "/health/oauth" }
   */
  health?: { path?: string } | false;
}
