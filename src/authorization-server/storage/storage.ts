/**
 * Values that a record can be found by besides its id. `grant` links everything
 * issued under one consent; `account` and `client` are for maintenance.
 */
export type StorageIndex = "grant" | "uid" | "userCode" | "account" | "client";

/**
 * One row of a {@link StorageEngine}. An engine never sees an id, a token or a
 * payload in plain text: `id` and the values of `indexes` are keyed hashes,
 * `payload` is encrypted. Times are seconds since the epoch, whole numbers.
 */
export interface StoredRecord {
  /** A fixed name: `RefreshToken`, `Grant`, `Client`, `Answer`, … */
  readonly kind: string;
  /** Base64url; unique within its kind. */
  readonly id: string;
  readonly payload: string;
  readonly indexes: Readonly<Partial<Record<StorageIndex, string>>>;
  readonly createdAt: number;
  /** Time of use, for records that may be used once. */
  readonly consumedAt?: number | undefined;
  /** From this second on, the record counts as absent. Without it, the record stays until removed. */
  readonly expiresAt?: number | undefined;
}

/** Names one record. */
export interface RecordName {
  readonly kind: string;
  readonly id: string;
}

/**
 * One step of {@link StorageEngine.commit}. `add`, `consume` and `swap` are also
 * conditions: if one fails, the commit writes nothing.
 */
export type StorageChange =
  /** Inserts, or replaces the whole record. */
  | { readonly put: StoredRecord }
  /** Inserts; the record must be absent. */
  | { readonly add: StoredRecord }
  /** Sets `consumedAt`; the record must be present and not consumed. */
  | { readonly consume: RecordName & { readonly at: number } }
  /** Replaces the payload only; the current payload must be `from`. */
  | { readonly swap: RecordName & { readonly from: string; readonly to: string } }
  /** Removes one record, if present. */
  | { readonly remove: RecordName }
  /** Removes all records, of every kind, with this index value. */
  | { readonly removeBy: { readonly index: StorageIndex; readonly value: string } };

/** A page of {@link StorageEngine.list}. */
export interface RecordPage {
  readonly records: readonly StoredRecord[];
  /** Cursor of the next page; absent on the last one. */
  readonly next?: string | undefined;
}

/**
 * Storage engine of the authorization server. This package has engines for
 * memory, SQLite, PostgreSQL and Redis. Your own engine must pass
 * `storageContract` of `mcp-framework-oauth/testing`.
 *
 * Every method rejects with {@link StorageUnavailableError} when the storage
 * fails. It must never report a record as absent instead: that would sign users
 * out, or accept a used token again. Expired records are absent for every
 * method, whether or not they have been removed.
 *
 * An engine does not encrypt or hash; `SealedStorage` does.
 */
export interface StorageEngine {
  /**
   * Creates or migrates the tables. Idempotent, and safe when several processes
   * start concurrently. Called before every other method.
   *
   * @throws ConfigurationError if a newer version of this package wrote the
   *   schema, or if the location is not safe to use
   */
  open(): Promise<void>;

  get(kind: string, id: string): Promise<StoredRecord | undefined>;

  /** All records, of every kind, with this index value, in any order. */
  findBy(index: StorageIndex, value: string): Promise<readonly StoredRecord[]>;

  /**
   * Records of one kind in pages of at most `limit`, for maintenance. A record
   * that is present during the whole iteration is listed exactly once.
   *
   * @param after `next` of the previous page
   */
  list(kind: string, limit: number, after?: string): Promise<RecordPage>;

  /**
   * Applies all changes in one atomic and durable step, or none. Resolves with
   * `false` and writes nothing if a condition fails.
   *
   * Checks conditions first, then removes, then writes: `removeBy` does not remove
   * records that the same commit puts. Two changes of one commit must not name the
   * same record.
   *
   * If it rejects, it is unknown whether the changes were applied.
   */
  commit(changes: readonly StorageChange[]): Promise<boolean>;

  /** Removes up to `limit` expired records. Resolves with how many it removed. */
  removeExpired(limit: number): Promise<number>;

  /** Number of present records of each kind. */
  count(): Promise<Readonly<Record<string, number>>>;

  /** Closes connections that the engine opened itself. Idempotent. */
  close(): Promise<void>;
}

/**
 * The storage failed; the client gets 503 with `Retry-After`. The message names
 * only the operation. Driver errors may quote values, so pass the cause through
 * `causeWithoutMessage`.
 */
export class StorageUnavailableError extends Error {
  constructor(
    /** Method of {@link StorageEngine}. */
    readonly operation: keyof StorageEngine,
    options?: ErrorOptions,
  ) {
    super(`The authorization server's storage failed: ${operation}`, options);
    this.name = "StorageUnavailableError";
  }
}

/** Whether the record has not expired at `now`, in seconds. */
export function isPresent(record: StoredRecord, now: number): boolean {
  return record.expiresAt === undefined || record.expiresAt > now;
}
