import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemClock, type Clock } from "../../core/clock.js";
import { ConfigurationError } from "../../core/errors.js";
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
   * `full`: what was answered is on the disk, also after a power loss. `normal`
   * is faster; a power loss or a crash of the operating system can then undo
   * the last transactions, so that a used refresh token is good once more and
   * its successor is unknown: that person has to sign in again. A crash of this
   * process loses nothing either way.
   * @default "full"
   */
  readonly synchronous?: "full" | "normal";
}

/**
 * Storage in a SQLite file, for one machine; several processes can share the
 * file. Needs the packages libsql and kysely. Not for network file systems,
 * whose locks SQLite cannot trust.
 *
 * A new file gets mode 0600, a new folder 0700. In production, where others may
 * read the file or its folder, `open` fails.
 *
 * @param path of the file, relative to the working directory
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
  const isProduction = process.env["NODE_ENV"] === "production";
  return { engine: createSqliteEngine(path, { ...options, isProduction }), keys };
}

/** The engine alone. */
export function createSqliteEngine(
  path: string,
  options: {
    readonly synchronous?: "full" | "normal";
    readonly isProduction?: boolean;
    readonly clock?: Clock;
  } = {},
): StorageEngine {
  const { synchronous = "full", isProduction = false, clock = systemClock } = options;
  const file = resolve(path);
  return new SqlStorageEngine(() => connect(file, synchronous, isProduction), clock);
}

/** How long a transaction waits while another one writes, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000;
/** SQLite itself waits without letting this process do anything else, so it waits briefly. */
const BLOCKING_MS = 50;

async function connect(
  file: string,
  synchronous: "full" | "normal",
  isProduction: boolean,
): Promise<SqlConnection> {
  const [{ default: Database }, { Kysely, SqliteDialect }] = await loadPackages(
    () => Promise.all([import("libsql"), import("kysely")]),
    "libsql kysely",
  );
  prepareFile(file, isProduction);
  const database = new Database(file, { timeout: BLOCKING_MS });
  // Changing to WAL needs the file for itself, for which SQLite does not wait.
  await retryWhileBusy(() => database.exec("pragma journal_mode = wal"));
  database.exec(`pragma synchronous = ${synchronous}`);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  return {
    db,
    transaction: (work) =>
      db.connection().execute(async (connection) => {
        // Not prepared: libsql keeps a prepared statement that found the file busy, and
        // then refuses every commit of the connection.
        const run = (statement: string) => database.exec(statement);
        // It waits for the write lock here, and never fails for it later.
        await retryWhileBusy(() => run("begin immediate"));
        try {
          const isDone = await work(connection);
          run(isDone ? "commit" : "rollback");
          return isDone;
        } catch (error) {
          // The first error says what is wrong; SQLite may have rolled back already.
          if (database.inTransaction) run("rollback");
          throw error;
        }
      }),
    lockSchema: () => Promise.resolve(),
    close: () => db.destroy(),
  };
}

/** SQLite gives `-wal` and `-shm` the mode of the file itself. */
function prepareFile(file: string, isProduction: boolean): void {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
  } catch (cause) {
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_FILE",
      `The storage's file ${file} cannot be opened or created. Let the user of this process write there.`,
      { cause },
    );
  }
  // Windows has access control lists instead of modes.
  if (!isProduction || process.platform === "win32") return;
  for (const [place, mode] of [
    [folder, "700"],
    [file, "600"],
  ] as const) {
    if ((statSync(place).mode & 0o077) === 0) continue;
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_FILE",
      `Other users of this machine have access to ${place} of the storage: chmod ${mode} ${place}`,
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
