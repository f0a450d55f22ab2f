/** The way to a session's client. */
export interface SessionChannel {
  send(message: { readonly jsonrpc: "2.0" }): Promise<void>;
  /** Ends the session and every stream it has. */
  close(): Promise<void>;
}

/** An open MCP session and whose it is. */
export interface Session {
  readonly id: string;
  /** Who opened it; see `principalOf`. `undefined` for a stranger at a public part. */
  principal: string | undefined;
  readonly transport: SessionChannel;
}

/**
 * The sessions of one transport, each bound to the principal that opened it
 * (MCP 2025-11-25, Security Best Practices, Session Hijacking).
 *
 * A session id alone opens nothing: for anybody else the session does not
 * exist, and no answer tells a foreign session from one that never was.
 */
export class SessionRegistry {
  readonly #sessions = new Map<string, Session>();

  get size(): number {
    return this.#sessions.size;
  }

  add(session: Session): void {
    this.#sessions.set(session.id, session);
  }

  /**
   * The session, if it is this principal's. One that a stranger opened becomes
   * the property of the first principal that uses it: that is how a client goes
   * on after a step-up. From then on strangers do not find it any more.
   */
  find(id: string, principal: string | undefined): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    session.principal ??= principal;
    return session.principal === principal ? session : undefined;
  }

  delete(id: string): void {
    this.#sessions.delete(id);
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }
}
