import type { Session } from "../../sessions/session.js";

interface Subscribed {
  readonly sessions: Set<Session>;
  /** Ends what the resource does for its subscribers. */
  readonly stop: () => Promise<void>;
  /** The resource has something to end. */
  started: boolean;
  /** Sessions that the resource is being started for. */
  starting: number;
}

export const MAX_SUBSCRIPTIONS_PER_SESSION = 1_000;

/**
 * Which sessions of one MCP server want to hear when a resource changes.
 *
 * A resource of mcp-framework is told to `subscribe()` and `unsubscribe()` and
 * not by whom: here `unsubscribe()` reaches it when the last session has left,
 * so that no session ends the subscription of another.
 *
 * Does not check who may read the resource.
 */
export class ResourceSubscriptions {
  readonly #byUri = new Map<string, Subscribed>();

  /**
   * Subscribes a session, once `start` has gone well.
   *
   * @throws Error when the session has too many, and what `start` throws
   */
  async add(
    uri: string,
    session: Session,
    { start, stop }: { start: () => Promise<void>; stop: () => Promise<void> },
  ): Promise<void> {
    if (this.of(uri).includes(session)) return;
    if (this.#count(session) >= MAX_SUBSCRIPTIONS_PER_SESSION) {
      throw new Error(`Too many subscriptions: ${MAX_SUBSCRIPTIONS_PER_SESSION} in one session`);
    }
    let subscribed = this.#byUri.get(uri);
    if (subscribed === undefined) {
      subscribed = { sessions: new Set(), stop, started: false, starting: 0 };
      this.#byUri.set(uri, subscribed);
    }
    subscribed.starting += 1;
    subscribed.sessions.add(session);
    try {
      await start();
      subscribed.started = true;
    } catch (error) {
      subscribed.sessions.delete(session);
      throw error;
    } finally {
      subscribed.starting -= 1;
      // The session may have ended meanwhile, too.
      await this.#stopIfUnused(uri, subscribed);
    }
  }

  /** Without a subscription of this session nothing happens. */
  async remove(uri: string, session: Session): Promise<void> {
    const subscribed = this.#byUri.get(uri);
    if (subscribed === undefined) return;
    subscribed.sessions.delete(session);
    await this.#stopIfUnused(uri, subscribed);
  }

  /** The session is over. */
  drop(session: Session): void {
    for (const uri of this.#byUri.keys()) this.remove(uri, session).catch(() => undefined);
  }

  /** Sessions that subscribed to a resource. */
  of(uri: string): readonly Session[] {
    return [...(this.#byUri.get(uri)?.sessions ?? [])];
  }

  #count(session: Session): number {
    let count = 0;
    for (const { sessions } of this.#byUri.values()) if (sessions.has(session)) count++;
    return count;
  }

  async #stopIfUnused(uri: string, subscribed: Subscribed): Promise<void> {
    if (subscribed.sessions.size > 0 || subscribed.starting > 0) return;
    this.#byUri.delete(uri);
    if (subscribed.started) await subscribed.stop();
  }
}
