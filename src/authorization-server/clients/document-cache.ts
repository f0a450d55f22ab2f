import { LRUCache } from "lru-cache";
import type { Clock } from "../../core/clock.js";

/** A response of a client's server, or the error instead of one. */
export type Fetched =
  | { readonly status: number; readonly body: string; readonly headers: Headers }
  | { readonly error: Error };

interface Entry {
  readonly fetched: Fetched;
  /** Seconds since the epoch. */
  readonly freshUntil: number;
}

const MOST_ENTRIES = 500;
const MOST_CHARACTERS = 8 * 1024 * 1024;
/** A response without headers about caching. */
const DEFAULT_SECONDS = 300;
const LEAST_SECONDS = 60;
const MOST_SECONDS = 3600;
/** A failure is repeated for this long, so that a flood of requests causes few fetches. */
const FAILURE_SECONDS = 10;

/**
 * Responses by URL, each for the time that its headers allow, between one minute
 * and one hour. Bounded in number and size; concurrent requests share one fetch.
 */
export class DocumentCache {
  readonly #entries = new LRUCache<string, Entry>({
    max: MOST_ENTRIES,
    maxSize: MOST_CHARACTERS,
    sizeCalculation: ({ fetched }) => ("body" in fetched ? fetched.body.length : 0) + 500,
  });
  readonly #pending = new Map<string, Promise<Entry>>();
  readonly #load: (url: string) => Promise<Fetched>;
  readonly #clock: Clock;

  /** @param load must not reject */
  constructor(load: (url: string) => Promise<Fetched>, clock: Clock) {
    this.#load = load;
    this.#clock = clock;
  }

  /** How many fetches are in progress. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Whether {@link get} needs a new fetch. */
  needsFetch(url: string): boolean {
    return this.#fresh(url) === undefined && !this.#pending.has(url);
  }

  /** The response, and for how many seconds it stays fresh. */
  async get(url: string): Promise<{ readonly fetched: Fetched; readonly seconds: number }> {
    const { fetched, freshUntil } = this.#fresh(url) ?? (await this.#fetch(url));
    return { fetched, seconds: Math.max(0, Math.floor(freshUntil - this.#clock())) };
  }

  #fresh(url: string): Entry | undefined {
    const entry = this.#entries.get(url);
    return entry !== undefined && entry.freshUntil > this.#clock() ? entry : undefined;
  }

  #fetch(url: string): Promise<Entry> {
    const pending = this.#pending.get(url);
    if (pending !== undefined) return pending;
    const fetching = this.#load(url)
      .then((fetched) => {
        const entry = { fetched, freshUntil: this.#clock() + freshSeconds(fetched, this.#clock()) };
        this.#entries.set(url, entry);
        return entry;
      })
      .finally(() => this.#pending.delete(url));
    this.#pending.set(url, fetching);
    return fetching;
  }
}

/** For how long a response may be used, in seconds (RFC 9111 §4.2.1). */
function freshSeconds(fetched: Fetched, now: number): number {
  if ("error" in fetched || fetched.status !== 200) return FAILURE_SECONDS;
  return Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, declaredSeconds(fetched.headers, now)));
}

function declaredSeconds(headers: Headers, now: number): number {
  const control = headers.get("cache-control") ?? "";
  if (/\bno-(?:store|cache)\b/i.test(control)) return 0;
  const maxAge = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})/i.exec(control)?.[1];
  if (maxAge !== undefined) return Number(maxAge) - (Number(headers.get("age")) || 0);
  const expires = Date.parse(headers.get("expires") ?? "");
  return Number.isNaN(expires) ? DEFAULT_SECONDS : expires / 1000 - now;
}
