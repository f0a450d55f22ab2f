import type { SessionRegistry } from "../../sessions/session.js";
import type { Announcer } from "./announcer.js";
import { currentExchange, type Exchange } from "../exchange.js";
import type {
  FrameworkServer,
  HttpStreamTransportInternals,
  SessionTransport,
} from "../internals.js";
import { limitQueues } from "./stream-queues.js";

/**
 * Gives every HTTP Stream session an SDK server of its own.
 *
 * mcp-framework connects one server to all sessions and offers each response
 * to each of them; a session with the same request id in flight may get
 * it. Here the session's transport talks to the session's server only, and
 * the shared one can merely announce things; see `Announcer`.
 */
export function isolateHttpStream(
  transport: HttpStreamTransportInternals,
  server: FrameworkServer,
  sessions: SessionRegistry,
  announcer: Announcer,
): void {
  transport._transports = sessionMap(server, sessions);
  transport.send = (message) => announcer.announce(message, sessions);
}

/** The transport's table of sessions; putting one in connects it and registers its owner. */
function sessionMap(
  server: FrameworkServer,
  sessions: SessionRegistry,
): Record<string, SessionTransport> {
  const table = Object.create(null) as Record<string, SessionTransport>;
  return new Proxy(table, {
    set(target, id: string, transport: SessionTransport) {
      const exchange = currentExchange();
      if (exchange === undefined) throw new Error("session opened outside a guarded request");
      target[id] = transport;
      // The standing stream is still the anonymous client's. The owner opens another.
      registerSession(sessions, id, transport, exchange, () =>
        transport.closeStandaloneSSEStream?.(),
      );
      // The framework's own handler would hand the message to the shared server as well.
      transport.onmessage = undefined;
      limitQueues(transport);
      void server.createSDKServerForSession().connect(transport);
      return true;
    },
    deleteProperty(target, id: string) {
      delete target[id];
      sessions.delete(id);
      return true;
    },
  });
}

function registerSession(
  sessions: SessionRegistry,
  id: string,
  transport: SessionTransport,
  { principal, opening, token }: Exchange,
  claimed?: () => void,
): void {
  sessions.add({ id, principal, transport, claimed }, opening);
  if (token !== undefined) sessions.newScopes(id, token.scopes);
}

/**
 * Registers an SSE session, whose SDK server mcp-framework already made for it
 * alone, and hands it bodies that the guard has parsed.
 */
export function adoptSseSession(transport: SessionTransport, exchange: Exchange): void {
  const { sessions } = exchange;
  const id = transport.sessionId;
  const handlePost = transport.handlePostMessage?.bind(transport);
  if (sessions === undefined || id === undefined || handlePost === undefined) return;
  registerSession(sessions, id, transport, exchange);
  const closed = transport.onclose;
  transport.onclose = () => {
    sessions.delete(id);
    closed?.();
  };
  const close = transport.close.bind(transport);
  transport.close = () => {
    // The lease first: closing would write out what waits for a fresh token.
    sessions.delete(id);
    return close();
  };
  transport.handlePostMessage = (req, res) => handlePost(req, res, currentExchange()?.body);
}
