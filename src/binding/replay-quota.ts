/** One marker's life is cut into this many slices; a count is too high by one slice at most. */
export const SLICES = 8;
/** Also where the store has room for more: 380 proofs a second, with the default window. */
const MAX_MARKERS_OF_KEY = 250_000;
/** Keys counted in one slice. Each had a token and a proof that were accepted. */
const MAX_KEYS = 50_000;

interface Slice {
  readonly number: number;
  readonly markers: Map<string, number>;
}

/**
 * Shares the room for replay markers between keys: a key may hold as many
 * markers as are still free, and 250,000 at most.
 *
 * One key alone therefore gets half of the room, two keys a third each, and a
 * key with few markers always finds room. Without this, one client could fill
 * the memory, and every other client that uses DPoP would get 503.
 *
 * Counts in this process only.
 */
export class ReplayQuota {
  readonly #capacity: number;
  #slices: Slice[] = [];
  #total = 0;

  /** @param capacity markers that fit into the store; `Infinity` where that is not known */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Counts one more marker of this key, if it may have one. A key's first marker
   * is never refused: whether there is room for it is for the store to say.
   *
   * @param now in seconds
   * @param ttlSeconds how long the marker lives; the same for every call
   * @returns gives the marker back; `undefined` when the key holds too many
   */
  take(thumbprint: string, now: number, ttlSeconds: number): (() => void) | undefined {
    const slice = this.#current(Math.floor((now * SLICES) / ttlSeconds));
    let held = 0;
    for (const { markers } of this.#slices) held += markers.get(thumbprint) ?? 0;
    const free = Math.min(this.#capacity - this.#total, MAX_MARKERS_OF_KEY);
    if (held > 0 && held >= free) return undefined;
    if (slice.markers.size >= MAX_KEYS && !slice.markers.has(thumbprint)) return () => undefined;
    this.#add(slice, thumbprint, 1);
    return () => this.#add(slice, thumbprint, -1);
  }

  #add(slice: Slice, thumbprint: string, count: number): void {
    const sum = (slice.markers.get(thumbprint) ?? 0) + count;
    if (sum === 0) slice.markers.delete(thumbprint);
    else slice.markers.set(thumbprint, sum);
    // A slice that was dropped meanwhile took its markers out of the total.
    if (this.#slices.includes(slice)) this.#total += count;
  }

  #current(number: number): Slice {
    const last = this.#slices.at(-1);
    if (last?.number === number) return last;
    const current: Slice = { number, markers: new Map() };
    // After a clock was set back, slices of the future would count for too long.
    const isAlive = (slice: Slice) => slice.number >= number - SLICES && slice.number < number;
    this.#slices = [...this.#slices.filter(isAlive), current];
    this.#total = 0;
    for (const { markers } of this.#slices) {
      for (const count of markers.values()) this.#total += count;
    }
    return current;
  }
}
