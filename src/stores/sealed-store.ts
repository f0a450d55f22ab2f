import { Sealer, type SealingKey } from "./sealer.js";
import type { Store } from "./store.js";

/**
 * Wraps a store so that values are encrypted at rest by a {@link Sealer}: a
 * writer of the store can neither forge a value nor move one to another key.
 *
 * To rotate the sealing key: put the new key in front, drop the old one when
 * its last value has expired.
 *
 * Does not hide keys, sizes, times or counts, and does not stop an entry from
 * being deleted or an older value of the same key from being put back. A value
 * that cannot be opened rejects with `SealedValueError`, like a store that is
 * away: read as "nothing there", it would undo a revocation.
 *
 * @throws ConfigurationError
 */
export class SealedStore implements Store {
  readonly #store: Store;
  readonly #sealer: Sealer;

  constructor(store: Store, keys: readonly SealingKey[]) {
    this.#store = store;
    this.#sealer = new Sealer(keys);
  }

  async get(key: string): Promise<string | undefined> {
    return this.#open(key, await this.#store.get(key));
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const values = await this.#store.getMany(keys);
    return keys.map((key, index) => this.#open(key, values[index]));
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    await this.#store.set(key, this.#sealer.seal(key, value), ttlSeconds);
  }

  async add(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    return this.#store.add(key, this.#sealer.seal(key, value), ttlSeconds);
  }

  /** Counts stay in the clear: the store itself must be able to add to them. */
  async increment(key: string, ttlSeconds: number, by?: number): Promise<number> {
    return this.#store.increment(key, ttlSeconds, by);
  }

  async delete(key: string): Promise<void> {
    await this.#store.delete(key);
  }

  #open(key: string, sealed: string | undefined): string | undefined {
    return sealed === undefined ? undefined : this.#sealer.open(key, sealed);
  }
}
