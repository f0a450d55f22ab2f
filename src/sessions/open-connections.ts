import { readPrincipal, type AccessToken } from "../core/access-token.js";
import type { Session, SessionRegistry } from "./session.js";
import type { Clock } from "../core/clock.js";
import { isConcerned, type Revocation, type Revocations } from "../revocation/revocation.js";

export interface OpenConnectionsOptions {
  readonly revocations: Pick<Revocations, "findRevoked">;
  readonly clock: Clock;
  /**
   * How often streams are checked against revocations that other
   * processes made, in seconds; `undefined` if there are no other processes.
   */
  readonly recheckSeconds: number | undefined;
}

/** Maximum concurrent queries in a round of checks. */
const CONCURRENT_CHECKS = 50;

/**
 * The sessions and streams that one provider has open in this process, so that a
 * revocation ends streams that were admitted before it.
 *
 * Requests are not tracked: each is checked when it arrives.
 */
export class OpenConnections {
  readonly #options: OpenConnectionsOptions;
  readonly #registries = new Set<SessionRegistry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OpenConnectionsOptions) {
    this.#options = options;
  }

  addSessions(registry: SessionRegistry): void {
    this.#registries.add(registry);
    this.#start();
  }

  /** Ends the sessions of a transport that has stopped. */
  removeSessions(registry: SessionRegistry): void {
    this.#registries.delete(registry);
    if (this.#registries.size === 0) this.#stop();
  }

  /** Open sessions on all transports. */
  get sessionCount(): number {
    return [...this.#registries].reduce((sum, { size }) => sum + size, 0);
  }

  closeSessions(): void {
    for (const registry of this.#registries) registry.closeAll();
  }

  /**
   * Ends the affected sessions and streams immediately. A session belongs to a principal,
   * not to a token: it ends when the subject, the client or the session itself
   * is revoked. A revoked token ends the streams of the sessions whose
   * newest token it is.
   */
  async end(revocation: Revocation): Promise<void> {
    const now = this.#options.clock();
    for (const { lease, id } of this.#leases()) {
      const { newest } = lease;
      if (newest === undefined) continue;
      const sent = { tokenHash: newest.tokenHash, session: id };
      if (isConcerned(revocation, newest.token, sent, now)) lease.revoke();
    }
    const closing = [...this.#registries].flatMap((registry) =>
      [...registry.all()]
        .filter((session) => isSessionConcerned(revocation, session, now))
        .map(async (session) => {
          registry.delete(session.id);
          await session.transport.close();
        }),
    );
    await Promise.allSettled(closing);
  }

  /**
   * Ends streams whose token another process revoked. If that cannot be
   * determined, the stream ends as well, and its client gets 503.
   */
  async recheck(): Promise<void> {
    const leases = this.#leases().filter(({ lease }) => lease.isStreaming);
    // Do not use cached answers: a stream could then outlive a revocation by twice the cache time.
    const since = this.#options.clock();
    const check = async () => {
      for (let next = leases.pop(); next !== undefined; next = leases.pop()) {
        const { lease, id } = next;
        const { newest } = lease;
        if (newest === undefined) continue;
        const revoked = await this.#options.revocations
          .findRevoked(newest.token, { tokenHash: newest.tokenHash, session: id }, since)
          .catch(() => "unknown" as const);
        // A newer token was checked when it arrived.
        if (revoked !== undefined && lease.newest === newest) lease.revoke();
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_CHECKS }, check));
  }

  #leases() {
    return [...this.#registries].flatMap((registry) => [...registry.leases()]);
  }

  #start(): void {
    const { recheckSeconds } = this.#options;
    if (this.#timer !== undefined || recheckSeconds === undefined) return;
    let busy = false;
    this.#timer = setInterval(() => {
      // Rounds do not overlap, even if one takes longer than the interval.
      if (busy) return;
      busy = true;
      void this.recheck().finally(() => (busy = false));
    }, recheckSeconds * 1000).unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function isSessionConcerned(
  revocation: Revocation,
  { id, principal }: Session,
  now: number,
): boolean {
  const owner: AccessToken = {
    ...(principal !== undefined && readPrincipal(principal)),
    audience: [],
    scopes: [],
    claims: {},
  };
  // The owner of a session whose token has no principal is that token; see `ResourceServer`.
  const tokenHash = principal?.startsWith("token:") ? principal.slice("token:".length) : undefined;
  return isConcerned(
    revocation,
    owner,
    { session: id, ...(tokenHash !== undefined && { tokenHash }) },
    now,
  );
}
