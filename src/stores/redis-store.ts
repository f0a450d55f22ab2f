import { sha256 } from "../core/hashes.js";
import { ConfigurationError } from "../core/errors.js";
import {
  createRedisClient,
  parseRedisUrl,
  RedisCommands,
  RedisStoreError,
  type RedisClient,
} from "./redis-commands.js";
import { namespaceOf, wholeSeconds, type Store } from "./store.js";

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
   * Maximum number of pending operations. More are refused immediately, so that a
   * hanging Redis does not fill a queue here.
   * @default 10000
   */
  readonly maxPending?: number;
  /**
   * Let the process end although the connection, of a URL, is open. For a
   * server, which its own port keeps running. @default false
   */
  readonly unref?: boolean;
}

/** Count and expiry in one step: a crash between the two would leave a count that never ends. */
const INCREMENT = `local count = redis.call('INCRBY', KEYS[1], ARGV[2])
if count == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count`;

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
  readonly #commands: RedisCommands;
  readonly #prefix: string;
  readonly #close: () => Promise<void>;

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
    const timeoutMs = positiveInteger("commandTimeoutMs", options.commandTimeoutMs ?? 1_000);
    const maxPending = positiveInteger("maxPending", options.maxPending ?? 10_000);
    this.#commands = new RedisCommands(client, timeoutMs, maxPending);
    this.#close = close;
  }

  /** `GET`. A lost entry reads like one that never was. */
  async get(key: string): Promise<string | undefined> {
    return text(await this.#commands.send("GET", this.#keyFor(key)));
  }

  /** `MGET`; in a cluster one `GET` for each key, all sent before any answer is awaited. */
  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    if (this.#client.isCluster) return Promise.all(keys.map((key) => this.get(key)));
    const values = await this.#commands.send("MGET", ...keys.map((key) => this.#keyFor(key)));
    if (!Array.isArray(values)) throw new RedisStoreError("MGET", "unexpected_reply");
    return values.map(text);
  }

  /** `SET EX`. Of two concurrent calls the last one to arrive stays. */
  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    const ttl = String(wholeSeconds(ttlSeconds));
    await this.#commands.send("SET", this.#keyFor(key), value, "EX", ttl);
  }

  /**
   * `SET NX EX`: atomic across all processes. After a timeout it is not known
   * whether the key was added; trying again may then answer `false`.
   */
  async add(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    const ttl = String(wholeSeconds(ttlSeconds));
    return (await this.#commands.send("SET", this.#keyFor(key), value, "EX", ttl, "NX")) === "OK";
  }

  /** `INCRBY` and `EXPIRE` in one script. After a timeout the call may have been counted. */
  async increment(key: string, ttlSeconds: number, by = 1): Promise<number> {
    const args = [this.#keyFor(key), String(wholeSeconds(ttlSeconds)), String(by)];
    const count = Number(await this.#commands.send("EVAL", INCREMENT, "1", ...args));
    if (!Number.isSafeInteger(count)) throw new RedisStoreError("EVAL", "unexpected_reply");
    return count;
  }

  /** `DEL`. */
  async delete(key: string): Promise<void> {
    await this.#commands.send("DEL", this.#keyFor(key));
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
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
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
 * running. Use `rediss:` and a password if Redis is not on this machine:
 * write access can undo revocations.
 *
 * Resolves even when Redis does not answer yet; its methods reject until it does.
 *
 * @example
 * ```ts
 * import { OAuthAuthProvider } from "mcp-framework-oauth";
 * import { createRedisStore } from "mcp-framework-oauth/redis";
 *
 * const provider = new OAuthAuthProvider({
 *   resource: "https://mcp.example.com/mcp",
 *   authorizationServers: ["https://auth.example.com"],
 *   store: await createRedisStore("rediss://:password@redis.internal:6379"),
 * });
 * ```
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
  const client = await createRedisClient(url, timeoutMs, options.unref);
  const connected = client.connect().catch(() => undefined);
  const store = new RedisStore(client, options, () => {
    client.disconnect();
    return Promise.resolve();
  });
  await connected;
  return store;
}
