/**
 * Values a record can be found by besides its id. `grant` ties together
 * everything that one consent led to; `account` and `client` are for upkeep.
 */
export type StorageIndex = "grant" | "uid" | "userCode" | "account" | "client";

/**
 * One row of a {@link StorageEngine}. An engine never sees an id, a token or a
 * payload in clear: `id` and the values of `indexes` are keyed hashes,
 * `payload` is sealed. Times are seconds since the epoch, whole numbers.
 */
export interface StoredRecord {
  /** A fixed word of the code: `RefreshToken`, `Grant`, `Client`, `Answer`, … */
  readonly kind: string;
  /** Base64url; unique within its kind. */
  readonly id: string;
  readonly payload: string;
  readonly indexes: Readonly<Partial<Record<StorageIndex, string>>>;
  readonly createdAt: number;
  /** When it was used, for what may be used once. */
  readonly consumedAt?: number | undefined;
  /** From this second on the record is absent. Left out, it stays until removed. */
  readonly expiresAt?: number | undefined;
}

/** Names one record. */
export interface RecordName {
  readonly kind: string;
  readonly id: string;
}

/**
 * One step of {@link StorageEngine.commit}. `add`, `consume` and `swap` are
 * conditions as well: where one does not hold, the commit writes nothing.
 */
export type StorageChange =
  /** Inserts, or replaces the whole record. */
  | { readonly put: StoredRecord }
  /** Inserts; the record must be absent. */
  | { readonly add: StoredRecord }
  /** Sets `consumedAt`; the record must be present and not consumed. */
  | { readonly consume: RecordName & { readonly at: number } }
  /** Replaces the payload only; the present one must be `from`. */
  | { readonly swap: RecordName & { readonly from: string; readonly to: string } }
  /** Removes one record; absent is fine. */
  | { readonly remove: RecordName }
  /** Removes the records of every kind that have this value in this index. */
  | { readonly removeBy: { readonly index: StorageIndex; readonly value: string } };

/** A page of {@link StorageEngine.list}. */
export interface RecordPage {
  readonly records: readonly StoredRecord[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string | undefined;
}

/**
 * Where the authorization server keeps its state. The engines of this package
 * are memory, SQLite, PostgreSQL and Redis; another one must pass
 * `storageContract` of `mcp-framework-oauth/testing`.
 *
 * Every method rejects with {@link StorageUnavailableError} when the engine
 * cannot answer. It never answers "absent" instead: that would sign people out,
 * or let a used token be used again. Expired records are absent for every
 * method, whether or not they have been removed.
 *
 * An engine encrypts and hashes nothing; `SealedStorage` does that above it.
 */
export interface StorageEngine {
  /**
   * Gets the engine ready: creates or migrates its tables. Idempotent, and safe
   * when several processes start at once. Called before every other method.
   *
   * @throws ConfigurationError where a newer version of this package wrote the
   *   schema, or where the place is not safe to use
   */
  open(): Promise<void>;

  get(kind: string, id: string): Promise<StoredRecord | undefined>;

  /** Records of every kind with this value in this index, in no special order. */
  findBy(index: StorageIndex, value: string): Promise<readonly StoredRecord[]>;

  /**
   * Records of one kind, `limit` a page or fewer, for upkeep. A record that is
   * there during the whole walk is listed exactly once.
   *
   * @param after `next` of the page before
   */
  list(kind: string, limit: number, after?: string): Promise<RecordPage>;

  /**
   * Applies all changes in one atomic and durable step, or none. Resolves with
   * `false`, nothing written, where a condition does not hold.
   *
   * Conditions are judged, and removals made, before anything is written; so
   * `removeBy` spares what the same commit puts. A record must not be named by
   * two changes of one commit.
   *
   * After a rejection it is unknown whether the changes were made.
   */
  commit(changes: readonly StorageChange[]): Promise<boolean>;

  /** Removes up to `limit` expired records. Resolves with how many it removed. */
  removeExpired(limit: number): Promise<number>;

  /** How many records of each kind are present. */
  count(): Promise<Readonly<Record<string, number>>>;

  /** Ends connections that the engine opened itself. Idempotent. */
  close(): Promise<void>;
}

/**
 * The engine cannot answer: outside, 503 with `Retry-After`. The message names
 * the operation only; errors of drivers may quote values, so the cause must
 * have gone through `causeWithoutMessage`.
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

/** Whether the record is there for a reader at `now`, in seconds. */
export function isPresent(record: StoredRecord, now: number): boolean {
  return record.expiresAt === undefined || record.expiresAt > now;
}
