import { ConfigurationError } from "../../core/errors.js";
import { memoryStorage } from "./memory-storage.js";
import { postgresStorage } from "./postgres-storage.js";
import { redisStorage } from "./redis-storage.js";
import { sqliteStorage } from "./sqlite-storage.js";
import type { AuthorizationServerStorage, StorageKey } from "./storage-keys.js";

/**
 * The storage at `url`: `memory`, `sqlite:` with a path, or a `postgres:`,
 * `postgresql:`, `redis:` or `rediss:` URL. Opens nothing.
 *
 * @throws ConfigurationError without the URL, which may contain a password
 */
export function storageFromUrl(
  url: string,
  keys: readonly StorageKey[],
): AuthorizationServerStorage {
  if (url === "memory") return memoryStorage();
  const [, scheme = "", rest = ""] = /^([a-z]+):(.+)$/is.exec(url) ?? [];
  switch (scheme.toLowerCase()) {
    case "sqlite":
      return sqliteStorage(rest.replace(/^\/\/(?=\/)/, ""), { keys });
    case "postgres":
    case "postgresql":
      return postgresStorage(url, { keys });
    case "redis":
    case "rediss":
      return redisStorage(url, { keys });
    default:
      throw new ConfigurationError(
        "ERR_OAUTH_STORAGE_URL",
        "The storage must be memory, sqlite: with a path (sqlite:./auth.db), or a postgres:, redis: or rediss: URL.",
      );
  }
}
