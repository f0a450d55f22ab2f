import { ConfigurationError } from "../../core/errors.js";
import { isProduction } from "../../core/production.js";
import { memoryStorage, MemoryStorageEngine } from "./memory-storage.js";
import type { AuthorizationServerStorage } from "./storage-keys.js";

const CURE =
  "Set storage to sqliteStorage(path, { keys }), postgresStorage(pool, { keys }) or " +
  "redisStorage(client, { keys }), or set OAUTH_AS_STORAGE and OAUTH_AS_STORAGE_KEYS.";

/**
 * The option `storage`, or memory with a warning. Memory that is chosen by
 * `memoryStorage()` warns of nothing.
 *
 * @throws ConfigurationError for memory in production
 */
export function chosenStorage(
  storage: AuthorizationServerStorage | undefined,
  warn: (message: string) => void = process.emitWarning.bind(process),
): AuthorizationServerStorage {
  const isInMemory = storage === undefined || storage.engine instanceof MemoryStorageEngine;
  if (isInMemory && isProduction()) {
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_MEMORY",
      `The authorization server keeps its storage in memory, which is refused in production: every restart signs all users out. ${CURE}`,
    );
  }
  if (storage !== undefined) return storage;
  warn(
    "The authorization server keeps its storage in memory: a restart signs all users out. " +
      `${CURE} To keep it in memory, set storage to memoryStorage().`,
  );
  return memoryStorage();
}
