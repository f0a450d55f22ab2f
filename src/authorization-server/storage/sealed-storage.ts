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

/** A decrypted record. It has no id, because the storage contains only a hash of the id. */
export interface OpenRecord {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** When it was written, in seconds. */
  readonly createdAt: number;
  readonly consumedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
}

/** A record to be encrypted and written. */
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
  /** A condition only: the record must be present, consumed or not. */
  | { readonly present: RecordName }
  | { readonly remove: RecordName }
  | { readonly removeBy: { readonly index: StorageIndex; readonly value: string } };

/** The record with the hash key and the key ids. It is the only one whose id is not hashed. */
const META = { kind: "Meta", id: "storage" } as const;
const PAGE = 200;

interface Meta {
  /** HMAC key of ids. Generated once: with a new one, no record could be found. */
  readonly hashKey: string;
  /** Ids of all sealing keys that records may be sealed with. */
  readonly sealedWith: readonly string[];
}

/**
 * Encrypts for a {@link StorageEngine}, which sees only hashes and sealed payloads.
 *
 * Ids and index values become HMAC-SHA-256 values. Their key is generated once
 * and kept, sealed, in the storage. A {@link Sealer} binds each payload to its
 * kind and id, so that a payload copied to another row cannot be decrypted. A
 * copy of the database is useless without the sealing keys.
 *
 * Does not hide kinds, times and sizes. Does not stop an attacker with write
 * access to the database from deleting rows or restoring older versions.
 *
 * A record that cannot be decrypted causes a {@link StorageUnavailableError};
 * it is never treated as absent.
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
   * Opens the engine and verifies the keys against the stored data.
   *
   * @throws ConfigurationError if a key is missing or wrong: an unreadable
   *   storage must not look like an empty one
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

  /** All records, of every kind, with this index value. */
  async findBy(index: StorageIndex, value: string): Promise<readonly OpenRecord[]> {
    const records = await this.#engine.findBy(index, this.#hashIndex(index, value));
    return records.map((record) => this.#open(record));
  }

  /** One page of a kind, for maintenance; `after` is `next` of the previous page. */
  async list(
    kind: string,
    limit: number,
    after?: string,
  ): Promise<{ readonly records: readonly OpenRecord[]; readonly next?: string | undefined }> {
    const { records, next } = await this.#engine.list(kind, limit, after);
    return { records: records.map((record) => this.#open(record)), next };
  }

  /** Atomic; `false` if a condition (`add`, `consume`, `present`) failed, and nothing was written. */
  async commit(changes: readonly SealedChange[]): Promise<boolean> {
    const sealed: StorageChange[] = [];
    for (const change of changes) {
      const step =
        "present" in change ? await this.#present(change.present) : this.#sealChange(change);
      if (step === undefined) return false;
      sealed.push(step);
    }
    return this.#engine.commit(sealed);
  }

  /**
   * Removes all records with this index value, and returns them. Also those that other
   * requests add meanwhile: nothing is removed without being returned.
   *
   * @param options.keep kind of records that stay
   * @param options.leave a record that is written in the same step as the removal of another
   */
  async takeBy(
    index: StorageIndex,
    value: string,
    options: {
      readonly keep?: string;
      readonly leave?: (record: OpenRecord) => NewRecord | undefined;
    } = {},
  ): Promise<readonly OpenRecord[]> {
    const taken = new Map<string, OpenRecord>();
    for (;;) {
      const all = await this.#engine.findBy(index, this.#hashIndex(index, value));
      const found = all.filter(({ kind }) => kind !== options.keep);
      if (found.length === 0) return [...taken.values()];
      const opened = found.map((record) => this.#open(record));
      const left = opened.flatMap((record) => options.leave?.(record) ?? []);
      await this.#engine.commit([
        ...found.map(({ kind, id }) => ({ remove: { kind, id } })),
        ...left.map((put) => this.#sealChange({ put })),
      ]);
      found.forEach((record, position) => taken.set(placeOf(record), opened[position]!));
    }
  }

  /** Removes up to `limit` expired records. Resolves with how many it removed. */
  async removeExpired(limit: number): Promise<number> {
    return this.#engine.removeExpired(limit);
  }

  /** Number of records of each kind. */
  async count(): Promise<Readonly<Record<string, number>>> {
    const { [META.kind]: _meta, ...counts } = await this.#engine.count();
    return counts;
  }

  /** Ids of the sealing keys that are still needed, the current one first. */
  async keysInUse(): Promise<readonly string[]> {
    const { sealedWith } = await this.#readMeta();
    return [this.#sealer.keyId, ...sealedWith.filter((id) => id !== this.#sealer.keyId)];
  }

  /**
   * Seals all records of other keys again with the first key. Afterwards you can
   * remove the other keys, provided that every process already seals with the
   * first one. Does nothing if no other key is in use.
   *
   * @returns number of records that were sealed again
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
    // The next pass checks the records that changed in the meantime.
    if (missed === 0) await updateMeta(this.#engine, this.#sealer, others);
    return resealed;
  }

  async close(): Promise<void> {
    await this.#engine.close();
  }

  /** A swap with the same payload: the engine applies it only while the record is there. */
  async #present({ kind, id }: RecordName): Promise<StorageChange | undefined> {
    const hashed = this.#hashId({ kind, id });
    const payload = (await this.#engine.get(kind, hashed))?.payload;
    if (payload === undefined) return undefined;
    return { swap: { kind, id: hashed, from: payload, to: payload } };
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

  #sealChange(change: Exclude<SealedChange, { readonly present: RecordName }>): StorageChange {
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

/** The place that a payload is bound to: the payload of another row cannot be decrypted here. */
function placeOf({ kind, id }: RecordName): string {
  return JSON.stringify(["authorization-server", kind, id]);
}

/** Reads the meta record, or writes the first one. If several processes start, all use the same one. */
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
 * Records the first key as a key in use, and returns the current meta record.
 *
 * @param retired ids of keys that no record needs any longer
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
        "The storage contains records, but the record with their hash key is missing. Restore a complete backup, or start with an empty database.",
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
      `The secret of storage key "${keyId}" has changed: it cannot decrypt records sealed under this id. Restore the secret. Give a new secret a new id.`,
    );
  }
  const missing = meta.sealedWith.find((id) => !sealer.hasKey(id));
  if (missing !== undefined) throw missingKey(missing);
  return meta;
}

function missingKey(keyId: string): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_STORAGE_KEY",
    `The storage contains records sealed with key "${keyId}", which is not in \`keys\`. Add it again after the current key.`,
  );
}
