/**
 * State that outlives a request and may be shared by processes: replay
 * markers, revocations, session owners, cached introspection answers.
 *
 * Keys are already hashed where they derive from a secret. Values are text.
 * Every method rejects when the store is away; the caller decides what that
 * means. Times to live are in seconds, rounded up to whole ones.
 */
export interface Store {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, ttlSeconds: number): Promise<void>;
  /** Sets `key` if it is not there, in one atomic step. True if this call set it. */
  add(key: string, value: string, ttlSeconds: number): Promise<boolean>;
  /** Adds one and returns the new count; the first call starts the time to live. */
  increment(key: string, ttlSeconds: number): Promise<number>;
  delete(key: string): Promise<void>;
}
