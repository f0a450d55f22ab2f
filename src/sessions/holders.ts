import { readPrincipal } from "../core/access-token.js";

/** The opener of a session: a principal, or an anonymous client at an address. */
export type SessionOwner =
  { readonly principal: string } | { readonly strangerFrom: string | undefined };

/**
 * The unit of the session limits: a user over all clients, or
 * an anonymous client's address. A client that acts for itself counts as a user.
 */
export interface Holder<Entry> {
  readonly key: string;
  readonly isAnonymous: boolean;
  readonly sessions: Set<Entry>;
  /** Idle sessions; the one that has been idle for longest comes first. */
  readonly idle: Set<Entry>;
  /** Requests that are opening a session. */
  openings: number;
}

/** The holders of one registry, and the eviction rule. */
export class Holders<Entry extends { readonly idleSince: number }> {
  readonly #byKey = new Map<string, Holder<Entry>>();
  #anonymous = 0;
  #all = 0;

  /** Sessions that are open or being opened. */
  get count(): { readonly all: number; readonly anonymous: number } {
    return { all: this.#all, anonymous: this.#anonymous };
  }

  /** The holder; a new one is not kept before {@link change}. */
  of(owner: SessionOwner): Holder<Entry> {
    const key = keyOf(owner);
    return (
      this.#byKey.get(key) ?? {
        key,
        isAnonymous: !("principal" in owner),
        sessions: new Set(),
        idle: new Set(),
        openings: 0,
      }
    );
  }

  /** Changes a holder and updates the counts. */
  change(holder: Holder<Entry>, apply: (holder: Holder<Entry>) => void): void {
    const before = sizeOf(holder);
    apply(holder);
    const after = sizeOf(holder);
    this.#all += after - before;
    if (holder.isAnonymous) this.#anonymous += after - before;
    if (after > 0) this.#byKey.set(holder.key, holder);
    else this.#byKey.delete(holder.key);
  }

  /**
   * The idle session to evict for a new one of `newcomer`: the oldest one
   * of the largest holder. No session is evicted for a larger holder, so a user
   * who opens many sessions evicts their own. Anonymous sessions are evicted first, and
   * never evict a principal's.
   */
  roomFor(newcomer: Holder<Entry>): Entry | undefined {
    const anonymous = this.#ofLargest(newcomer, true);
    if (anonymous !== undefined || newcomer.isAnonymous) return anonymous;
    return this.#ofLargest(newcomer, false);
  }

  #ofLargest(newcomer: Holder<Entry>, isAnonymous: boolean): Entry | undefined {
    const size = newcomer.isAnonymous === isAnonymous ? sizeOf(newcomer) : 0;
    const largest = this.#largestIdle(isAnonymous);
    if (largest === undefined || sizeOf(largest) < size)
      return size > 0 ? oldestIdle(newcomer) : undefined;
    if (sizeOf(largest) > size) return oldestIdle(largest);
    // On a tie, the newcomer's own session is evicted.
    return oldestIdle(newcomer) ?? oldestIdle(largest);
  }

  #largestIdle(isAnonymous: boolean): Holder<Entry> | undefined {
    let largest: Holder<Entry> | undefined;
    for (const holder of this.#byKey.values()) {
      if (holder.isAnonymous !== isAnonymous || holder.idle.size === 0) continue;
      if (largest === undefined || isBefore(holder, largest)) largest = holder;
    }
    return largest;
  }
}

/** The larger holder; on a tie, the one with the older idle session. */
function isBefore<Entry extends { readonly idleSince: number }>(
  a: Holder<Entry>,
  b: Holder<Entry>,
): boolean {
  if (sizeOf(a) !== sizeOf(b)) return sizeOf(a) > sizeOf(b);
  return (oldestIdle(a)?.idleSince ?? 0) < (oldestIdle(b)?.idleSince ?? 0);
}

export function oldestIdle<Entry>({ idle }: Holder<Entry>): Entry | undefined {
  return idle.values().next().value;
}

export function sizeOf({ sessions, openings }: Holder<unknown>): number {
  return sessions.size + openings;
}

function keyOf(owner: SessionOwner): string {
  if (!("principal" in owner)) return `anonymous:${owner.strangerFrom ?? "unknown"}`;
  return userOf(owner.principal);
}

/** The user of a principal, the same for all of the user's clients; a client that acts for itself is one. */
export function userOf(principal: string): string {
  const { issuer, subject, clientId } = readPrincipal(principal);
  if (subject !== undefined) return JSON.stringify([issuer ?? null, subject]);
  // A token without a subject and client is its own principal, which never looks like JSON.
  if (clientId === undefined) return principal;
  return JSON.stringify([issuer ?? null, null, clientId]);
}
