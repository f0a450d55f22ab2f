import { systemClock, type Clock } from "../core/clock.js";
import { namespaceOf, StoreFullError, wholeSeconds, type Store } from "./store.js";

/** Limits of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Live entries per namespace. A flood in one namespace (cached answers for
   * junk tokens, say) takes no room from another (replay markers).
   * @default 100000
   */
  readonly maxEntries?: number;
  /**
   * Characters of keys and values per namespace.
   * @default 33554432
   */
  readonly maxCharacters?: number;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

interface Entry {
  readonly value: string;
  readonly expiresAt: number;
  /** The second in which {@link Shelf} looks for it; never before `expiresAt`. */
  readonly bucket: number;
}

/** Namespaces are words of the code; a key built wrongly must not create them without end. */
const MAX_NAMESPACES = 64;

/**
 * A {@link Store} inside this process: nothing is shared, everything is lost
 * on restart. Every operation takes amortised constant time and there is no
 * timer: what has expired is cleared away by later writes.
 *
 * When a namespace is full of live entries, a write that needs room rejects
 * with {@link StoreFullError}; nothing alive is ever evicted.
 *
 * @example
 * ```ts
 * import { MemoryStore } from "mcp-framework-oauth";
 *
 * const store = new MemoryStore();
 * await store.set("seen:abc", "1", 60);
 * ```
 */
export class MemoryStore implements Store {
  /** Live entries that fit into one namespace. */
  readonly maxEntries: number;
  readonly #shelves = new Map<string, Shelf>();
  readonly #maxCharacters: number;
  readonly #clock: Clock;

  constructor(options: MemoryStoreOptions = {}) {
    this.maxEntries = options.maxEntries ?? 100_000;
    this.#maxCharacters = options.maxCharacters ?? 32 * 1024 * 1024;
    this.#clock = options.clock ?? systemClock;
  }

  // `async` turns a throw into the rejection that the contract promises; nothing
  // is awaited in between, so every method is one atomic step.
  /* eslint-disable @typescript-eslint/require-await */

  async get(key: string): Promise<string | undefined> {
    return this.#read(key);
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return keys.map((key) => this.#read(key));
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    const now = this.#clock();
    this.#shelfFor(key, now).put(key, value, now + wholeSeconds(ttlSeconds));
  }

  async add(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    const now = this.#clock();
    const ttl = wholeSeconds(ttlSeconds);
    const shelf = this.#shelfFor(key, now);
    if (shelf.find(key, now) !== undefined) return false;
    shelf.put(key, value, now + ttl);
    return true;
  }

  async increment(key: string, ttlSeconds: number, by = 1): Promise<number> {
    const now = this.#clock();
    const ttl = wholeSeconds(ttlSeconds);
    const shelf = this.#shelfFor(key, now);
    const entry = shelf.find(key, now);
    const count = Number(entry?.value ?? 0) + by;
    if (!Number.isSafeInteger(count)) throw new TypeError("The stored value is not a count");
    shelf.put(key, String(count), entry?.expiresAt ?? now + ttl);
    return count;
  }

  async delete(key: string): Promise<void> {
    this.#shelves.get(namespaceOf(key))?.remove(key);
  }

  /* eslint-enable @typescript-eslint/require-await */

  #read(key: string): string | undefined {
    return this.#shelves.get(namespaceOf(key))?.find(key, this.#clock())?.value;
  }

  #shelfFor(key: string, now: number): Shelf {
    const namespace = namespaceOf(key);
    let shelf = this.#shelves.get(namespace);
    if (shelf === undefined) {
      if (this.#shelves.size >= MAX_NAMESPACES) throw new StoreFullError("Too many namespaces");
      shelf = new Shelf(this.maxEntries, this.#maxCharacters, now);
      this.#shelves.set(namespace, shelf);
    }
    shelf.sweep(now);
    return shelf;
  }
}

/** The entries of one namespace, and in which second each can be thrown away. */
class Shelf {
  readonly #entries = new Map<string, Entry>();
  readonly #buckets = new Map<number, Set<string>>();
  #sweptThrough: number;
  #characters = 0;

  constructor(
    private readonly maxEntries: number,
    private readonly maxCharacters: number,
    now: number,
  ) {
    this.#sweptThrough = Math.floor(now);
  }

  find(key: string, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > now ? entry : undefined;
  }

  put(key: string, value: string, expiresAt: number): void {
    const old = this.#entries.get(key);
    const size = key.length + value.length;
    const freed = old === undefined ? 0 : key.length + old.value.length;
    if (
      (old === undefined && this.#entries.size >= this.maxEntries) ||
      this.#characters - freed + size > this.maxCharacters
    ) {
      throw new StoreFullError();
    }
    this.remove(key);
    // A clock that went back must not file an entry where the sweep has been already.
    const bucket = Math.max(Math.ceil(expiresAt), this.#sweptThrough + 1);
    this.#entries.set(key, { value, expiresAt, bucket });
    this.#characters += size;
    const keys = this.#buckets.get(bucket);
    if (keys === undefined) this.#buckets.set(bucket, new Set([key]));
    else keys.add(key);
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#characters -= key.length + entry.value.length;
    const keys = this.#buckets.get(entry.bucket);
    keys?.delete(key);
    if (keys?.size === 0) this.#buckets.delete(entry.bucket);
  }

  /** Clears what expired. Each second and each entry is visited once: constant per write, amortised. */
  sweep(now: number): void {
    const until = Math.floor(now);
    if (until - this.#sweptThrough > this.#buckets.size) {
      // After a long silence, look at the buckets there are instead of at every second.
      for (const bucket of this.#buckets.keys()) if (bucket <= until) this.#clear(bucket);
    } else {
      for (let second = this.#sweptThrough + 1; second <= until; second++) this.#clear(second);
    }
    this.#sweptThrough = Math.max(this.#sweptThrough, until);
  }

  #clear(bucket: number): void {
    for (const key of this.#buckets.get(bucket) ?? []) this.remove(key);
  }
}
