import type { Kysely } from "kysely";
import type { StorageIndex, StoredRecord } from "../storage.js";

/** A record as a row. PostgreSQL returns 64-bit integers as text. */
export interface RecordRow {
  kind: string;
  id: string;
  payload: string;
  grant_hash: string | null;
  uid_hash: string | null;
  user_code_hash: string | null;
  account_hash: string | null;
  client_hash: string | null;
  created_at: number | string;
  consumed_at: number | string | null;
  expires_at: number | string | null;
}

export interface Tables {
  mcp_oauth_records: RecordRow;
  /** A single row with the number of the last migration. */
  mcp_oauth_schema: { version: number };
}

/** Column of each index. */
export const INDEX_COLUMNS = {
  grant: "grant_hash",
  uid: "uid_hash",
  userCode: "user_code_hash",
  account: "account_hash",
  client: "client_hash",
} as const satisfies Record<StorageIndex, keyof RecordRow>;

export function toRow({ indexes, ...record }: StoredRecord): RecordRow {
  return {
    kind: record.kind,
    id: record.id,
    payload: record.payload,
    grant_hash: indexes.grant ?? null,
    uid_hash: indexes.uid ?? null,
    user_code_hash: indexes.userCode ?? null,
    account_hash: indexes.account ?? null,
    client_hash: indexes.client ?? null,
    created_at: record.createdAt,
    consumed_at: record.consumedAt ?? null,
    expires_at: record.expiresAt ?? null,
  };
}

export function fromRow(row: RecordRow): StoredRecord {
  const indexes = Object.entries(INDEX_COLUMNS).flatMap(([index, column]) =>
    row[column] === null ? [] : [[index, row[column]]],
  );
  return {
    kind: row.kind,
    id: row.id,
    payload: row.payload,
    indexes: Object.fromEntries(indexes) as StoredRecord["indexes"],
    createdAt: Number(row.created_at),
    consumedAt: row.consumed_at === null ? undefined : Number(row.consumed_at),
    expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
  };
}

/**
 * The n-th entry migrates from schema version n - 1 to n. Never change a released
 * entry; append new ones.
 */
export const MIGRATIONS: readonly ((db: Kysely<Tables>) => Promise<void>)[] = [createRecords];

async function createRecords(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("mcp_oauth_records")
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("grant_hash", "text")
    .addColumn("uid_hash", "text")
    .addColumn("user_code_hash", "text")
    .addColumn("account_hash", "text")
    .addColumn("client_hash", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("consumed_at", "bigint")
    .addColumn("expires_at", "bigint")
    .addPrimaryKeyConstraint("mcp_oauth_records_pk", ["kind", "id"])
    .execute();
  for (const column of [...Object.values(INDEX_COLUMNS), "expires_at"] as const) {
    await db.schema
      .createIndex(`mcp_oauth_records_${column}`)
      .on("mcp_oauth_records")
      .column(column)
      .where(column, "is not", null)
      .execute();
  }
}
