import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemClock, type Clock } from "../../core/clock.js";
import { ConfigurationError } from "../../core/errors.js";
import { isProduction } from "../../core/production.js";
import { loadPackages, type SqlConnection } from "./sql/connection.js";
import { SqlStorageEngine } from "./sql/sql-storage.js";
import type { Tables } from "./sql/tables.js";
import type { AuthorizationServerStorage, StorageKey } from "./storage-keys.js";
import type { StorageEngine } from "./storage.js";

/** Options of {@link sqliteStorage}. */
export interface SqliteStorageOptions {
  /** Encrypts the payloads; see {@link StorageKey}. */
  readonly keys: readonly StorageKey[];
  /**
   * `full`: every transaction is on disk before the response, and survives a
   * power loss. `normal` is faster, but a power loss or a crash of the operating
   * system can undo the last transactions. A used refresh token is then unused
   * again and its successor unknown, and the user has to sign in again. A crash
   * of this process loses nothing with either value.
   * @default "full"
   */
  readonly synchronous?: "full" | "normal";
}

/**
 * Storage in a SQLite file, for one machine; several processes can share the
 * file. Needs the packages libsql and kysely. Do not use it on a network file
 * system, where file locks are unreliable.
 *
 * A new file gets mode 0600, a new folder 0700. In production, `open` fails if
 * other users can access the file or its folder.
 *
 * @param path path of the file, relative to the working directory
 *
 * @example
 * sqliteStorage("./data/auth.db", {
 *   keys: [{ id: "2026-11", secret: process.env.AUTH_DB_KEY }],
 * });
 */
export function sqliteStorage(
  path: string,
  { keys, ...options }: SqliteStorageOptions,
): AuthorizationServerStorage {
  return { engine: createSqliteEngine(path, options), keys };
}

/** The engine without its keys. */
export function createSqliteEngine(
  path: string,
  options: {
    readonly synchronous?: "full" | "normal";
    readonly clock?: Clock;
  } = {},
): StorageEngine {
  const { synchronous = "full", clock = systemClock } = options;
  const file = resolve(path);
  return new SqlStorageEngine(() => connect(file, synchronous), clock);
}

/** How long a transaction waits for the write lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;
/** SQLite's own wait blocks the event loop, so it is short. */
const BLOCKING_MS = 50;

async function connect(file: string, synchronous: "full" | "normal"): Promise<SqlConnection> {
  const [{ default: Database }, { Kysely, SqliteDialect }] = await loadPackages(
    () => Promise.all([import("libsql"), import("kysely")]),
    "libsql kysely",
  );
  prepareFile(file);
  const database = new Database(file, { timeout: BLOCKING_MS });
  // Switching to WAL needs an exclusive lock, for which SQLite does not wait.
  await retryWhileBusy(() => database.exec("pragma journal_mode = wal"));
  database.exec(`pragma synchronous = ${synchronous}`);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  return {
    db,
    transaction: (work) =>
      db.connection().execute(async (connection) => {
        // Not prepared: libsql keeps a prepared statement that got SQLITE_BUSY open, and
        // every later commit of the connection then fails.
        const run = (statement: string) => database.exec(statement);
        // Take the write lock now, so that no later statement fails for it.
        await retryWhileBusy(() => run("begin immediate"));
        try {
          const isDone = await work(connection);
          run(isDone ? "commit" : "rollback");
          return isDone;
        } catch (error) {
          // Keep the first error; SQLite may have rolled back already.
          if (database.inTransaction) run("rollback");
          throw error;
        }
      }),
    lockSchema: () => Promise.resolve(),
    close: () => db.destroy(),
  };
}

/** Creates the file with mode 0600. SQLite gives `-wal` and `-shm` the same mode. */
function prepareFile(file: string): void {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_FILE",
      `The storage file ${file} cannot be opened or created. Give the user of this process write access.`,
      { cause },
    );
  }
  // Windows has access control lists instead of modes.
  if (!isProduction() || process.platform === "win32") return;
  for (const [place, mode] of [
    [folder, "700"],
    [file, "600"],
  ] as const) {
    if ((statSync(place).mode & 0o077) === 0) continue;
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_FILE",
      `Other users of this machine can access ${place}, which holds the storage. Run: chmod ${mode} ${place}`,
    );
  }
}

async function retryWhileBusy(work: () => void): Promise<void> {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!String(code).startsWith("SQLITE_BUSY") || Date.now() > deadline) throw error;
      await new Promise((wake) => setTimeout(wake, 10));
    }
  }
}
