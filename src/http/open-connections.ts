import type { ServerResponse } from "node:http";
import { readPrincipal, type AccessToken } from "../core/access-token.js";
import type { Session, SessionRegistry } from "../binding/session.js";
import type { Clock } from "../core/clock.js";
import { endStream } from "./expiry.js";
import {
  isConcerned,
  type Revocation,
  type Revocations,
  type SentWith,
} from "../policy/revocation.js";

interface Stream {
  readonly token: AccessToken;
  readonly sent: SentWith;
}

export interface OpenConnectionsOptions {
  readonly revocations: Pick<Revocations, "findRevoked">;
  readonly clock: Clock;
  /**
   * How often standing streams are checked against revocations that other
   * processes made, in seconds; `undefined` where there are no other processes.
   */
  readonly recheckSeconds: number | undefined;
}

/** Questions under way at once during a round of checks. */
const CONCURRENT_CHECKS = 50;

/**
 * The sessions and standing streams that one provider has open in this process,
 * so that a revocation ends what was let in before it.
 *
 * Requests need no part of this: each of them is checked when it comes.
 */
export class OpenConnections {
  readonly #options: OpenConnectionsOptions;
  readonly #registries = new Set<SessionRegistry>();
  readonly #streams = new Map<ServerResponse, Stream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OpenConnectionsOptions) {
    this.#options = options;
  }

  addSessions(registry: SessionRegistry): void {
    this.#registries.add(registry);
  }

  /** The transport has stopped; its sessions are over. */
  removeSessions(registry: SessionRegistry): void {
    this.#registries.delete(registry);
  }

  /** Open sessions on all transports. */
  get sessionCount(): number {
    return [...this.#registries].reduce((sum, { size }) => sum + size, 0);
  }

  closeSessions(): void {
    for (const registry of this.#registries) registry.closeAll();
  }

  addStream(res: ServerResponse, token: AccessToken, sent: SentWith): void {
    this.#streams.set(res, { token, sent });
    res.once("close", () => {
      this.#streams.delete(res);
      if (this.#streams.size === 0) this.#stop();
    });
    this.#start();
  }

  /**
   * Ends at once what a revocation concerns. A session belongs to a principal,
   * not to a token: it ends when the subject, the client or the session itself
   * is revoked; a revoked token ends the streams it opened.
   */
  async end(revocation: Revocation): Promise<void> {
    const now = this.#options.clock();
    for (const [res, { token, sent }] of this.#streams) {
      if (isConcerned(revocation, token, sent, now)) endStream(res);
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
   * Ends the streams that another process revoked. Where that cannot be told
   * the stream ends as well: its client comes back, and is told 503 until it can.
   */
  async recheck(): Promise<void> {
    const streams = [...this.#streams];
    // What requests were told before would make a stream live twice as long as a revocation takes.
    const since = this.#options.clock();
    const check = async () => {
      for (let next = streams.pop(); next !== undefined; next = streams.pop()) {
        const [res, { token, sent }] = next;
        const revoked = await this.#options.revocations
          .findRevoked(token, sent, since)
          .catch(() => "unknown" as const);
        if (revoked !== undefined) endStream(res);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_CHECKS }, check));
  }

  #start(): void {
    const { recheckSeconds } = this.#options;
    if (this.#timer !== undefined || recheckSeconds === undefined) return;
    let busy = false;
    this.#timer = setInterval(() => {
      // A round that takes longer than the interval is not joined by a second one.
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
  // The owner of a session whose token names nobody is that token; see `ResourceServer`.
  const tokenHash = principal?.startsWith("token:") ? principal.slice("token:".length) : undefined;
  return isConcerned(
    revocation,
    owner,
    { session: id, ...(tokenHash !== undefined && { tokenHash }) },
    now,
  );
}
