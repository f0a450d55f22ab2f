import { createRequire } from "node:module";
import { ConfigurationError } from "../core/errors.js";
import { parseRedisUrl } from "./redis-commands.js";
import { createRedisStore, type RedisStore } from "./redis-store.js";
import type { Store } from "./store.js";

/**
 * A {@link RedisStore} at a URL, for configuration that is read without waiting:
 * it connects when it is first used. Whether Redis answers shows then, as 503.
 * Its connection does not keep a process running that was asked to end.
 */
export class RedisOnUse implements Store {
  readonly #url: string;
  #store: Promise<RedisStore> | undefined;

  /**
   * @param resolve finds ioredis, like `require.resolve`
   * @throws ConfigurationError when the URL cannot be used or ioredis is not installed
   */
  constructor(
    url: string,
    resolve: (name: string) => string = (name) => createRequire(import.meta.url).resolve(name),
  ) {
    this.#url = parseRedisUrl(url);
    try {
      resolve("ioredis");
    } catch (cause) {
      throw new ConfigurationError(
        "ERR_OAUTH_REDIS_CLIENT_MISSING",
        "A Redis URL needs the ioredis package: npm install ioredis.",
        { cause },
      );
    }
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#connected()).get(key);
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return (await this.#connected()).getMany(keys);
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    return (await this.#connected()).set(key, value, ttlSeconds);
  }

  async add(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    return (await this.#connected()).add(key, value, ttlSeconds);
  }

  async increment(key: string, ttlSeconds: number, by?: number): Promise<number> {
    return (await this.#connected()).increment(key, ttlSeconds, by);
  }

  async delete(key: string): Promise<void> {
    return (await this.#connected()).delete(key);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await (await this.#store)?.close();
  }

  #connected(): Promise<RedisStore> {
    return (this.#store ??= createRedisStore(this.#url, { unref: true }));
  }
}
