import type { ExpressionBuilder, Kysely } from "kysely";
import type { Clock } from "../../../core/clock.js";
import { ConfigurationError } from "../../../core/errors.js";
import { causeWithoutMessage } from "../../../core/safe-cause.js";
import {
  StorageUnavailableError,
  type RecordName,
  type RecordPage,
  type StorageChange,
  type StorageEngine,
  type StorageIndex,
  type StoredRecord,
} from "../storage.js";
import type { SqlConnection } from "./connection.js";
import { migrate } from "./migrate.js";
import { fromRow, INDEX_COLUMNS, toRow, type RecordRow, type Tables } from "./tables.js";

const TABLE = "mcp_oauth_records";

/** The storage contract in SQL, for SQLite and PostgreSQL: one table of records. */
export class SqlStorageEngine implements StorageEngine {
  readonly #connect: () => Promise<SqlConnection>;
  readonly #clock: Clock;
  readonly #timeoutMs: number | undefined;
  #connection: Promise<SqlConnection> | undefined;

  /** @param timeoutMs timeout of one operation; without it, there is none */
  constructor(connect: () => Promise<SqlConnection>, clock: Clock, timeoutMs?: number) {
    this.#connect = connect;
    // Times of records are whole seconds; PostgreSQL rejects a fraction.
    this.#clock = () => Math.floor(clock());
    this.#timeoutMs = timeoutMs;
  }

  async open(): Promise<void> {
    this.#connection ??= this.#connect();
    try {
      await this.#attempt("open", async (connection) => migrate(connection));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async get(kind: string, id: string): Promise<StoredRecord | undefined> {
    return this.#attempt("get", async ({ db }) => {
      const row = await db
        .selectFrom(TABLE)
        .selectAll()
        .where("kind", "=", kind)
        .where("id", "=", id)
        .where(isPresent(this.#clock()))
        .executeTakeFirst();
      return row && fromRow(row);
    });
  }

  async findBy(index: StorageIndex, value: string): Promise<readonly StoredRecord[]> {
    return this.#attempt("findBy", async ({ db }) => {
      const rows = await db
        .selectFrom(TABLE)
        .selectAll()
        .where(INDEX_COLUMNS[index], "=", value)
        .where(isPresent(this.#clock()))
        .execute();
      return rows.map(fromRow);
    });
  }

  async list(kind: string, limit: number, after = ""): Promise<RecordPage> {
    return this.#attempt("list", async ({ db }) => {
      const rows = await db
        .selectFrom(TABLE)
        .selectAll()
        .where("kind", "=", kind)
        .where("id", ">", after)
        .where(isPresent(this.#clock()))
        .orderBy("id")
        .limit(limit + 1)
        .execute();
      const records = rows.slice(0, limit).map(fromRow);
      return { records, next: rows.length > limit ? records.at(-1)?.id : undefined };
    });
  }

  async commit(changes: readonly StorageChange[]): Promise<boolean> {
    if (changes.length === 0) return true;
    const now = this.#clock();
    return this.#attempt("commit", (connection) =>
      // Write first, never read first: SQLite then takes its write lock immediately, and the
      // transaction does not fail at the end because it read stale data.
      connection.transaction(
        async (db) =>
          (await consumeAll(db, changes, now)) &&
          (await swapAll(db, changes, now)) &&
          (await removeAll(db, changes)) &&
          (await addAll(db, changes, now)) &&
          (await putAll(db, changes)),
      ),
    );
  }

  async removeExpired(limit: number): Promise<number> {
    return this.#attempt("removeExpired", async (connection) => {
      let removed = 0;
      await connection.transaction(async (db) => {
        const { numDeletedRows } = await db
          .deleteFrom(TABLE)
          .where((eb) =>
            eb(
              eb.refTuple("kind", "id"),
              "in",
              eb
                .selectFrom(TABLE)
                .select(["kind", "id"])
                .where("expires_at", "<=", this.#clock())
                .limit(limit)
                .$asTuple("kind", "id"),
            ),
          )
          .executeTakeFirst();
        removed = Number(numDeletedRows);
        return true;
      });
      return removed;
    });
  }

  async count(): Promise<Readonly<Record<string, number>>> {
    return this.#attempt("count", async ({ db }) => {
      const rows = await db
        .selectFrom(TABLE)
        .select(({ fn }) => ["kind", fn.countAll().as("count")])
        .where(isPresent(this.#clock()))
        .groupBy("kind")
        .execute();
      return Object.fromEntries(rows.map(({ kind, count }) => [kind, Number(count)]));
    });
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await (await connection?.catch(() => undefined))?.close();
  }

  async #attempt<T>(
    operation: keyof StorageEngine,
    work: (connection: SqlConnection) => Promise<T>,
  ): Promise<T> {
    try {
      if (this.#connection === undefined) throw new Error("The storage is not open");
      return await within(this.#timeoutMs, this.#connection.then(work));
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      throw new StorageUnavailableError(operation, { cause: causeWithoutMessage(error) });
    }
  }
}

async function within<T>(timeoutMs: number | undefined, work: Promise<T>): Promise<T> {
  if (timeoutMs === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("Timed out")), timeoutMs).unref();
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

type Builder = ExpressionBuilder<Tables, typeof TABLE>;

function isPresent(now: number) {
  return (eb: Builder) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]);
}

function isNamed({ kind, id }: RecordName) {
  return (eb: Builder) => eb.and([eb("kind", "=", kind), eb("id", "=", id)]);
}

async function consumeAll(
  db: Kysely<Tables>,
  changes: readonly StorageChange[],
  now: number,
): Promise<boolean> {
  for (const change of changes) {
    if (!("consume" in change)) continue;
    const { numUpdatedRows } = await db
      .updateTable(TABLE)
      .set({ consumed_at: change.consume.at })
      .where(isNamed(change.consume))
      .where("consumed_at", "is", null)
      .where(isPresent(now))
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
  }
  return true;
}

async function swapAll(
  db: Kysely<Tables>,
  changes: readonly StorageChange[],
  now: number,
): Promise<boolean> {
  for (const change of changes) {
    if (!("swap" in change)) continue;
    const { numUpdatedRows } = await db
      .updateTable(TABLE)
      .set({ payload: change.swap.to })
      .where(isNamed(change.swap))
      .where("payload", "=", change.swap.from)
      .where(isPresent(now))
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
  }
  return true;
}

async function removeAll(db: Kysely<Tables>, changes: readonly StorageChange[]): Promise<true> {
  for (const change of changes) {
    if ("remove" in change) await db.deleteFrom(TABLE).where(isNamed(change.remove)).execute();
    if (!("removeBy" in change)) continue;
    const { index, value } = change.removeBy;
    let removed: bigint;
    do {
      // Repeat until nothing is left: a PostgreSQL statement that waited for another
      // transaction does not see its inserts, such as the successor of a refresh token.
      ({ numDeletedRows: removed } = await db
        .deleteFrom(TABLE)
        .where(INDEX_COLUMNS[index], "=", value)
        .executeTakeFirst());
    } while (removed > 0n);
  }
  return true;
}

async function addAll(
  db: Kysely<Tables>,
  changes: readonly StorageChange[],
  now: number,
): Promise<boolean> {
  const rows = changes.flatMap((change) => ("add" in change ? [toRow(change.add)] : []));
  if (rows.length === 0) return true;
  const { numInsertedOrUpdatedRows } = await upsert(db, rows, now).executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === BigInt(rows.length);
}

async function putAll(db: Kysely<Tables>, changes: readonly StorageChange[]): Promise<true> {
  const rows = changes.flatMap((change) => ("put" in change ? [toRow(change.put)] : []));
  if (rows.length > 0) await upsert(db, rows).execute();
  return true;
}

/** @param expiredAt replaces a row only if it has expired at this time */
function upsert(db: Kysely<Tables>, rows: readonly RecordRow[], expiredAt?: number) {
  // Always lock rows in the same order: otherwise two transactions could deadlock.
  const ordered = [...rows].sort((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));
  const columns = Object.keys(rows[0]!) as (keyof RecordRow)[];
  return db
    .insertInto(TABLE)
    .values(ordered)
    .onConflict((conflict) => {
      const update = conflict
        .columns(["kind", "id"])
        .doUpdateSet((eb) =>
          Object.fromEntries(columns.map((column) => [column, eb.ref(`excluded.${column}`)])),
        );
      return expiredAt === undefined
        ? update
        : update.where(`${TABLE}.expires_at`, "<=", expiredAt);
    });
}
