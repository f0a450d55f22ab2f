import type { Kysely } from "kysely";
import { ConfigurationError } from "../../../core/errors.js";
import type { Tables } from "./tables.js";

/** The operations that differ between SQLite and PostgreSQL. */
export interface SqlConnection {
  readonly db: Kysely<Tables>;
  /** Commits if `work` resolves with `true`, otherwise rolls back. Resolves with the same value. */
  transaction(work: (db: Kysely<Tables>) => Promise<boolean>): Promise<boolean>;
  /** Within a transaction: waits until no other process migrates. */
  lockSchema(db: Kysely<Tables>): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loads optional peer dependencies.
 *
 * @param install the package names, as arguments of `npm install`
 * @throws ConfigurationError with the command that installs them
 */
export async function loadPackages<T>(load: () => Promise<T>, install: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // libsql loads the package for its platform with `require`.
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_PACKAGE_MISSING",
      `This storage needs packages that are not installed: npm install ${install}`,
      { cause },
    );
  }
}
