import type { ReasonOf } from "../core/reasons/reasons.js";
import { JwksClient } from "jwks-rsa";
import type { KeyObject } from "node:crypto";
import { systemClock, type Clock } from "../core/clock.js";
import { InvalidTokenError, UnavailableError } from "../core/errors.js";
import { OutboundError, type OutboundFailure, type OutboundFetch } from "../net/outbound-fetch.js";
import { Refreshing } from "../net/refreshing.js";
import { parseJwks, type VerificationKey } from "./jwk.js";
import type { JwsHeader, KeySource } from "./key-source.js";
import { selectKeys } from "./select-keys.js";

export interface RemoteJwksOptions {
  /** Where the key set is, or how to find out; asked again at every fetch. */
  readonly jwksUri: string | (() => Promise<string>);
  readonly fetch: OutboundFetch;
  /**
   * How long a key set is used without asking again, in seconds, and so how
   * long a key works after it was taken from the set. Fetched anew in the
   * background ahead of its end. Less than 8 counts as 8: that is nine fetches
   * a minute.
   */
  readonly ttlSeconds: number;
  /**
   * How long beyond that the last good keys are used while the key set cannot
   * be fetched, in seconds. After it every token is answered 503.
   */
  readonly maxStaleSeconds: number;
  /**
   * Least time between two fetches, in seconds, and so the longest that a
   * token signed by a new key waits. Five seconds are twelve fetches a minute,
   * however many unknown key ids arrive.
   * @default 5
   */
  readonly cooldownSeconds?: number;
  readonly clock?: Clock;
  /** Jitter, like `Math.random`. */
  readonly random?: () => number;
}

export interface KeySetStatus {
  /** Age of the keys in use, in seconds. `undefined` while there are none. */
  readonly ageSeconds: number | undefined;
  /** When a fetch last succeeded, in seconds since the epoch. */
  readonly lastFetchAt: number | undefined;
  /** Reason of the last fetch's failure, or of having no key; `undefined` otherwise. */
  readonly lastError: string | undefined;
  readonly keyCount: number;
  /** Fetches started so far. */
  readonly fetches: number;
}

const MIN_TTL_SECONDS = 8;
const DEFAULT_COOLDOWN_SECONDS = 5;
/** A deployment that publishes an empty set for a moment must not lock everybody out. */
const EMPTY_CONFIRMED_AFTER_SECONDS = 5;
const NO_USABLE_KEY = "jwks_without_usable_key";

/**
 * The keys that one issuer publishes.
 *
 * A key that is known answers at once. One that is not waits for a fetch that
 * starts after the token came, shared by all who wait and at least
 * `cooldownSeconds` after the last: so a key that was just rotated in is found,
 * a forged `kid` is refused, and neither costs the issuer more than a fetch per
 * cooldown. Nothing is remembered about unknown key ids.
 *
 * While fetching fails, known keys go on working up to `maxStaleSeconds`, and
 * an unknown `kid` is an {@link UnavailableError}: it cannot be told.
 *
 * A set without any usable key is taken at its word when it is seen again at
 * least five seconds later: the issuer has withdrawn its keys, and their tokens
 * are refused. The first time counts as a failure.
 */
export class RemoteJwks implements KeySource {
  readonly #clock: Clock;
  readonly #refreshing: Refreshing<readonly VerificationKey[]>;
  #latest: readonly VerificationKey[] = [];
  /** When the set was first seen without a usable key, since it last had one. */
  #emptySince: number | undefined;
  #generation = 0;
  /** How many loads had started when the token came for which these keys were given out. */
  readonly #marks = new WeakMap<readonly KeyObject[], number>();

  constructor(options: RemoteJwksOptions) {
    const { jwksUri } = options;
    const locate = typeof jwksUri === "string" ? () => jwksUri : jwksUri;
    this.#clock = options.clock ?? systemClock;
    this.#refreshing = new Refreshing({
      load: async () => this.#adopt(await fetchKeys(await locate(), options.fetch)),
      unavailableReason: "jwks_unreachable",
      ttlSeconds: Math.max(options.ttlSeconds, MIN_TTL_SECONDS),
      maxStaleSeconds: options.maxStaleSeconds,
      cooldownSeconds: options.cooldownSeconds ?? DEFAULT_COOLDOWN_SECONDS,
      clock: this.#clock,
      random: options.random ?? Math.random,
    });
  }

  /** The first of {@link getKeys}. */
  async getKey(header: JwsHeader): Promise<KeyObject> {
    const [key] = await this.getKeys(header);
    if (key === undefined) throw new InvalidTokenError("key_not_found");
    return key;
  }

  async getKeys(
    header: JwsHeader,
    tried: readonly KeyObject[] = [],
    block?: string,
  ): Promise<readonly KeyObject[]> {
    // A load that the first question caused has told already what is newer.
    const mark = this.#marks.get(tried) ?? this.#refreshing.loads;
    const fitting = (keys: readonly VerificationKey[] | undefined) =>
      selectKeys(keys ?? [], header)
        .map(({ key }) => key)
        .filter((key) => !tried.includes(key));

    let found = fitting(await this.#refreshing.get());
    if (found.length === 0) found = fitting(await this.#refreshing.settled(block));
    if (found.length === 0) found = fitting(await this.#refreshing.newerThan(mark, block));
    if (found.length === 0) throw new InvalidTokenError("key_not_found");
    this.#marks.set(found, mark);
    return found;
  }

  /**
   * A number that changes when a key leaves the set, or all keys become too old
   * to use. A cache of validated tokens compares it and validates anew where it
   * differs.
   */
  generation(): number {
    if (this.#refreshing.peek() === undefined) this.#replace([]);
    return this.#generation;
  }

  /** Fetches in the background if it is time to. For callers who only use what they remember. */
  keepFresh(): void {
    this.#refreshing.refreshIfDue();
  }

  /**
   * Loads the key set if there is none, within the same limits as a token would.
   *
   * @throws UnavailableError when there is none to be had
   */
  async load(): Promise<void> {
    await this.#refreshing.get();
  }

  /** How the key set is doing, without fetching it. */
  status(): KeySetStatus {
    const { ageSeconds, lastLoadedAt, lastError, loads } = this.#refreshing.status();
    const keys = this.#refreshing.peek();
    return {
      ageSeconds,
      lastFetchAt: lastLoadedAt,
      lastError: lastError ?? (keys?.length === 0 ? NO_USABLE_KEY : undefined),
      keyCount: keys?.length ?? 0,
      fetches: loads,
    };
  }

  /** Keeps the very objects of keys that stay, so that what was tried or cached by key still holds. */
  #adopt(fetched: readonly VerificationKey[]): readonly VerificationKey[] {
    this.#confirmEmpty(fetched.length === 0);
    const known = new Map(this.#latest.map((key) => [key.id, key]));
    return this.#replace(fetched.map((key) => known.get(key.id) ?? key));
  }

  /** @throws UnavailableError while an empty set may be a mistake */
  #confirmEmpty(isEmpty: boolean): void {
    const now = this.#clock();
    if (!isEmpty) {
      this.#emptySince = undefined;
      return;
    }
    // A clock that was set back starts the wait again.
    this.#emptySince = Math.min(this.#emptySince ?? now, now);
    if (now - this.#emptySince >= EMPTY_CONFIRMED_AFTER_SECONDS) return;
    // Revocation must not wait for the next request.
    void this.#refreshing.loadSoon();
    throw new UnavailableError(NO_USABLE_KEY);
  }

  #replace(keys: readonly VerificationKey[]): readonly VerificationKey[] {
    const ids = new Set(keys.map(({ id }) => id));
    if (this.#latest.some(({ id }) => !ids.has(id))) this.#generation += 1;
    this.#latest = keys;
    return keys;
  }
}

async function fetchKeys(uri: string, fetch: OutboundFetch): Promise<readonly VerificationKey[]> {
  // Its own cache and limiter stay off: the ones above this know outages, floods and rotation.
  const client = new JwksClient({
    jwksUri: uri,
    cache: false,
    rateLimit: false,
    fetcher: (url) => fetchDocument(url, fetch),
  });
  return parseJwks({ keys: await client.getKeys() })?.keys ?? [];
}

async function fetchDocument(uri: string, fetch: OutboundFetch): Promise<{ keys: unknown[] }> {
  let response: Response;
  try {
    // No check of the media type: key sets are served as text and octets as well.
    response = await fetch(uri, {
      headers: { accept: "application/jwk-set+json, application/json" },
    });
  } catch (cause) {
    if (!(cause instanceof OutboundError)) throw new UnavailableError("jwks_unreachable");
    throw new UnavailableError(BY_FAILURE[cause.failure], { cause });
  }
  if (!response.ok) throw new UnavailableError("jwks_unreachable");
  const document = (await response.json().catch(() => undefined)) as { keys?: unknown } | undefined;
  const keys = typeof document === "object" && document !== null ? document.keys : undefined;
  if (!Array.isArray(keys)) throw new UnavailableError("jwks_malformed");
  return { keys };
}

const BY_FAILURE: Readonly<Record<OutboundFailure, ReasonOf<503>>> = {
  address_refused: "jwks_address_refused",
  content_type: "jwks_malformed",
  insecure_url: "jwks_insecure_url",
  network: "jwks_unreachable",
  redirect: "jwks_redirect",
  timeout: "jwks_unreachable",
  too_large: "jwks_malformed",
};
