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
  /** URL of the key set, or a function that returns it, called at every fetch. */
  readonly jwksUri: string | (() => Promise<string>);
  readonly fetch: OutboundFetch;
  /**
   * How long a key set is used before it is fetched again, in seconds, and so how
   * long a removed key still works. Renewed in the
   * background before that. Less than 8 counts as 8: that is nine fetches
   * a minute.
   */
  readonly ttlSeconds: number;
  /**
   * How long beyond that the last valid keys are used while the key set cannot
   * be fetched, in seconds. Afterwards every token gets 503.
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
/** A deployment that publishes an empty set for a moment must not lock users out. */
const EMPTY_CONFIRMED_AFTER_SECONDS = 5;
const NO_USABLE_KEY = "jwks_without_usable_key";

/**
 * The keys that one issuer publishes.
 *
 * A known key is returned immediately. An unknown key waits for a fetch that
 * starts after the token arrived, shared by all waiting requests and at least
 * `cooldownSeconds` after the last: so a key that was just rotated in is found,
 * a forged `kid` is refused, and neither costs the issuer more than one fetch per
 * cooldown. Unknown key ids are not cached.
 *
 * While fetching fails, known keys stay valid up to `maxStaleSeconds`, and
 * an unknown `kid` is an {@link UnavailableError}.
 *
 * A set without any usable key is accepted when it is seen again at
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
  /** Number of loads started before the token of these keys arrived. */
  readonly #marks = new WeakMap<readonly KeyObject[], number>();

  constructor(options: RemoteJwksOptions) {
    const { jwksUri } = options;
    const locate = typeof jwksUri === "string" ? () => jwksUri : jwksUri;
    this.#clock = options.clock ?? systemClock;
    this.#refreshing = new Refreshing({
      load: async () => fetchKeys(await locate(), options.fetch),
      accept: (fetched) => this.#adopt(fetched),
      unavailableReason: "jwks_unreachable",
      ttlSeconds: Math.max(options.ttlSeconds, MIN_TTL_SECONDS),
      maxStaleSeconds: options.maxStaleSeconds,
      cooldownSeconds: options.cooldownSeconds ?? DEFAULT_COOLDOWN_SECONDS,
      clock: this.#clock,
      random: options.random ?? Math.random,
    });
  }

  /** The first key of {@link getKeys}. */
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
    // A load caused by the first call has already found newer keys.
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
   * to use. A cache of validated tokens compares it and validates again if it
   * differs.
   */
  generation(): number {
    if (this.#refreshing.peek() === undefined) this.#replace([]);
    return this.#generation;
  }

  /** Fetches in the background when it is time. For callers that use cached decisions. */
  keepFresh(): void {
    this.#refreshing.refreshIfDue();
  }

  /**
   * Loads the key set if there is none, within the same limits as for a token.
   *
   * @throws UnavailableError if it cannot be loaded
   */
  async load(): Promise<void> {
    await this.#refreshing.get();
  }

  /** The state of the key set, without fetching it. */
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

  /** Keeps the same objects for unchanged keys, because caches and `tried` compare objects. */
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
    // A clock that was set back restarts the wait.
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
  // Its own cache and limiter are off: `Refreshing` handles outages, floods and rotation.
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
