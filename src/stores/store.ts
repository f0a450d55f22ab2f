/**
 * State that outlives a request and may be shared by processes: replay
 * markers, revocations, session owners, cached introspection answers.
 *
 * A key is `namespace:rest`; the namespace is a fixed word of the code, never
 * anything a client sent. Keys are already hashed where they derive from a
 * secret. Values are text. Every method rejects when the store is away; the
 * caller decides what that means. Times to live are in seconds, more than
 * zero, rounded up to whole ones.
 */
export interface Store {
  get(key: string): Promise<string | undefined>;
  /** The values of `keys`, in their order, in one round trip. */
  getMany(keys: readonly string[]): Promise<(string | undefined)[]>;
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  /** Sets `key` if it is not there, in one atomic step. True if this call set it. */
  add(key: string, value: string, ttlSeconds: number): Promise<boolean>;
  /**
   * Adds `by` (a whole number above zero, 1 if absent) and returns the new count, in one atomic step;
   * the first call starts the time to live.
   */
  increment(key: string, ttlSeconds: number, by?: number): Promise<number>;
  delete(key: string): Promise<void>;
}

/**
 * The store answers but has no room. It never makes room by dropping something
 * that is still alive: a replay marker or a revocation that went missing would
 * let in what it keeps out.
 */
export class StoreFullError extends Error {
  constructor(message = "The store has no room for another entry") {
    super(message);
    this.name = "StoreFullError";
  }
}

/** The word before the first colon; entries of one namespace share its limits. */
export function namespaceOf(key: string): string {
  const colon = key.indexOf(":");
  return colon < 0 ? "" : key.slice(0, colon);
}

/**
 * `ttlSeconds` rounded up to whole seconds.
 *
 * @throws RangeError where it is not a positive, finite number: an entry that
 *   never expires, or is gone before it is written, is a mistake of the caller.
 */
export function wholeSeconds(ttlSeconds: number): number {
  const seconds = Math.ceil(ttlSeconds);
  if (!(seconds > 0 && seconds <= MAX_TTL_SECONDS)) {
    throw new RangeError("ttlSeconds must be positive and at most a hundred years");
  }
  return seconds;
}

/** A hundred years: far below what Redis and a double can count. */
const MAX_TTL_SECONDS = 100 * 366 * 86_400;
