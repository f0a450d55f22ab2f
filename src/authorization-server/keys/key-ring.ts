import type { Clock } from "../../core/clock.js";
import { MAX_CLOCK_TOLERANCE_SECONDS } from "../../core/clock.js";
import type { SealedStorage } from "../storage/sealed-storage.js";

/** How often each process reads the keys again, in seconds. */
export const KEY_REFRESH_SECONDS = 60;

/**
 * How long a new key is published before it signs, in seconds. Longer than resource servers
 * usually cache a key set, and than other processes need to read the key.
 */
export const KEY_LEAD_SECONDS = 3_600;

/** A process may switch to the next key one round late, and resource servers tolerate clock skew. */
const MARGIN_SECONDS = 2 * KEY_REFRESH_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS;

const PAGE = 50;

/** One generation of a key. It never changes once it is stored. Times are in seconds. */
export interface KeyGeneration<Key> {
  /** 1, 2, …: also the id of the record. */
  readonly number: number;
  readonly key: Key;
  readonly signsFrom: number;
  /** How long what it signs is used, as configured when it was generated. */
  readonly usedForSeconds: number;
}

export interface KeyRingParts<Key> {
  /** Kind of the records. */
  readonly kind: string;
  readonly records: Pick<SealedStorage, "list" | "commit">;
  readonly clock: Clock;
  readonly generate: () => Promise<Key>;
  /** Age at which a key is replaced. `undefined`: only by {@link KeyRing.rotate}. */
  readonly rotationSeconds: number | undefined;
  /** How long what a key signs is used: a retired key verifies for this long. */
  readonly usedForSeconds: number;
}

/**
 * Generated keys of one purpose, kept sealed in the storage and shared by all processes.
 *
 * Each generation is a record of its own, written only if no other process has written that
 * number: processes that start or rotate concurrently agree on one key. A new generation is
 * published for {@link KEY_LEAD_SECONDS} before it signs. The one before it verifies until
 * the last thing that it signed has expired, and is then removed.
 */
export class KeyRing<Key> {
  readonly #parts: KeyRingParts<Key>;
  #generations: readonly KeyGeneration<Key>[] = [];

  private constructor(parts: KeyRingParts<Key>) {
    this.#parts = parts;
  }

  /** Reads the keys; generates the first one in an empty storage. */
  static async open<Key>(parts: KeyRingParts<Key>): Promise<KeyRing<Key>> {
    const ring = new KeyRing(parts);
    await ring.refresh();
    return ring;
  }

  /**
   * Generates the next key without the configuration of a server: retires nothing. Without a
   * first key, generates none.
   */
  static async rotateStored<Key>(
    parts: Omit<KeyRingParts<Key>, "rotationSeconds" | "usedForSeconds">,
  ): Promise<number | undefined> {
    const ring = new KeyRing({ ...parts, rotationSeconds: undefined, usedForSeconds: 0 });
    await ring.#read();
    return ring.#generations.length === 0 ? undefined : ring.rotate();
  }

  /** All keys that verify, the one that signs first. */
  keys(): readonly Key[] {
    return usable(this.#generations, this.#now()).map(({ key }) => key);
  }

  /** Reads the keys again, generates the next one if it is due, and removes retired ones. */
  async refresh(): Promise<void> {
    await this.#read();
    const newest = this.#generations.at(-1);
    const { rotationSeconds } = this.#parts;
    if (newest === undefined) await this.#add(1, this.#now());
    else if (rotationSeconds !== undefined && newest.signsFrom + rotationSeconds <= this.#now()) {
      await this.rotate();
    }
    await this.#removeRetired();
  }

  /**
   * Generates the next key. Idempotent while the next key is published but does not sign yet.
   *
   * @returns when the new key starts to sign, in seconds since the epoch
   */
  async rotate(): Promise<number> {
    await this.#read();
    const newest = this.#generations.at(-1);
    if (newest !== undefined && newest.signsFrom > this.#now()) return newest.signsFrom;
    await this.#add((newest?.number ?? 0) + 1, this.#now() + KEY_LEAD_SECONDS);
    return this.#generations.at(-1)!.signsFrom;
  }

  async #add(number: number, signsFrom: number): Promise<void> {
    const { kind, records, generate, usedForSeconds } = this.#parts;
    const generation = { number, key: await generate(), signsFrom, usedForSeconds };
    const record = { kind, id: String(number), payload: generation };
    // If another process was faster, its key counts.
    await records.commit([{ add: record }]);
    await this.#read();
  }

  async #read(): Promise<void> {
    const { kind, records } = this.#parts;
    const found: KeyGeneration<Key>[] = [];
    let after: string | undefined;
    do {
      const page = await records.list(kind, PAGE, after);
      found.push(...page.records.map(({ payload }) => payload as unknown as KeyGeneration<Key>));
      after = page.next;
    } while (after !== undefined);
    this.#generations = found
      .sort((a, b) => a.number - b.number)
      .map((generation) => this.#withLongestUse(generation));
  }

  /** The use may have been longer or shorter when the key was generated. */
  #withLongestUse(generation: KeyGeneration<Key>): KeyGeneration<Key> {
    const usedForSeconds = Math.max(generation.usedForSeconds, this.#parts.usedForSeconds);
    return { ...generation, usedForSeconds };
  }

  async #removeRetired(): Promise<void> {
    const { kind, records } = this.#parts;
    const now = this.#now();
    const retired = this.#generations.filter((_, index) =>
      isRetired(this.#generations, index, now),
    );
    if (retired.length === 0) return;
    await records.commit(retired.map(({ number }) => ({ remove: { kind, id: String(number) } })));
    this.#generations = this.#generations.filter((generation) => !retired.includes(generation));
  }

  #now(): number {
    return Math.floor(this.#parts.clock());
  }
}

/** Generations that verify at `now`, the signing one first, then the others from new to old. */
function usable<Key>(
  generations: readonly KeyGeneration<Key>[],
  now: number,
): readonly KeyGeneration<Key>[] {
  const kept = generations.filter((_, index) => !isRetired(generations, index, now)).reverse();
  // Before the first switch nothing else could sign: a clock that was set back must not stop it.
  const signing = kept.find(({ signsFrom }) => signsFrom <= now) ?? kept.at(-1);
  return signing === undefined ? [] : [signing, ...kept.filter((other) => other !== signing)];
}

/** Whether everything has expired that the generation at `index` signed before its successor. */
function isRetired(
  generations: readonly KeyGeneration<unknown>[],
  index: number,
  now: number,
): boolean {
  const generation = generations[index];
  const successor = generations[index + 1];
  if (generation === undefined || successor === undefined) return false;
  return successor.signsFrom + generation.usedForSeconds + MARGIN_SECONDS < now;
}
