import { sha256 } from "../core/hashes.js";
import { ConfigurationError } from "../core/errors.js";
import { parseAbsoluteUrl } from "../core/parse-absolute-url.js";
import { namespaceOf, StoreFullError, wholeSeconds, type Store } from "./store.js";

/**
 * What this package needs of a Redis client: `Redis` and `Cluster` of ioredis 5
 * have it. It stays a description so that ioredis is no dependency of types.
 */
export interface RedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  /** ioredis' connection status, for example `ready` or `reconnecting`. */
  readonly status?: string;
  /** Cluster clients cannot read keys of several slots with one MGET. */
  readonly isCluster?: boolean;
}

/** How a {@link RedisStore} names its keys, and how long it waits. */
export interface RedisStoreOptions {
  /**
   * In front of every key; keeps installations that share a Redis apart.
   * Processes that shall share state need the same one.
   * @default "mcp-oauth:"
   */
  readonly prefix?: string;
  /**
   * How long one operation may take, in milliseconds, before it counts as failed.
   * A longer time makes requests hang longer while Redis is in trouble.
   * @default 1000
   */
  readonly commandTimeoutMs?: number;
  /**
   * Operations that may wait for an answer at once. More are refused straight
   * away, so that a Redis that hangs fills no queue of ours.
   * @default 10000
   */
  readonly maxPending?: number;
  /**
   * Let the process end although the connection, of a URL, is open. For a
   * server, which its own port keeps running. @default false
   */
  readonly unref?: boolean;
}

/**
 * Redis did not do what was asked. `code` is the client's or the server's error
 * code, or `timeout`, `disconnected`, `overloaded`. Has no cause: ioredis' errors
 * carry the whole command, keys and values included.
 */
export class RedisStoreError extends Error {
  constructor(
    readonly command: string,
    readonly code: string,
  ) {
    super(`Redis ${command} failed: ${code}`);
    this.name = "RedisStoreError";
  }
}

/** Count and expiry in one step: a crash between the two would leave a count that never ends. */
const INCREMENT = `local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count`;

/** States in which ioredis would queue a command for a connection that was lost. */
const LOST = new Set(["close", "reconnecting", "end", "disconnecting"]);

/**
 * A {@link Store} in Redis (6.2 or later, or a compatible server), shared by
 * every process that uses the same server and prefix. Keys are written as
 * `prefix + namespace + ":" + SHA-256 of the key`; values as they are given
 * (wrap the store in a `SealedStore` to encrypt them).
 *
 * Each method is one round trip and rejects with {@link RedisStoreError} within
 * `commandTimeoutMs`, at once while the connection is down, and with
 * {@link StoreFullError} when Redis is out of memory and evicts nothing. After a
 * timeout the command may still have taken effect.
 *
 * What is lost when Redis **evicts** (`maxmemory-policy` other than
 * `noeviction`), **restarts** without persistence, or **fails over** before the
 * replica had the write (replication is asynchronous):
 * cached answers, harmlessly (fetched again); session and task owners (their
 * clients start again); counts (limits begin anew); a replay marker (that one
 * proof can be used once more until its window ends); a revocation (the token
 * works again until it expires). Where the last two matter, run Redis with
 * `noeviction` and `appendonly yes`, apart from other applications' caches.
 */
export class RedisStore implements Store {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #maxPending: number;
  readonly #close: () => Promise<void>;
  #pending = 0;

  /**
   * @param close ends a connection this store owns; an application's own client stays its own.
   * @throws ConfigurationError
   */
  constructor(
    client: RedisClient,
    options: RedisStoreOptions = {},
    close: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.#client = client;
    this.#prefix = options.prefix ?? "mcp-oauth:";
    this.#timeoutMs = positiveInteger("commandTimeoutMs", options.commandTimeoutMs ?? 1_000);
    this.#maxPending = positiveInteger("maxPending", options.maxPending ?? 10_000);
    this.#close = close;
  }

  /** `GET`. A lost entry reads like one that never was. */
  async get(key: string): Promise<string | undefined> {
    return text(await this.#send("GET", this.#keyFor(key)));
  }

  /** `MGET`; in a cluster one `GET` for each key, all sent before any answer is awaited. */
  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    if (this.#client.isCluster) return Promise.all(keys.map((key) => this.get(key)));
    const values = await this.#send("MGET", ...keys.map((key) => this.#keyFor(key)));
    if (!Array.isArray(values)) throw new RedisStoreError("MGET", "unexpected_reply");
    return values.map(text);
  }

  /** `SET EX`. Of two concurrent calls the last one to arrive stays. */
  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    const ttl = String(wholeSeconds(ttlSeconds));
    await this.#send("SET", this.#keyFor(key), value, "EX", ttl);
  }

  /**
   * `SET NX EX`: atomic across all processes. After a timeout it is not known
   * whether the key was added; trying again may then answer `false`.
   */
  async add(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    const ttl = String(wholeSeconds(ttlSeconds));
    return (await this.#send("SET", this.#keyFor(key), value, "EX", ttl, "NX")) === "OK";
  }

  /** `INCR` and `EXPIRE` in one script. After a timeout the call may have been counted. */
  async increment(key: string, ttlSeconds: number): Promise<number> {
    const ttl = String(wholeSeconds(ttlSeconds));
    const count = Number(await this.#send("EVAL", INCREMENT, "1", this.#keyFor(key), ttl));
    if (!Number.isSafeInteger(count)) throw new RedisStoreError("EVAL", "unexpected_reply");
    return count;
  }

  /** `DEL`. */
  async delete(key: string): Promise<void> {
    await this.#send("DEL", this.#keyFor(key));
  }

  /** Ends the connection if this store opened it; an application closes its own client itself. */
  async close(): Promise<void> {
    await this.#close();
  }

  #keyFor(key: string): string {
    // Hashed: keys stay short, and a listing of Redis names no user, session or token.
    const hash = sha256(key);
    return `${this.#prefix}${namespaceOf(key)}:${hash}`;
  }

  /** `async`: what a client throws at once must be counted as over, too. */
  async #call(command: string, args: readonly string[]): Promise<unknown> {
    return this.#client.call(command, ...args);
  }

  async #send(command: string, ...args: string[]): Promise<unknown> {
    // ioredis would queue the command until the connection is back; the request cannot wait.
    if (LOST.has(this.#client.status ?? "ready"))
      throw new RedisStoreError(command, "disconnected");
    if (this.#pending >= this.#maxPending) throw new RedisStoreError(command, "overloaded");
    this.#pending++;
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = this.#call(command, args).finally(() => this.#pending--);
      const timeout = new Promise<never>((_, reject) => {
        const expire = () => reject(new RedisStoreError(command, "timeout"));
        // After a busy moment of this process the answer may lie in the socket, unread:
        // timers come first in a turn, so look at the sockets once more.
        timer = setTimeout(() => setImmediate(expire), this.#timeoutMs);
        timer.unref();
      });
      return await Promise.race([answer, timeout]);
    } catch (error) {
      throw readableError(command, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Keeps the code of an error and drops the rest, in which commands and addresses may stand. */
function readableError(command: string, error: unknown): Error {
  if (error instanceof RedisStoreError) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  // Server errors begin with a word in capitals: OOM, READONLY, LOADING, NOAUTH.
  const word = typeof message === "string" ? /^[A-Z]{2,20}(?= )/.exec(message)?.[0] : undefined;
  if (word === "OOM") return new StoreFullError("Redis is out of memory");
  return new RedisStoreError(command, typeof code === "string" ? code : (word ?? "failed"));
}

function positiveInteger(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0 && value <= 0x7fffffff) return value;
  throw new ConfigurationError(
    "ERR_OAUTH_REDIS_OPTION",
    `${name} of the Redis store must be a whole number above zero.`,
  );
}

/**
 * A {@link RedisStore} over the application's own ioredis client, or over a
 * `redis:`/`rediss:` URL. With a URL, ioredis is loaded and the store owns the
 * connection: call `close()` when done, as an open connection keeps the process
 * running. Give `rediss:` and a password wherever Redis is not on this machine:
 * whoever can write to it can undo revocations.
 *
 * Resolves even when Redis does not answer yet; its methods reject until it does.
 *
 * @throws ConfigurationError when the URL cannot be used or ioredis is not installed
 */
export async function createRedisStore(
  urlOrClient: string | URL | RedisClient,
  options: RedisStoreOptions = {},
): Promise<RedisStore> {
  if (typeof urlOrClient !== "string" && !(urlOrClient instanceof URL)) {
    if (typeof (urlOrClient as Partial<RedisClient> | undefined)?.call !== "function") {
      throw new ConfigurationError(
        "ERR_OAUTH_REDIS_CLIENT",
        "createRedisStore needs a redis: or rediss: URL, or an ioredis client.",
      );
    }
    return new RedisStore(urlOrClient, options);
  }
  const url = parseRedisUrl(urlOrClient);
  const timeoutMs = positiveInteger("commandTimeoutMs", options.commandTimeoutMs ?? 1_000);
  const { Redis } = await loadClient();
  const client = new Redis(url, {
    lazyConnect: true,
    // While the connection is down a command must fail, not wait in a queue.
    enableOfflineQueue: false,
    // A resent SET NX would find its own first attempt and report a replay that was none.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    disconnectTimeout: timeoutMs,
    // A connection on which nothing comes back is dead: end it, and with it what waits there.
    socketTimeout: 2 * timeoutMs,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  });
  if (options.unref === true) client.on("connect", () => client.stream.unref());
  // Each command already reports its failure; without a listener ioredis prints to stderr.
  client.on("error", () => undefined);
  const connected = client.connect().catch(() => undefined);
  const store = new RedisStore(client, options, () => {
    client.disconnect();
    return Promise.resolve();
  });
  await connected;
  return store;
}

/** @throws ConfigurationError, which does not repeat the URL */
export function parseRedisUrl(value: string | URL): string {
  const url = parseAbsoluteUrl(String(value));
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    // The value is not repeated: it may hold a password.
    throw new ConfigurationError(
      "ERR_OAUTH_REDIS_URL",
      "The Redis URL must look like redis://host:6379 or rediss://user:password@host:6379.",
    );
  }
  return url.href;
}

async function loadClient() {
  try {
    return await import("ioredis");
  } catch (cause) {
    throw new ConfigurationError(
      "ERR_OAUTH_REDIS_CLIENT_MISSING",
      "A Redis URL needs the ioredis package: npm install ioredis, or pass a client of your own.",
      { cause },
    );
  }
}
