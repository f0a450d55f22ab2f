import { systemClock, type Clock } from "../../core/clock.js";
import { ConfigurationError } from "../../core/errors.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";
import { loadPackages, type SqlConnection } from "./sql/connection.js";
import { SqlStorageEngine } from "./sql/sql-storage.js";
import type { Tables } from "./sql/tables.js";
import type { AuthorizationServerStorage, StorageKey } from "./storage-keys.js";
import type { StorageEngine } from "./storage.js";

/** The part of a connection pool that {@link postgresStorage} uses; `Pool` of pg 8 fits. */
export interface PostgresPool {
  connect(): Promise<unknown>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "acquire", listener: (client: PostgresClient) => void): unknown;
}

/** A connection of a pool of the package pg. */
export interface PostgresClient {
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Options of {@link postgresStorage}. */
export interface PostgresStorageOptions {
  /** Encrypts the payloads; see {@link StorageKey}. */
  readonly keys: readonly StorageKey[];
  /**
   * Timeout of one operation, in seconds, including the wait for a connection of
   * the pool. When it is reached, the request gets 503.
   * @default 5
   */
  readonly timeoutSeconds?: number;
}

/**
 * Storage in PostgreSQL (13 or later), shared by all processes that use the same
 * database. Needs the packages pg and kysely. The tables `mcp_oauth_records` and
 * `mcp_oauth_schema` are created in the first schema of the `search_path`; the
 * first start needs the permission to create them.
 *
 * @param poolOrUrl a pool, which you close yourself, or a `postgres:` URL
 *
 * @example
 * postgresStorage(new Pool({ connectionString: process.env.DATABASE_URL }), {
 *   keys: [{ id: "2026-11", secret: process.env.AUTH_DB_KEY }],
 * });
 */
export function postgresStorage(
  poolOrUrl: PostgresPool | string,
  { keys, timeoutSeconds = 5 }: PostgresStorageOptions,
): AuthorizationServerStorage {
  return { engine: createPostgresEngine(poolOrUrl, { timeoutSeconds }), keys };
}

/** The engine without its keys. */
export function createPostgresEngine(
  poolOrUrl: PostgresPool | string,
  options: { readonly timeoutSeconds?: number; readonly clock?: Clock } = {},
): StorageEngine {
  const { timeoutSeconds = 5, clock = systemClock } = options;
  if (typeof poolOrUrl === "string") checkUrl(poolOrUrl);
  const timeoutMs = timeoutSeconds * 1_000;
  return new SqlStorageEngine(() => connect(poolOrUrl, timeoutMs), clock, timeoutMs);
}

function checkUrl(value: string): void {
  if (/^postgres(ql)?:$/.test(parseAbsoluteUrl(value)?.protocol ?? "")) return;
  // Do not repeat the value: it may contain a password.
  throw new ConfigurationError(
    "ERR_OAUTH_STORAGE_URL",
    "The URL of the PostgreSQL storage must look like postgres://user:password@host:5432/database.",
  );
}

/** An arbitrary number: the advisory lock that all processes take for a migration. */
const SCHEMA_LOCK = 5_271_009;

/** Rolls a transaction back; not an error. */
class RollBack extends Error {}

async function connect(
  poolOrUrl: PostgresPool | string,
  timeoutMs: number,
): Promise<SqlConnection> {
  const { Kysely, PostgresDialect, sql } = await loadPackages(() => import("kysely"), "pg kysely");
  const isOwnPool = typeof poolOrUrl === "string";
  const pool = isOwnPool ? await createPool(poolOrUrl, timeoutMs) : poolOrUrl;
  surviveLostConnections(pool);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) });
  return {
    db,
    async transaction(work) {
      try {
        return await db
          .transaction()
          .setIsolationLevel("read committed")
          .execute(async (transaction) => {
            if (await work(transaction)) return true;
            throw new RollBack();
          });
      } catch (error) {
        if (error instanceof RollBack) return false;
        throw error;
      }
    },
    async lockSchema(transaction) {
      await sql`select pg_advisory_xact_lock(${sql.lit(SCHEMA_LOCK)})`.execute(transaction);
    },
    async close() {
      if (isOwnPool) await db.destroy();
    },
  };
}

/**
 * Each statement reports its own failure. Without listeners, the loss of a connection would crash
 * the process: the pool reports that of an idle one, and the connection itself that of one in use.
 */
function surviveLostConnections(pool: PostgresPool): void {
  const ignore = (): undefined => undefined;
  const known = new WeakSet<PostgresClient>();
  pool.on("error", ignore);
  pool.on("acquire", (client) => {
    if (known.has(client)) return;
    known.add(client);
    client.on("error", ignore);
  });
}

async function createPool(url: string, timeoutMs: number): Promise<PostgresPool> {
  const { default: pg } = await loadPackages(() => import("pg"), "pg kysely");
  return new pg.Pool({
    connectionString: url,
    // Close a connection that does not respond, and reject the queries that wait on it.
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    allowExitOnIdle: true,
  });
}
