import type { Sender } from "../core/access-token.js";
import type { Clock } from "../core/clock.js";
import { RateLimitedError } from "../core/errors.js";
import type { ReasonOf } from "../core/reasons/reasons.js";
import { Holders, oldestIdle, sizeOf, type Holder, type SessionOwner } from "./holders.js";
import { Lease } from "./lease.js";

/** Connection to a session's client. */
interface SessionChannel {
  send(message: { readonly jsonrpc: "2.0" }): Promise<void>;
  /** Ends the session and all its streams. */
  close(): Promise<void>;
}

/** An open MCP session and its owner. */
export interface Session {
  readonly id: string;
  /** The owner; see `principalOf`. `undefined` for an anonymous session. */
  principal: string | undefined;
  readonly transport: SessionChannel;
  /** Defines how long its streams continue. */
  readonly lease: Lease;
  /**
   * Runs when a principal takes over the session of an anonymous client. Absent
   * if that is impossible: an SSE session is its stream, which would stay with the
   * anonymous client.
   */
  readonly claimed?: (() => void) | undefined;
}

export interface SessionLimits {
  /** Open sessions of one user over all clients, or of one anonymous address. */
  readonly maxPerUser: number;
  /** Open sessions in total; anonymous sessions use at most half. */
  readonly max: number;
  /** How long an idle session (without a stream or a running request) is kept, in seconds. */
  readonly idleSeconds: number;
  /** How long streams wait for a fresh token; see {@link Lease}. */
  readonly renewalSeconds: number;
  readonly clock: Clock;
}

/** A session that is not registered yet. */
export type NewSession = Omit<Session, "lease">;

/** A reserved slot for a session that a request is opening; kept until {@link release}. */
export interface SessionOpening {
  /** Id of the opened session; `undefined` until then. */
  readonly sessionId: string | undefined;
  /** The lease of the session. It exists before the session, so that a revocation finds it. */
  readonly lease: Lease;
  add(session: NewSession): void;
  /** The request has ended. Idempotent. */
  release(): void;
}

interface Entry {
  readonly session: Session;
  /** Number of streams and running requests; idle at 0. */
  uses: number;
  idleSince: number;
  /** The holder whose limits the session counts for. */
  holder: Holder<Entry>;
  readonly scopes: Set<string>;
}

const RETRY_AFTER_SECONDS = 30;
const MAX_SCOPES_REMEMBERED = 200;
const SWEEP_SECONDS = 30;
/** Share of `max` for anonymous sessions; the rest is reserved for principals. */
const ANONYMOUS_SHARE = 1 / 2;

/**
 * The sessions of one transport, each bound to the principal that opened it
 * (MCP 2025-11-25, Security Best Practices, Session Hijacking).
 *
 * A session id alone grants nothing: for other principals the session does not
 * exist, and answers do not reveal whether it ever did.
 *
 * mcp-framework never ends a session itself. Here, idle sessions expire, and at the
 * limit an idle one is evicted; see {@link Holders.roomFor}.
 * Half of the slots are reserved for principals.
 */
export class SessionRegistry {
  readonly #limits: SessionLimits;
  readonly #onEnd: (session: Session) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #holders = new Holders<Entry>();
  /** Leases of sessions that are being opened. */
  readonly #pending = new Set<Lease>();
  /** In the order in which they became idle. */
  readonly #idle = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onEnd called with every session that has ended */
  constructor(limits: SessionLimits, onEnd: (session: Session) => void = () => {}) {
    this.#onEnd = onEnd;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Makes room for one more session; evicts an idle session if
   * necessary.
   *
   * @throws RateLimitedError if no session that may be evicted is idle
   */
  open(owner: SessionOwner, sender?: Sender): SessionOpening {
    const { max } = this.#limits;
    this.sweep();
    const holder = this.#holders.of(owner);
    this.#makeRoomOf(holder);
    const { all, anonymous } = this.#holders.count;
    const isShareFull = holder.isAnonymous && anonymous >= max * ANONYMOUS_SHARE;
    if (all >= max || isShareFull) this.#evict(this.#holders.roomFor(holder), "too_many_sessions");
    this.#holders.change(holder, () => (holder.openings += 1));
    return this.#opening(owner, sender);
  }

  /** Registers a session. The slot it was opened in, if any, counts as its first use. */
  add(session: NewSession, opening?: SessionOpening): void {
    if (opening !== undefined) return opening.add(session);
    const { principal } = session;
    const owner = principal === undefined ? { strangerFrom: undefined } : { principal };
    this.#insert({ ...session, lease: this.#leaseFor(undefined) }, owner, 0);
  }

  /**
   * The session, if it is this principal's, or anonymous and can be claimed.
   * Changes nothing: {@link claim} it once the request is allowed.
   */
  find(id: string, principal: string | undefined): Session | undefined {
    const session = this.#entries.get(id)?.session;
    if (session === undefined || session.principal === principal) return session;
    const isClaimable = session.principal === undefined && session.claimed !== undefined;
    return isClaimable ? session : undefined;
  }

  /**
   * Whether an allowed request of this principal may continue in the session; its
   * token renews the lease. An anonymous session passes to the first principal that
   * uses it, so that a client can continue after it has signed in. From then on it
   * does not exist for anonymous clients.
   *
   * @param sender `undefined` for an anonymous client
   * @throws RateLimitedError if the principal uses as many sessions as it may have
   */
  claim(session: Session, principal: string | undefined, sender: Sender | undefined): boolean {
    const entry = this.#entries.get(session.id);
    if (entry?.session !== session) return false;
    const isClaimable = session.principal === undefined && session.claimed !== undefined;
    if (isClaimable && principal !== undefined) {
      // Otherwise sessions that are opened without a token would bypass the limit.
      const holder = this.#holders.of({ principal });
      this.#makeRoomOf(holder);
      session.principal = principal;
      this.#move(entry, holder);
      session.claimed?.();
    }
    // Another request may have claimed the session in the meantime.
    if (session.principal !== principal) return false;
    if (sender !== undefined) session.lease.renew(sender);
    return true;
  }

  /** An open session with any owner, for code that runs in it. */
  get(id: string): Session | undefined {
    return this.#entries.get(id)?.session;
  }

  /** Marks a session as in use. Call the returned function when the request has ended. */
  use(id: string): () => void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return () => undefined;
    entry.uses += 1;
    this.#setIdle(entry, false);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#release(entry);
    };
  }

  /** Scopes that this session has not been used with before; remembers them. */
  newScopes(id: string, scopes: readonly string[]): string[] {
    const known = this.#entries.get(id)?.scopes;
    if (known === undefined) return [];
    const added = scopes.filter((scope) => !known.has(scope));
    for (const scope of added) if (known.size < MAX_SCOPES_REMEMBERED) known.add(scope);
    return added;
  }

  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#setIdle(entry, false);
    this.#holders.change(entry.holder, ({ sessions }) => sessions.delete(entry));
    this.#stopIfEmpty();
    entry.session.lease.close();
    this.#onEnd(entry.session);
  }

  *all(): IterableIterator<Session> {
    for (const { session } of this.#entries.values()) yield session;
  }

  /** Every lease, with the id of its session if that is already open. */
  *leases(): IterableIterator<{ readonly lease: Lease; readonly id: string | undefined }> {
    for (const { id, lease } of this.all()) yield { lease, id };
    for (const lease of this.#pending) yield { lease, id: undefined };
  }

  /** Ends sessions that have been idle for too long. */
  sweep(): void {
    const { clock, idleSeconds } = this.#limits;
    const now = clock();
    for (const entry of this.#idle) {
      // A clock that was set back must not extend a session.
      if (Math.abs(now - entry.idleSince) < idleSeconds) break;
      this.#end(entry);
    }
  }

  /** Ends every session. */
  closeAll(): void {
    for (const entry of [...this.#entries.values()]) this.#end(entry);
  }

  #opening(owner: SessionOwner, sender: Sender | undefined): SessionOpening {
    const lease = this.#leaseFor(sender);
    let entry: Entry | undefined;
    let released = false;
    const leave = (): void =>
      this.#holders.change(this.#holders.of(owner), (holder) => (holder.openings -= 1));
    this.#pending.add(lease);
    return {
      lease,
      get sessionId() {
        return entry?.session.id;
      },
      add: (session) => {
        if (entry !== undefined) return;
        if (!released) leave();
        this.#pending.delete(lease);
        entry = this.#insert({ ...session, lease }, owner, released ? 0 : 1);
      },
      release: () => {
        if (released) return;
        released = true;
        this.#pending.delete(lease);
        if (entry === undefined) leave();
        else this.#release(entry);
      },
    };
  }

  #insert(session: Session, owner: SessionOwner, uses: number): Entry {
    const entry: Entry = {
      session,
      uses,
      idleSince: this.#limits.clock(),
      holder: this.#holders.of(owner),
      scopes: new Set(),
    };
    this.#entries.set(session.id, entry);
    this.#holders.change(entry.holder, ({ sessions }) => sessions.add(entry));
    if (uses === 0) this.#setIdle(entry, true);
    this.#timer ??= setInterval(() => this.sweep(), SWEEP_SECONDS * 1000).unref();
    return entry;
  }

  #release(entry: Entry): void {
    entry.uses -= 1;
    if (entry.uses > 0 || this.#entries.get(entry.session.id) !== entry) return;
    entry.idleSince = this.#limits.clock();
    this.#setIdle(entry, true);
  }

  #leaseFor(sender: Sender | undefined): Lease {
    const { clock, renewalSeconds } = this.#limits;
    return new Lease(sender, clock, renewalSeconds);
  }

  #setIdle(entry: Entry, isIdle: boolean): void {
    for (const set of [this.#idle, entry.holder.idle]) {
      if (isIdle) set.add(entry);
      else set.delete(entry);
    }
  }

  /** Room for one more session of a holder. @throws RateLimitedError */
  #makeRoomOf(holder: Holder<Entry>): void {
    if (sizeOf(holder) < this.#limits.maxPerUser) return;
    this.#evict(oldestIdle(holder), "too_many_sessions_of_owner");
  }

  #move(entry: Entry, holder: Holder<Entry>): void {
    const isIdle = this.#idle.has(entry);
    this.#setIdle(entry, false);
    this.#holders.change(entry.holder, ({ sessions }) => sessions.delete(entry));
    entry.holder = holder;
    this.#holders.change(holder, ({ sessions }) => sessions.add(entry));
    // Idle sessions stay in the order of their times.
    entry.idleSince = this.#limits.clock();
    if (isIdle) this.#setIdle(entry, true);
  }

  #evict(entry: Entry | undefined, reason: ReasonOf<429>): void {
    if (entry === undefined) {
      throw new RateLimitedError(reason, { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    this.#end(entry);
  }

  #end({ session }: Entry): void {
    this.delete(session.id);
    session.transport.close().catch(() => undefined);
  }

  #stopIfEmpty(): void {
    if (this.#entries.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
