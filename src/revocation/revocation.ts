import { LRUCache } from "lru-cache";
import { sha256 } from "../core/hashes.js";
import type { AccessToken } from "../core/access-token.js";
import { MAX_CLOCK_TOLERANCE_SECONDS, systemClock, type Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import type { Store } from "../stores/store.js";

/**
 * What is revoked. `until`, in seconds since the epoch, is when the revocation
 * may be forgotten: not before `exp` of the last token it concerns. It stays in force for the
 * longest clock tolerance after that, 120 seconds.
 *
 * `issuer` narrows `jti`, `subject` and `clientId`; without it they concern every
 * issuer. `subject` and `clientId` revoke what was issued up to now, or up to
 * `issuedBefore`: a later sign-in works again. Authorization servers whose clock
 * runs ahead of this server's date tokens later than that; add the difference there.
 */
export type Revocation =
  | { readonly jti: string; readonly issuer?: string; readonly until: number }
  | {
      readonly subject: string;
      readonly issuer?: string;
      readonly issuedBefore?: number;
      readonly until: number;
    }
  | {
      readonly clientId: string;
      readonly issuer?: string;
      readonly issuedBefore?: number;
      readonly until: number;
    }
  | { readonly session: string; readonly until: number }
  /** From the package's `tokenHash`: for tokens that have no `jti`. */
  | { readonly tokenHash: string; readonly until: number };

export interface RevocationsOptions {
  readonly store: Store;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /**
   * Other processes write to the store as well. If false, nothing is looked
   * up before this object revokes something.
   * @default true
   */
  readonly isShared?: boolean;
  /**
   * How long an answer of the store is used again, in seconds: the longest time
   * another process may still accept what this one revoked. 0 asks every time.
   */
  readonly cacheSeconds: number;
  /**
   * Answers kept in this process; a request needs up to eight.
   * @default 50000
   */
  readonly maxCached?: number;
  /**
   * What happens while the store does not answer. `refuse`: 503. `continue`: what
   * is not known here to be revoked passes.
   */
  readonly onStoreFailure: "refuse" | "continue";
}

/** What came along with a token. */
export interface SentWith {
  /** From `tokenHash`: identifies the token. */
  readonly tokenHash?: string | undefined;
  /** From `sha256`: tells apart two texts whose answers are one object. */
  readonly textHash?: string | undefined;
  /** Id of the MCP session. */
  readonly session?: string | undefined;
}

/** What the store says of one thing. */
interface Mark {
  /** Tokens issued up to then are revoked; `null` means all. */
  readonly issuedBefore: number | null;
  readonly until: number;
}

interface CachedMark {
  readonly mark: Mark | undefined;
  /** When the store was asked, not when it answered. */
  readonly askedAt: number;
}

interface KnownGood {
  readonly textHash: string;
  readonly session: string | undefined;
  readonly askedAt: number;
  readonly made: number;
}

/** Longest session id; longer ones could fill memory. */
const MAX_SESSION_LENGTH = 128;

/**
 * Tokens, users, clients and sessions that are locked out before their tokens
 * expire. Kept in a {@link Store}, so that all processes that share it see a
 * revocation, each within `cacheSeconds`; the process that revokes sees it at once.
 *
 * Two concurrent revocations of the same thing with different times may leave the
 * earlier ones in place; repeat the call where that matters.
 */
export class Revocations {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #cacheSeconds: number;
  readonly #onStoreFailure: "refuse" | "continue";
  readonly #isShared: boolean;
  readonly #cache: LRUCache<string, CachedMark>;
  readonly #keys = new TokenKeys();
  #made = 0;
  /** Saves all look-ups of a token that was just looked up. By its object, which is frozen. */
  readonly #good = new WeakMap<AccessToken, KnownGood>();

  constructor(options: RevocationsOptions) {
    this.#store = options.store;
    this.#clock = options.clock ?? systemClock;
    this.#cacheSeconds = options.cacheSeconds;
    this.#onStoreFailure = options.onStoreFailure;
    this.#isShared = options.isShared ?? true;
    this.#cache = new LRUCache({ max: options.maxCached ?? 50_000 });
  }

  /** How often this object revoked: says whether an earlier look still holds. */
  get made(): number {
    return this.#made;
  }

  /**
   * Locks something out. What was revoked for longer, or for later tokens, stays so.
   *
   * @throws RangeError where something is empty, or no time to be in force is left
   * @throws UnavailableError when the store does not take it: it holds in this process,
   *   others may not hear of it, so call again
   */
  async revoke(revocation: Revocation): Promise<void> {
    const now = this.#clock();
    const key = keyOfRevocation(revocation);
    const wanted = markOf(revocation, now);
    // In this process first, regardless of the store: an outage must not delay the revocation.
    this.#made += 1;
    this.#remember(key, wanted, -Infinity);
    try {
      const old = parseMark(await this.#store.get(key));
      const mark = old === undefined ? wanted : mergeMarks(old, wanted);
      await this.#store.set(key, JSON.stringify(mark), endOf(mark) - now);
      this.#remember(key, mark, this.#clock());
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /**
   * Whether this token, its subject, client or session is revoked: at most one
   * round trip to the store. A token without `iat` counts as older than any
   * revocation of its subject or client.
   *
   * @param sent what the request sent: `tokenHash` of the token's text, and its session id
   * @throws UnavailableError if that cannot be determined
   */
  async isRevoked(token: AccessToken, sent: SentWith = {}): Promise<boolean> {
    return (await this.findRevoked(token, sent)) !== undefined;
  }

  /**
   * Whether {@link findRevoked} found nothing against this token, sent with the
   * same things, and its answer may still be used again. `false` says nothing.
   */
  isKnownGood(token: AccessToken, sent: SentWith): boolean {
    if (!this.#isShared && this.#made === 0) return true;
    const good = this.#good.get(token);
    return (
      good !== undefined &&
      good.made === this.#made &&
      good.textHash === sent.textHash &&
      good.session === sent.session &&
      this.#isFresh(good, this.#clock(), -Infinity)
    );
  }

  /**
   * Like {@link isRevoked}, and says what is locked out: `session` when it is the
   * session and nothing else, so that the sender may begin a new one.
   *
   * @param since answers of the store from before do not count, in seconds since the epoch
   * @throws UnavailableError if that cannot be determined
   */
  async findRevoked(
    token: AccessToken,
    sent: SentWith = {},
    since = -Infinity,
  ): Promise<"token" | "session" | undefined> {
    if (!this.#isShared && this.#made === 0) return undefined;
    const now = this.#clock();
    const made = this.#made;
    const { session: sessionId } = sent;
    const session = sessionId === undefined ? undefined : keyOf("session", sessionId);
    const ofToken = this.#keys.of(token, sent.tokenHash);
    const keys = session === undefined ? ofToken : [...ofToken, session];
    const marks = await this.#marksOf(keys, now, since);
    const hits = keys.filter((_, index) => {
      const mark = marks[index];
      return mark !== undefined && isHit(mark, token, now);
    });
    if (hits.length === 0) {
      // An answer is as old as the oldest one it was made of.
      const askedAt = Math.min(
        now,
        ...keys.map((key) => this.#cache.peek(key)?.askedAt ?? -Infinity),
      );
      const { textHash } = sent;
      const isShort = (sessionId?.length ?? 0) <= MAX_SESSION_LENGTH;
      if (textHash !== undefined && isShort && Object.isFrozen(token)) {
        this.#good.set(token, { textHash, session: sessionId, askedAt, made });
      }
      return undefined;
    }
    return hits.every((key) => key === session) ? "session" : "token";
  }

  async #marksOf(
    keys: readonly string[],
    now: number,
    since: number,
  ): Promise<(Mark | undefined)[]> {
    const stale = keys.filter((key) => !this.#isFresh(this.#cache.get(key), now, since));
    if (stale.length === 0) return keys.map((key) => this.#cache.peek(key)?.mark);
    let values: readonly (string | undefined)[];
    try {
      values = await this.#store.getMany(stale);
    } catch (cause) {
      if (this.#onStoreFailure === "refuse") throw unavailable(cause);
      // What is cached may be old, but a revocation is never taken back.
      return keys.map((key) => this.#cache.peek(key)?.mark);
    }
    const read = new Map(
      stale.map((key, index) => [key, this.#remember(key, parseMark(values[index]), now)]),
    );
    return keys.map((key) => (read.has(key) ? read.get(key) : this.#cache.peek(key)?.mark));
  }

  #isFresh(cached: { readonly askedAt: number } | undefined, now: number, since: number): boolean {
    if (cached === undefined || cached.askedAt < since) return false;
    const age = now - cached.askedAt;
    // A clock that went back must not keep an answer for good.
    return age >= 0 && age < this.#cacheSeconds;
  }

  /**
   * Keeps an answer, and returns what holds. A revocation is never taken back:
   * not by an answer that was in progress meanwhile, nor by a store that lost it.
   */
  #remember(key: string, answer: Mark | undefined, askedAt: number): Mark | undefined {
    const known = this.#cache.peek(key)?.mark;
    const mark =
      known === undefined || answer === undefined ? (answer ?? known) : mergeMarks(known, answer);
    this.#cache.set(key, { mark, askedAt });
    return mark;
  }
}

/** Saves up to seven hashes a request: validators return the same object for a remembered token. */
class TokenKeys {
  readonly #known = new WeakMap<
    AccessToken,
    { readonly tokenHash: string | undefined; readonly keys: readonly string[] }
  >();

  of(token: AccessToken, tokenHash: string | undefined): readonly string[] {
    const known = this.#known.get(token);
    // Two credentials may share one object, for instance two keys of one client.
    if (known !== undefined && known.tokenHash === tokenHash) return known.keys;
    const keys = keysOfToken(token, { tokenHash });
    this.#known.set(token, { tokenHash, keys });
    return keys;
  }
}

/**
 * Whether a revocation made now affects this token, its subject, client or session:
 * what {@link Revocations.isRevoked} would say if it were the only one.
 *
 * @throws RangeError for a revocation that {@link Revocations.revoke} would refuse
 */
export function isConcerned(
  revocation: Revocation,
  token: AccessToken,
  sent: SentWith,
  now: number,
): boolean {
  return (
    keysOfToken(token, sent).includes(keyOfRevocation(revocation)) &&
    isHit(markOf(revocation, now), token, now)
  );
}

function unavailable(cause: unknown): UnavailableError {
  return new UnavailableError("revocation_store_unavailable", { cause });
}

function isHit(mark: Mark, token: AccessToken, now: number): boolean {
  if (now >= endOf(mark)) return false;
  // Without a date it cannot be shown that the token is newer.
  if (mark.issuedBefore === null || token.issuedAt === undefined) return true;
  return token.issuedAt <= mark.issuedBefore;
}

/** A token that expires at `until` is accepted for the clock tolerance longer. */
function endOf({ until }: Mark): number {
  return until + MAX_CLOCK_TOLERANCE_SECONDS;
}

type Kind = "jti" | "subject" | "client" | "session" | "token";

/** Hashed: a dump of the store names no user, and no part can imitate another. */
function keyOf(kind: Kind, value: string, issuer?: string): string {
  const text = JSON.stringify([kind, issuer ?? null, value]);
  return `revoked:${sha256(text)}`;
}

function keyOfRevocation(revocation: Revocation): string {
  if ("jti" in revocation) return keyOf("jti", named(revocation.jti), revocation.issuer);
  if ("subject" in revocation)
    return keyOf("subject", named(revocation.subject), revocation.issuer);
  if ("clientId" in revocation) {
    return keyOf("client", named(revocation.clientId), revocation.issuer);
  }
  if ("session" in revocation) return keyOf("session", named(revocation.session));
  return keyOf("token", named(revocation.tokenHash));
}

/** An empty or missing name would revoke nothing and look as if it had. */
function named(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new RangeError("A revocation must name what it revokes.");
}

function keysOfToken(token: AccessToken, sent: SentWith): string[] {
  const keys: string[] = [];
  const add = (kind: Kind, value: string | undefined, ofIssuer: boolean) => {
    if (value === undefined) return;
    keys.push(keyOf(kind, value));
    if (ofIssuer && token.issuer !== undefined) keys.push(keyOf(kind, value, token.issuer));
  };
  add("token", sent.tokenHash, false);
  add("session", sent.session, false);
  add("jti", token.tokenId, true);
  add("subject", token.subject, true);
  add("client", token.clientId, true);
  return keys;
}

function markOf(revocation: Revocation, now: number): Mark {
  const { until } = revocation;
  // A time in milliseconds, or one that is past, would be accepted without effect or for ever.
  if (!(until > now && until - now < MAX_REVOCATION_SECONDS)) {
    throw new RangeError("`until` of a revocation must lie in the future, in seconds.");
  }
  if (!("subject" in revocation) && !("clientId" in revocation)) {
    return { issuedBefore: null, until };
  }
  const issuedBefore = revocation.issuedBefore ?? now;
  if (!(issuedBefore >= 0 && issuedBefore <= until)) {
    throw new RangeError(
      "`issuedBefore` of a revocation must be a time before `until`, in seconds.",
    );
  }
  return { issuedBefore, until };
}

/** Thirty years. */
const MAX_REVOCATION_SECONDS = 30 * 365 * 86_400;

/** Merges two marks: the result revokes what either one revokes. */
function mergeMarks(a: Mark, b: Mark): Mark {
  return {
    issuedBefore:
      a.issuedBefore === null || b.issuedBefore === null
        ? null
        : Math.max(a.issuedBefore, b.issuedBefore),
    until: Math.max(a.until, b.until),
  };
}

/** @throws UnavailableError for a value that is no mark: unreadable is not "not revoked" */
function parseMark(value: string | undefined): Mark | undefined {
  if (value === undefined) return undefined;
  try {
    const { issuedBefore, until } = JSON.parse(value) as Partial<Mark>;
    if (typeof until === "number" && (issuedBefore === null || typeof issuedBefore === "number")) {
      return { issuedBefore, until };
    }
  } catch {
    // Told below, without the text.
  }
  throw new UnavailableError("revocation_unreadable");
}
