import { systemClock, type Clock } from "../../core/clock.js";
import { ConfigurationError } from "../../core/errors.js";
import { causeWithoutMessage } from "../../core/safe-cause.js";
import {
  createRedisClient,
  parseRedisUrl,
  RedisCommands,
  RedisStoreError,
  type RedisClient,
} from "../../stores/redis-commands.js";
import { COMMIT, COUNT, FIND_BY, GET, LIST, REMOVE_EXPIRED } from "./redis-scripts.js";
import type { AuthorizationServerStorage, StorageKey } from "./storage-keys.js";
import {
  StorageUnavailableError,
  type RecordPage,
  type StorageChange,
  type StorageEngine,
  type StorageIndex,
  type StoredRecord,
} from "./storage.js";

/** Options of {@link redisStorage}. */
export interface RedisStorageOptions {
  /** Encrypts the payloads; see {@link StorageKey}. */
  readonly keys: readonly StorageKey[];
  /**
   * Prefix of every key; separates installations that share a Redis.
   * @default "mcp-oauth:"
   */
  readonly prefix?: string;
  /** Timeout of one operation, in seconds; when it is reached, the request gets 503. @default 2 */
  readonly timeoutSeconds?: number;
}

/**
 * Storage in Redis (6.2 or later, or a compatible server), shared by all
 * processes that use the same server and prefix. Every change is one Lua script,
 * and all keys share one hash tag, so that a cluster keeps them on one node.
 *
 * It is as durable as Redis: without `appendonly yes`, a restart of Redis signs
 * all users out; with `appendfsync everysec`, a crash loses up to a second. An
 * eviction policy of `allkeys-*` is a start-up error.
 *
 * @param clientOrUrl an ioredis client, which you close yourself, or a `redis:` or `rediss:` URL
 *
 * @example
 * redisStorage(new Redis(process.env.REDIS_URL), {
 *   keys: [{ id: "2026-11", secret: process.env.AUTH_DB_KEY }],
 * });
 */
export function redisStorage(
  clientOrUrl: RedisClient | string,
  { keys, ...options }: RedisStorageOptions,
): AuthorizationServerStorage {
  return { engine: new RedisStorageEngine(clientOrUrl, options), keys };
}

const SCHEMA = 1;
const MAX_PENDING = 10_000;

interface Connection {
  readonly commands: RedisCommands;
  close(): void;
}

/** The engine without its keys. */
export class RedisStorageEngine implements StorageEngine {
  readonly #connect: () => Promise<Connection>;
  /** Prefix of every key. The braces are the hash tag. */
  readonly #base: string;
  readonly #clock: Clock;
  #connection: Promise<Connection> | undefined;

  /** @throws ConfigurationError */
  constructor(
    clientOrUrl: RedisClient | string,
    options: {
      readonly prefix?: string;
      readonly timeoutSeconds?: number;
      readonly clock?: Clock;
    } = {},
  ) {
    const { prefix = "mcp-oauth:", timeoutSeconds = 2, clock = systemClock } = options;
    const target = typeof clientOrUrl === "string" ? parseRedisUrl(clientOrUrl) : clientOrUrl;
    this.#connect = () => connect(target, timeoutSeconds * 1_000);
    this.#base = `{${prefix}authorization-server}`;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    this.#connection ??= this.#connect();
    try {
      await this.#refuseEviction();
      const key = `${this.#base}:schema`;
      await this.#send("open", "SET", key, String(SCHEMA), "NX");
      const version = Number(await this.#send("open", "GET", key));
      if (version > SCHEMA) {
        throw new ConfigurationError(
          "ERR_OAUTH_STORAGE_SCHEMA",
          `The storage has schema version ${version}, written by a newer version of this package; this version supports up to ${SCHEMA}. Install the newer version.`,
        );
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async get(kind: string, id: string): Promise<StoredRecord | undefined> {
    const found = await this.#run("get", GET, kind, id);
    return records(found)[0];
  }

  async findBy(index: StorageIndex, value: string): Promise<readonly StoredRecord[]> {
    return records(await this.#run("findBy", FIND_BY, index, value));
  }

  async list(kind: string, limit: number, after = ""): Promise<RecordPage> {
    const found = records(await this.#run("list", LIST, kind, String(limit + 1), after));
    const page = found.slice(0, limit);
    return { records: page, next: found.length > limit ? page.at(-1)?.id : undefined };
  }

  async commit(changes: readonly StorageChange[]): Promise<boolean> {
    if (changes.length === 0) return true;
    const steps = changes.map((change) => {
      // Serialized: Lua cannot distinguish an empty object from an empty array.
      if ("put" in change) return { put: withIndexText(change.put) };
      return "add" in change ? { add: withIndexText(change.add) } : change;
    });
    return (await this.#run("commit", COMMIT, JSON.stringify(steps))) === 1;
  }

  async removeExpired(limit: number): Promise<number> {
    return Number(await this.#run("removeExpired", REMOVE_EXPIRED, String(limit)));
  }

  async count(): Promise<Readonly<Record<string, number>>> {
    const pairs = (await this.#run("count", COUNT)) as [string, number][];
    return Object.fromEntries(pairs);
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    (await connection?.catch(() => undefined))?.close();
  }

  async #refuseEviction(): Promise<void> {
    // An ACL may forbid INFO; the policy is then not checked.
    const info = await this.#send("open", "INFO", "memory").catch(
      (error: StorageUnavailableError) => {
        if ((error.cause as Partial<RedisStoreError>).code === "NOPERM") return "";
        throw error;
      },
    );
    const policy = /maxmemory_policy:(\S+)/.exec(String(info))?.[1] ?? "";
    if (!policy.startsWith("allkeys")) return;
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_EVICTS",
      `Redis may evict any key when its memory is full (maxmemory-policy ${policy}): clients and refresh tokens would be lost. Set maxmemory-policy noeviction.`,
    );
  }

  async #run(operation: keyof StorageEngine, script: string, ...args: string[]): Promise<unknown> {
    const now = String(Math.floor(this.#clock()));
    return this.#send(operation, "EVAL", script, "1", this.#base, now, ...args);
  }

  async #send(operation: keyof StorageEngine, ...command: [string, ...string[]]): Promise<unknown> {
    try {
      if (this.#connection === undefined) throw new Error("The storage is not open");
      return await (await this.#connection).commands.send(...command);
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      // A RedisStoreError contains only a command and a code; other errors may quote values.
      const cause = error instanceof RedisStoreError ? error : causeWithoutMessage(error);
      throw new StorageUnavailableError(operation, { cause });
    }
  }
}

async function connect(target: RedisClient | string, timeoutMs: number): Promise<Connection> {
  if (typeof target !== "string") {
    return { commands: new RedisCommands(target, timeoutMs, MAX_PENDING), close: () => undefined };
  }
  const client = await createRedisClient(target, timeoutMs, true);
  // The first command reports that Redis is unreachable.
  await client.connect().catch(() => undefined);
  return {
    commands: new RedisCommands(client, timeoutMs, MAX_PENDING),
    close: () => client.disconnect(),
  };
}

function withIndexText({ indexes, ...record }: StoredRecord) {
  return { ...record, indexes: JSON.stringify(indexes) };
}

type Row = readonly [string, string, string, string, string, string, string];

function records(rows: unknown): readonly StoredRecord[] {
  return (rows as readonly Row[]).map(
    ([kind, id, payload, indexes, createdAt, consumedAt, expiresAt]) => ({
      kind,
      id,
      payload,
      indexes: JSON.parse(indexes) as StoredRecord["indexes"],
      createdAt: Number(createdAt),
      consumedAt: consumedAt === "" ? undefined : Number(consumedAt),
      expiresAt: expiresAt === "" ? undefined : Number(expiresAt),
    }),
  );
}
