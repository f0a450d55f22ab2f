import type { Session, SessionRegistry } from "../../sessions/session.js";
import type { Operation } from "../../messages/operation.js";
import type { JsonRpcMessage } from "../internals.js";
import type { LogLevels } from "./log-levels.js";
import { currentScope } from "../exchange.js";
import { outsideScopes } from "../message-scope.js";
import type { Protection } from "../../gate/protection.js";
import { ResourceSubscriptions } from "./resource-subscriptions.js";

/** What a session must be allowed to ask for, to hear of it without asking. */
const ASKED_BY: ReadonlyMap<string, string> = new Map([
  ["notifications/message", "logging/setLevel"],
  ["notifications/resources/list_changed", "resources/list"],
  ["notifications/resources/updated", "resources/subscribe"],
  ["notifications/prompts/list_changed", "prompts/list"],
  ["notifications/tools/list_changed", "tools/list"],
]);

/** Sessions that are looked at at once. */
const CONCURRENT_CHECKS = 50;

/**
 * Tells the sessions of one MCP server what happened, on all its transports:
 * each session what it may hear, with the token it was last used with.
 */
export class Announcer {
  readonly subscriptions = new ResourceSubscriptions();
  readonly logLevels: LogLevels;
  readonly #protections = new Map<SessionRegistry, Protection>();

  readonly #transports = new WeakSet<object>();

  constructor(logLevels: LogLevels) {
    this.logLevels = logLevels;
  }

  /** @param transport what all its sessions share */
  addSessions(sessions: SessionRegistry, protection: Protection, transport: object): void {
    this.#protections.set(sessions, protection);
    this.#transports.add(transport);
  }

  /** Whether what is said through this transport is announced here, session by session. */
  speaksThrough(transport: object): boolean {
    return this.#transports.has(transport);
  }

  removeSessions(sessions: SessionRegistry): void {
    this.#protections.delete(sessions);
  }

  /**
   * Sends what a transport that all its sessions share may send:
   * notifications. During a message they go to the session that the message
   * came from; otherwise the server's author announces something to all.
   * Updates of a resource go to its subscribers, regardless of the sender.
   *
   * @throws Error for requests and responses
   */
  async announce(message: JsonRpcMessage, sessions: SessionRegistry): Promise<void> {
    if (message.method === undefined || message.id !== undefined) {
      throw new Error(
        "Requests and responses need a session: use the tool's own methods in a call.",
      );
    }
    if (isResourceUpdated(message)) return this.resourceUpdated(message.params);
    const scope = currentScope();
    if (scope !== undefined) return scope.transport.send(message);
    await this.#tell(message, [...sessions.all()], sessions);
  }

  /** Tells those who subscribed to the resource and may still read it, on every transport. */
  async resourceUpdated(params: unknown): Promise<void> {
    const uri = (params as { uri?: unknown } | undefined)?.uri;
    if (typeof uri !== "string") return;
    const message: JsonRpcMessage = {
      jsonrpc: "2.0",
      method: "notifications/resources/updated",
      params,
    };
    const subscribers = new Set(this.subscriptions.of(uri));
    for (const sessions of this.#protections.keys()) {
      const here = [...sessions.all()].filter((session) => subscribers.has(session));
      await this.#tell(message, here, sessions, uri);
    }
  }

  async #tell(
    message: JsonRpcMessage,
    receivers: Session[],
    sessions: SessionRegistry,
    uri?: string,
  ): Promise<void> {
    const protection = this.#protections.get(sessions);
    const asked = operationFor(message, uri);
    const next = async (): Promise<void> => {
      for (let session = receivers.shift(); session !== undefined; session = receivers.shift()) {
        await this.#tellOne(message, session, asked, protection);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_CHECKS }, next));
  }

  async #tellOne(
    message: JsonRpcMessage,
    session: Session,
    asked: Operation | undefined,
    protection: Protection | undefined,
  ): Promise<void> {
    if (!this.logLevels.passesAnnounced(session, message)) return;
    const later = () => void this.#tellOne(message, session, asked, protection);
    if (session.lease.postpone(later)) return;
    // `authorize` must see the receiving session, not the request that caused the message.
    const mayHear = await outsideScopes(() => protection?.mayHear(session, asked));
    if (mayHear === true) await session.transport.send(message).catch(() => undefined);
  }
}

export function isResourceUpdated({ method }: { readonly method?: string }): boolean {
  return method === "notifications/resources/updated";
}

function operationFor({ method = "" }: JsonRpcMessage, uri?: string): Operation | undefined {
  const asking = ASKED_BY.get(method);
  if (asking === undefined) return undefined;
  return {
    kind: "request",
    method: asking,
    ...(uri !== undefined && { target: { type: "resource", name: uri }, params: { uri } }),
    isListing: true,
  };
}
