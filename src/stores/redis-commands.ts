import { ConfigurationError } from "../core/errors.js";
import { parseAbsoluteUrl } from "../core/urls/parse-absolute-url.js";
import { StoreFullError } from "./store.js";

/**
 * The part of a Redis client that this package uses; `Redis` and `Cluster` of ioredis 5
 * fit. Declared here so that the types do not depend on ioredis.
 */
export interface RedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
  /** ioredis' connection status, for example `ready` or `reconnecting`. */
  readonly status?: string;
  /** Cluster clients cannot read keys of several slots with one MGET. */
  readonly isCluster?: boolean;
}

/**
 * A Redis command failed. `code` is the client's or the server's error
 * code, or `timeout`, `disconnected`, `overloaded`. Has no cause: ioredis' errors
 * contain the whole command, including keys and values.
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

/** States in which ioredis would queue a command for a connection that was lost. */
const LOST = new Set(["close", "reconnecting", "end", "disconnecting"]);

/** Sends commands with a timeout. */
export class RedisCommands {
  readonly #client: RedisClient;
  readonly #timeoutMs: number;
  readonly #maxPending: number;
  #pending = 0;

  /** @param maxPending maximum concurrent commands; further ones are rejected immediately */
  constructor(client: RedisClient, timeoutMs: number, maxPending: number) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#maxPending = maxPending;
  }

  /** `async`, so that a synchronous throw of the client is also counted as finished. */
  async #call(command: string, args: readonly string[]): Promise<unknown> {
    return this.#client.call(command, ...args);
  }

  /** @throws RedisStoreError, StoreFullError */
  async send(command: string, ...args: string[]): Promise<unknown> {
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
        // After a busy moment of this process, the response may be unread in the socket:
        // timers run before I/O, so read the sockets once more.
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

/** Keeps the code of an error and drops the rest, which may contain commands and addresses. */
function readableError(command: string, error: unknown): Error {
  if (error instanceof RedisStoreError) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  // Server errors begin with a word in capitals: OOM, READONLY, LOADING, NOAUTH.
  const word = typeof message === "string" ? /^[A-Z]{2,20}(?= )/.exec(message)?.[0] : undefined;
  if (word === "OOM") return new StoreFullError("Redis is out of memory");
  return new RedisStoreError(command, typeof code === "string" ? code : (word ?? "failed"));
}

/** A client that this package opens and closes. */
export interface OwnRedisClient extends RedisClient {
  connect(): Promise<void>;
  disconnect(): void;
}

/**
 * An ioredis client for `url`, not connected yet. Its commands fail instead of
 * waiting in a queue while the connection is down.
 *
 * @param unref let the process end although the connection is open
 * @throws ConfigurationError if ioredis is not installed
 */
export async function createRedisClient(
  url: string,
  timeoutMs: number,
  unref = false,
): Promise<OwnRedisClient> {
  const { Redis } = await loadClient();
  const client = new Redis(url, {
    lazyConnect: true,
    // While the connection is down a command must fail, not wait in a queue.
    enableOfflineQueue: false,
    // A resent SET NX would find its own first attempt and wrongly report a replay.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: timeoutMs,
    disconnectTimeout: timeoutMs,
    // Close a connection that does not respond, and reject the commands that wait on it.
    socketTimeout: 2 * timeoutMs,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  });
  if (unref) client.on("connect", () => client.stream.unref());
  // Each command already reports its failure; without a listener ioredis prints to stderr.
  client.on("error", () => undefined);
  return client;
}

/** @throws ConfigurationError, which does not repeat the URL */
export function parseRedisUrl(value: string | URL): string {
  const url = parseAbsoluteUrl(String(value));
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    // Do not repeat the value: it may contain a password.
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
