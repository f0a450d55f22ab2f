import type { Sender } from "../core/access-token.js";
import type { Clock } from "../core/clock.js";

/** An open response that can carry several messages. */
export interface LeasedStream {
  /** Stops writing; messages are queued, with a limit. */
  hold(): void;
  /** Writes the queued messages and resumes. */
  release(): void;
  /** Ends the stream and discards the queue. */
  end(): void;
}

/** Node fires timers with a longer delay immediately. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;
/** Maximum queued announcements of one session, until a fresh token arrives. */
const MAX_WAITING = 1_000;

/**
 * Defines how long a session's streams continue: while the newest token that was admitted
 * in the session is accepted, plus a renewal window. A client refreshes
 * only after a 401. In the window it gets that 401, and a fresh token finds that the
 * session still exists. Until then nothing is written to the streams.
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

  /** @param renewalSeconds with 0, streams end when the newest token is no longer accepted */
  constructor(newest: Sender | undefined, clock: Clock, renewalSeconds: number) {
    this.#newest = newest;
    this.#clock = clock;
    this.#renewalSeconds = renewalSeconds;
  }

  /** The authentication with the newest token; `undefined` without one, or after its revocation. */
  get newest(): Sender | undefined {
    return this.#newest;
  }

  get isStreaming(): boolean {
    return this.#streams.size > 0;
  }

  /**
   * Renews the lease with the token of an admitted request: with a newer one, or any if the
   * newest one is no longer accepted.
   */
  renew(sender: Sender): void {
    const newest = this.#newest;
    const isAccepted = newest !== undefined && this.#clock() < acceptedUntil(newest);
    if (isAccepted && !isNewer(sender, newest)) return;
    this.#newest = sender;
    // When the timer fires, it is set again for a later end.
    const isEarlier = newest === undefined || acceptedUntil(sender) < acceptedUntil(newest);
    if (this.#isHeld || isEarlier) this.#disarm();
    if (this.#isHeld) this.#release();
    this.#arm();
  }

  /** Adds a stream to the lease. Call the returned function when the stream has ended. */
  add(stream: LeasedStream): () => void {
    this.#streams.add(stream);
    if (this.#isHeld) stream.hold();
    this.#arm();
    return () => this.#streams.delete(stream);
  }

  /**
   * Queues an announcement until the renewal, when the fresh token decides whether the
   * session may receive it. Returns false outside the window.
   */
  postpone(announce: () => void): boolean {
    if (!this.#isHeld) return false;
    if (this.#waiting.push(announce) > MAX_WAITING) this.#endStreams();
    return true;
  }

  /** Ends the streams immediately after a revocation. Another token may renew the lease. */
  revoke(): void {
    this.#newest = undefined;
    this.#endStreams();
  }

  /** Ends the streams with the session, and discards their queues. */
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

/** The newer authentication, by `iat`, or by expiry if a token has no `iat`. */
function isNewer({ token }: Sender, { token: than }: Sender): boolean {
  const [issued, other] = [token.issuedAt, than.issuedAt];
  if (issued !== undefined && other !== undefined && issued !== other) return issued > other;
  return (token.expiresAt ?? Infinity) >= (than.expiresAt ?? Infinity);
}

/** Until when a token is accepted, in seconds since the epoch. */
export function acceptedUntil({ token }: Sender): number {
  return token.acceptedUntil ?? token.expiresAt ?? Infinity;
}
