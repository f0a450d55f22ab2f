import { createHmac, createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import { systemClock, type Clock } from "../../core/clock.js";
import { ConfigurationError } from "../../core/errors.js";
import { Sealer, SealedValueError, sealingKeyIdOf } from "../../stores/sealer.js";
import { parseStorageKeys, type AuthorizationServerStorage } from "./storage-keys.js";
import {
  StorageUnavailableError,
  type RecordName,
  type StorageChange,
  type StorageEngine,
  type StorageIndex,
  type StoredRecord,
} from "./storage.js";

/** A record in clear, as it was read. Its id is not in it: the storage knows only a hash. */
export interface OpenRecord {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** When it was written, in seconds. */
  readonly createdAt: number;
  readonly consumedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** A record in clear, to be written. */
export interface NewRecord extends RecordName {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly indexes?: Readonly<Partial<Record<StorageIndex, string | undefined>>>;
  readonly consumedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** One step of {@link SealedStorage.commit}; see `StorageChange` for what each does. */
export type SealedChange =
  | { readonly put: NewRecord }
  | { readonly add: NewRecord }
  | { readonly consume: RecordName }
  | { readonly remove: RecordName }
  | { readonly removeBy: { readonly index: StorageIndex; readonly value: string } };

/** The record that says how the others are written. Its id is the only one that is not hashed. */
const META = { kind: "Meta", id: "storage" } as const;
const PAGE = 200;

interface Meta {
  /** Secret of the hashes. Drawn once: a new one would orphan every record. */
  readonly hashKey: string;
  /** Ids of the sealing keys that records may still be sealed with. */
  readonly sealedWith: readonly string[];
}

/**
 * A {@link StorageEngine} that gets to see hashes and sealed payloads only.
 *
 * Ids and index values become HMAC-SHA-256 under a key that is drawn once and
 * kept, sealed, in the storage. Payloads are sealed by a {@link Sealer} for
 * their kind and id, so that one moved to another row does not open. A copy of
 * the database is useless without the sealing keys.
 *
 * Kinds, times and sizes stay visible. Rows can be deleted, and older versions
 * put back, by whoever can write to the database.
 *
 * A record that does not open is reported as {@link StorageUnavailableError},
 * never as absent.
 */
export class SealedStorage {
  readonly #engine: StorageEngine;
  readonly #sealer: Sealer;
  readonly #hashKey: KeyObject;
  readonly #clock: Clock;

  private constructor(engine: StorageEngine, sealer: Sealer, hashKey: string, clock: Clock) {
    this.#engine = engine;
    this.#sealer = sealer;
    this.#hashKey = createSecretKey(hashKey, "base64url");
    this.#clock = clock;
  }

  /**
   * Opens the engine and proves the keys on what is already stored.
   *
   * @throws ConfigurationError where a key is missing or wrong: a storage that
   *   cannot be read must not look like an empty one
   */
  static async open(
    { engine, keys }: AuthorizationServerStorage,
    clock: Clock = systemClock,
  ): Promise<SealedStorage> {
    const sealer = new Sealer(parseStorageKeys(keys));
    await engine.open();
    const meta = await openMeta(engine, sealer, clock);
    return new SealedStorage(engine, sealer, meta.hashKey, clock);
  }

  async get(kind: string, id: string): Promise<OpenRecord | undefined> {
    const record = await this.#engine.get(kind, this.#hashId({ kind, id }));
    return record && this.#open(record);
  }

  /** Records of every kind with this value in this index. */
  async findBy(index: StorageIndex, value: string): Promise<readonly OpenRecord[]> {
    const records = await this.#engine.findBy(index, this.#hashIndex(index, value));
    return records.map((record) => this.#open(record));
  }

  /** One page of a kind, for upkeep; `after` is `next` of the page before. */
  async list(
    kind: string,
    limit: number,
    after?: string,
  ): Promise<{ readonly records: readonly OpenRecord[]; readonly next?: string | undefined }> {
    const { records, next } = await this.#engine.list(kind, limit, after);
    return { records: records.map((record) => this.#open(record)), next };
  }

  /** All or nothing; `false` where an `add` or a `consume` did not hold. */
  async commit(changes: readonly SealedChange[]): Promise<boolean> {
    return this.#engine.commit(changes.map((change) => this.#sealChange(change)));
  }

  /** Removes up to `limit` expired records. Resolves with how many it removed. */
  async removeExpired(limit: number): Promise<number> {
    return this.#engine.removeExpired(limit);
  }

  /** How many records of each kind are present. */
  async count(): Promise<Readonly<Record<string, number>>> {
    const { [META.kind]: _meta, ...counts } = await this.#engine.count();
    return counts;
  }

  /** Ids of the sealing keys that are still needed, the one that seals first. */
  async keysInUse(): Promise<readonly string[]> {
    const { sealedWith } = await this.#readMeta();
    return [this.#sealer.keyId, ...sealedWith.filter((id) => id !== this.#sealer.keyId)];
  }

  /**
   * Seals with the first key whatever another key sealed. Afterwards the other
   * keys can be dropped, provided that every process already seals with the
   * first one. Does nothing where no other key is in use.
   *
   * @returns how many records were sealed anew
   */
  async reseal(): Promise<number> {
    const { sealedWith } = await this.#readMeta();
    const others = sealedWith.filter((id) => id !== this.#sealer.keyId);
    if (others.length === 0) return 0;
    let resealed = 0;
    let missed = 0;
    for (const kind of Object.keys(await this.count())) {
      let after: string | undefined;
      do {
        const page = await this.#engine.list(kind, PAGE, after);
        for (const record of page.records) {
          if (sealingKeyIdOf(record.payload) === this.#sealer.keyId) continue;
          if (await this.#resealRecord(record)) resealed += 1;
          else missed += 1;
        }
        after = page.next;
      } while (after !== undefined);
    }
    // A record that changed meanwhile is looked at again by the next pass.
    if (missed === 0) await updateMeta(this.#engine, this.#sealer, others);
    return resealed;
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  async #resealRecord(record: StoredRecord): Promise<boolean> {
    const { kind, id, payload: from } = record;
    const to = this.#sealer.seal(placeOf(record), this.#openText(record));
    return this.#engine.commit([{ swap: { kind, id, from, to } }]);
  }

  async #readMeta(): Promise<Meta> {
    const found = await this.#engine.get(META.kind, META.id);
    if (found === undefined) throw new StorageUnavailableError("get");
    return JSON.parse(this.#openText(found)) as Meta;
  }

  #sealChange(change: SealedChange): StorageChange {
    if ("put" in change) return { put: this.#seal(change.put) };
    if ("add" in change) return { add: this.#seal(change.add) };
    if ("remove" in change) {
      const { kind } = change.remove;
      return { remove: { kind, id: this.#hashId(change.remove) } };
    }
    if ("consume" in change) {
      const { kind } = change.consume;
      return { consume: { kind, id: this.#hashId(change.consume), at: this.#now() } };
    }
    const { index, value } = change.removeBy;
    return { removeBy: { index, value: this.#hashIndex(index, value) } };
  }

  #seal({ kind, id, payload, indexes = {}, consumedAt, expiresAt }: NewRecord): StoredRecord {
    const name = { kind, id: this.#hashId({ kind, id }) };
    const hashed = Object.entries(indexes).flatMap(([index, value]) =>
      value === undefined ? [] : [[index, this.#hashIndex(index as StorageIndex, value)] as const],
    );
    return {
      ...name,
      payload: this.#sealer.seal(placeOf(name), JSON.stringify(payload)),
      indexes: Object.fromEntries(hashed),
      createdAt: this.#now(),
      consumedAt,
      expiresAt,
    };
  }

  #open(record: StoredRecord): OpenRecord {
    const { kind, createdAt, consumedAt, expiresAt } = record;
    const payload = JSON.parse(this.#openText(record)) as Record<string, unknown>;
    return { kind, payload, createdAt, consumedAt, expiresAt };
  }

  #openText(record: StoredRecord): string {
    try {
      return this.#sealer.open(placeOf(record), record.payload);
    } catch (cause) {
      throw new StorageUnavailableError("get", { cause });
    }
  }

  #hashId({ kind, id }: RecordName): string {
    return this.#hash(["id", kind, id]);
  }

  #hashIndex(index: StorageIndex, value: string): string {
    return this.#hash(["index", index, value]);
  }

  #hash(parts: readonly string[]): string {
    return createHmac("sha256", this.#hashKey).update(JSON.stringify(parts)).digest("base64url");
  }

  #now(): number {
    return Math.floor(this.#clock());
  }
}

/** Where a payload belongs. Another row's payload does not open here. */
function placeOf({ kind, id }: RecordName): string {
  return JSON.stringify(["authorization-server", kind, id]);
}

/** Reads the meta record, or writes the first one. Of several processes one wins; all use its keys. */
async function openMeta(engine: StorageEngine, sealer: Sealer, clock: Clock): Promise<Meta> {
  if ((await engine.get(META.kind, META.id)) === undefined) {
    const isEmpty = Object.keys(await engine.count()).length === 0;
    if (isEmpty) {
      const first: Meta = {
        hashKey: randomBytes(32).toString("base64url"),
        sealedWith: [sealer.keyId],
      };
      const payload = sealer.seal(placeOf(META), JSON.stringify(first));
      const createdAt = Math.floor(clock());
      await engine.commit([{ add: { ...META, payload, indexes: {}, createdAt } }]);
    }
  }
  return updateMeta(engine, sealer);
}

/**
 * Notes that the first key seals here, and returns what holds from now on.
 *
 * @param retired ids of keys that no record needs any more
 * @throws ConfigurationError
 */
async function updateMeta(
  engine: StorageEngine,
  sealer: Sealer,
  retired: readonly string[] = [],
): Promise<Meta> {
  for (;;) {
    const found = await engine.get(META.kind, META.id);
    if (found === undefined) {
      throw new ConfigurationError(
        "ERR_OAUTH_STORAGE_INCOMPLETE",
        "The storage has records, and the one that says how to read them is missing. Restore the whole backup, or begin with an empty database.",
      );
    }
    const meta = readMeta(found, sealer);
    const needed = meta.sealedWith.filter((id) => !retired.includes(id));
    const sealedWith = [...new Set([sealer.keyId, ...needed])];
    const isCurrent =
      sealingKeyIdOf(found.payload) === sealer.keyId &&
      sealedWith.length === meta.sealedWith.length;
    if (isCurrent) return meta;
    const next: Meta = { ...meta, sealedWith };
    const to = sealer.seal(placeOf(META), JSON.stringify(next));
    if (await engine.commit([{ swap: { ...META, from: found.payload, to } }])) return next;
  }
}

function readMeta(found: StoredRecord, sealer: Sealer): Meta {
  let meta: Meta;
  const keyId = sealingKeyIdOf(found.payload);
  if (!sealer.hasKey(keyId)) throw missingKey(keyId);
  try {
    meta = JSON.parse(sealer.open(placeOf(META), found.payload)) as Meta;
  } catch (cause) {
    if (!(cause instanceof SealedValueError)) throw cause;
    throw new ConfigurationError(
      "ERR_OAUTH_STORAGE_KEY",
      `Key "${keyId}" of the storage does not open what a key of that name sealed. Put its secret back; a new secret needs a new id.`,
    );
  }
  const missing = meta.sealedWith.find((id) => !sealer.hasKey(id));
  if (missing !== undefined) throw missingKey(missing);
  return meta;
}

function missingKey(keyId: string): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_STORAGE_KEY",
    `The storage has records that key "${keyId}" sealed, and \`keys\` does not list it. Put it back, behind the key that seals now; it can be dropped once \`mcp-oauth as cleanup\` has sealed them anew.`,
  );
}
