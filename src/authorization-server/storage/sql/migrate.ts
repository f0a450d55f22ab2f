import { ConfigurationError } from "../../../core/errors.js";
import type { SqlConnection } from "./connection.js";
import { MIGRATIONS } from "./tables.js";

/**
 * Migrates the schema to the version of this package, atomically. If several
 * processes start concurrently, one migrates and the others wait.
 *
 * @throws ConfigurationError if a newer version wrote the schema, because this
 *   version could misread it
 */
export async function migrate(
  connection: SqlConnection,
  migrations: typeof MIGRATIONS = MIGRATIONS,
): Promise<void> {
  await connection.transaction(async (db) => {
    await connection.lockSchema(db);
    await db.schema
      .createTable("mcp_oauth_schema")
      .ifNotExists()
      .addColumn("version", "integer", (column) => column.notNull())
      .execute();
    const row = await db.selectFrom("mcp_oauth_schema").select("version").executeTakeFirst();
    const version = row?.version ?? 0;
    if (version > migrations.length) {
      throw new ConfigurationError(
        "ERR_OAUTH_STORAGE_SCHEMA",
        `The storage has schema version ${version}, written by a newer version of this package; this version supports up to ${migrations.length}. Install the newer version, or restore a backup from before the upgrade.`,
      );
    }
    for (const apply of migrations.slice(version)) await apply(db);
    if (row === undefined) {
      await db.insertInto("mcp_oauth_schema").values({ version: migrations.length }).execute();
    } else if (version < migrations.length) {
      await db.updateTable("mcp_oauth_schema").set({ version: migrations.length }).execute();
    }
    return true;
  });
}
