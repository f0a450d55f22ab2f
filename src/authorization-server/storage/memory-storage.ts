import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { systemClock, type Clock } from "../../core/clock.js";
import {
  isPresent,
  type RecordName,
  type RecordPage,
  type StorageChange,
  type StorageEngine,
  type StorageIndex,
  type StoredRecord,
} from "./storage.js";
import type { AuthorizationServerStorage } from "./storage-keys.js";

const MOST_RECORDS = 10_000;
/** Registration is open, and one client may be as large as a request body. */
const MOST_CLIENTS = 1_000;

/**
 * In-memory storage for development and tests. A restart loses clients, sessions
 * refresh tokens and keys, and users have to connect again. A start-up error in production.
 *
 * @example
 * createAuthorizationServer({ …, storage: memoryStorage() });
 */
export function memoryStorage(
  options: { /** @internal */ readonly clock?: Clock } = {},
): AuthorizationServerStorage {
  return {
    engine: new MemoryStorageEngine(options),
    keys: [{ id: "memory", secret: randomBytes(32) }],
  };
}

/**
 * Keeps the authorization server's state in this process.
 *
 * Bounded: each kind has its own limit and evicts the least recently used record.
 * A flood of registrations therefore evicts clients, but no sessions or tokens.
 */
export class MemoryStorageEngine implements StorageEngine {
  readonly #kinds = new Map<string, LRUCache<string, StoredRecord>>();
  readonly #clock: Clock;

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock;
  }

  /* eslint-disable @typescript-eslint/require-await -- the contract is asynchronous */
  async open(): Promise<void> {
    // Nothing to prepare.
  }

  async get(kind: string, id: string): Promise<StoredRecord | undefined> {
    return this.#present({ kind, id });
  }

  async findBy(index: StorageIndex, value: string): Promise<readonly StoredRecord[]> {
    // A full scan instead of an index: an index that lost an entry would leave a
    // stolen token valid.
    return this.#all().filter((record) => record.indexes[index] === value);
  }

  async list(kind: string, limit: number, after = ""): Promise<RecordPage> {
    const rest = this.#all()
      .filter((record) => record.kind === kind && record.id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const records = rest.slice(0, limit);
    return { records, next: rest.length > limit ? records.at(-1)?.id : undefined };
  }

  async commit(changes: readonly StorageChange[]): Promise<boolean> {
    if (!changes.every((change) => this.#holds(change))) return false;
    for (const change of changes) this.#remove(change);
    for (const change of changes) this.#write(change);
    return true;
  }

  async removeExpired(limit: number): Promise<number> {
    const now = this.#clock();
    const expired = [...this.#kinds.values()]
      .flatMap((records) => [...records.values()])
      .filter((record) => !isPresent(record, now))
      .slice(0, limit);
    for (const { kind, id } of expired) this.#kinds.get(kind)?.delete(id);
    return expired.length;
  }

  async count(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.#all()) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  async close(): Promise<void> {
    // Records stay readable: closing a server does not end this process.
  }
  /* eslint-enable @typescript-eslint/require-await */

  #all(): StoredRecord[] {
    const now = this.#clock();
    return [...this.#kinds.values()]
      .flatMap((records) => [...records.values()])
      .filter((record) => isPresent(record, now));
  }

  #present({ kind, id }: RecordName): StoredRecord | undefined {
    const record = this.#kinds.get(kind)?.get(id);
    return record !== undefined && isPresent(record, this.#clock()) ? record : undefined;
  }

  #holds(change: StorageChange): boolean {
    if ("add" in change) return this.#present(change.add) === undefined;
    if ("swap" in change) return this.#present(change.swap)?.payload === change.swap.from;
    if ("consume" in change) {
      const record = this.#present(change.consume);
      return record !== undefined && record.consumedAt === undefined;
    }
    return true;
  }

  #remove(change: StorageChange): void {
    if ("remove" in change) this.#kinds.get(change.remove.kind)?.delete(change.remove.id);
    if (!("removeBy" in change)) return;
    const { index, value } = change.removeBy;
    for (const records of this.#kinds.values()) {
      for (const [id, record] of [...records.entries()]) {
        if (record.indexes[index] === value) records.delete(id);
      }
    }
  }

  #write(change: StorageChange): void {
    if ("put" in change) this.#set(change.put);
    if ("add" in change) this.#set(change.add);
    if ("consume" in change) this.#update(change.consume, { consumedAt: change.consume.at });
    if ("swap" in change) this.#update(change.swap, { payload: change.swap.to });
  }

  #update(name: RecordName, changed: Partial<StoredRecord>): void {
    const record = this.#present(name);
    if (record !== undefined) this.#set({ ...record, ...changed });
  }

  #set(record: StoredRecord): void {
    let records = this.#kinds.get(record.kind);
    if (records === undefined) {
      records = new LRUCache({ max: record.kind === "Client" ? MOST_CLIENTS : MOST_RECORDS });
      this.#kinds.set(record.kind, records);
    }
    records.set(record.id, record);
  }
}
