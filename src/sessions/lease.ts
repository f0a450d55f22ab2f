import type { Sender } from "../core/access-token.js";
import type { Clock } from "../core/clock.js";

/** An answer under way that can carry more than one message. */
export interface LeasedStream {
  /** From now on nothing is written; what the server says waits, bounded. */
  hold(): void;
  /** What waits is written. */
  release(): void;
  /** Ends the stream. What waits is never written. */
  end(): void;
}

/** Node fires at once for longer delays. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** Announcements that wait for a fresh token, in one session. */
const MAX_WAITING = 1_000;

/**
 * How long a session's streams go on: as long as the newest token that was let
 * in with the session is accepted, plus a renewal window. A client refreshes
 * only after a 401. In the window it gets that 401, and a fresh token finds the
 * session still there. Until then nothing is written to the streams.
 *
 * A lease without a token belongs to an anonymous session and does not end.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #renewalSeconds: number;
  readonly #streams = new Set<LeasedStream>();
  #newest: Sender | undefined;
  #isHeld = false;
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param renewalSeconds 0 ends streams together with the acceptance of the newest token */
  constructor(newest: Sender | undefined, clock: Clock, renewalSeconds: number) {
    this.#newest = newest;
    this.#clock = clock;
    this.#renewalSeconds = renewalSeconds;
  }

  /** Whose request was let in with the newest token; `undefined` without one, or when it is revoked. */
  get newest(): Sender | undefined {
    return this.#newest;
  }

  get isStreaming(): boolean {
    return this.#streams.size > 0;
  }

  /**
   * Takes the token of a request that was let in: a newer one, or any while the
   * newest one is no longer accepted.
   */
  renew(sender: Sender): void {
    const newest = this.#newest;
    const isAccepted = newest !== undefined && this.#clock() < acceptedUntil(newest);
    if (isAccepted && !isNewer(sender, newest)) return;
    this.#newest = sender;
    // A later end is found out when the timer fires.
    const isEarlier = newest === undefined || acceptedUntil(sender) < acceptedUntil(newest);
    if (this.#isHeld || isEarlier) this.#disarm();
    if (this.#isHeld) this.#release();
    this.#arm();
  }

  /** Puts a stream under the lease. Call what is returned when the stream is over. */
  add(stream: LeasedStream): () => void {
    this.#streams.add(stream);
    if (this.#isHeld) stream.hold();
    this.#arm();
    return () => this.#streams.delete(stream);
  }

  /**
   * Keeps an announcement for after the renewal, when the fresh token says who may
   * hear it. False outside the window.
   */
  postpone(announce: () => void): boolean {
    if (!this.#isHeld) return false;
    if (this.#waiting.push(announce) > MAX_WAITING) this.#endStreams();
    return true;
  }

  /** Ends the streams at once: the newest token is revoked. Another token may renew the lease. */
  revoke(): void {
    this.#newest = undefined;
    this.#endStreams();
  }

  /** The session is over. Streams end with it, without what still waits. */
  close(): void {
    this.#disarm();
    if (this.#isHeld) this.#endStreams();
  }

  #check(): void {
    this.#timer = undefined;
    if (this.#newest === undefined || !this.isStreaming) return;
    const now = this.#clock();
    const until = acceptedUntil(this.#newest);
    if (now >= until + this.#renewalSeconds) return this.#endStreams();
    if (now >= until && !this.#isHeld) {
      this.#isHeld = true;
      for (const stream of this.#streams) stream.hold();
    }
    this.#arm();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#newest === undefined || !this.isStreaming) return;
    const until = acceptedUntil(this.#newest) + (this.#isHeld ? this.#renewalSeconds : 0);
    if (until === Infinity) return;
    const delay = Math.min(Math.max(0, (until - this.#clock()) * 1000), LONGEST_DELAY_MS);
    this.#timer = setTimeout(() => this.#check(), delay).unref();
  }

  #disarm(): void {
    // Node keeps a list for each delay of cleared timers without a reference, until they would fire.
    this.#timer?.ref();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #release(): void {
    this.#isHeld = false;
    for (const stream of this.#streams) stream.release();
    for (const announce of this.#waiting.splice(0)) announce();
  }

  #endStreams(): void {
    this.#isHeld = false;
    this.#waiting = [];
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }
}

/** The later one. Tokens that do not say when they were issued are told apart by their end. */
function isNewer({ token }: Sender, { token: than }: Sender): boolean {
  const [issued, other] = [token.issuedAt, than.issuedAt];
  if (issued !== undefined && other !== undefined && issued !== other) return issued > other;
  return (token.expiresAt ?? Infinity) >= (than.expiresAt ?? Infinity);
}

/** Until when a token is let in, in seconds since the epoch. */
export function acceptedUntil({ token }: Sender): number {
  return token.acceptedUntil ?? token.expiresAt ?? Infinity;
}
