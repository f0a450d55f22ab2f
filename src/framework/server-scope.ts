import { Announcer, isResourceUpdated } from "./isolation/announcer.js";
import { currentExchange, currentScope } from "./exchange.js";
import type { FrameworkServer, SessionServer } from "./internals.js";
import { noteRefusals } from "./isolation/handler-refusal.js";
import { isAtLeast, LogLevels } from "./isolation/log-levels.js";
import { connectScoped, sessionOf } from "./message-scope.js";
import type { Protection } from "../gate/protection.js";
import { scopeResource } from "./isolation/resource-scope.js";
import { adoptSseSession } from "./isolation/session-isolation.js";
import { isolateTasks } from "./isolation/task-isolation.js";
import { scopeTool } from "./isolation/tool-scope.js";

const announcers = new WeakMap<FrameworkServer, Announcer>();

/**
 * Takes out of a server what it shares between sessions: the state of its
 * tools, subscriptions to its resources, its idea of "the" client, the roots
 * that a client has told it, and the log level.
 *
 * @returns what tells the server's sessions what happened
 */
export function scopeServer(server: FrameworkServer, protection: Protection): Announcer {
  for (const tool of server.toolsMap.values()) scopeTool(tool);
  protection.attach(server);
  const known = announcers.get(server);
  if (known !== undefined) return known;
  const announcer = new Announcer(new LogLevels(server._logLevel));
  announcers.set(server, announcer);
  for (const prompt of server.promptsMap.values()) noteRefusals(prompt, "getMessages");
  for (const [uri, resource] of server.resourcesMap) {
    scopeResource(uri, resource, announcer.subscriptions);
  }
  if (server._taskManager !== undefined) isolateTasks(server._taskManager, protection.taskLimits);
  scopeClient(server);
  scopeRoots(server);
  scopeLog(server, announcer);
  return announcer;
}

function scopeClient(server: FrameworkServer): void {
  Object.defineProperty(server, "server", {
    configurable: true,
    get: () => currentScope()?.server ?? server.bindings[0]?.sdkServer,
  });
}

function scopeRoots(server: FrameworkServer): void {
  const rootsOf = new WeakMap<SessionServer, unknown[]>();
  let outside = server._roots;
  Object.defineProperty(server, "_roots", {
    configurable: true,
    get: () => {
      const scope = currentScope();
      return scope === undefined ? outside : (rootsOf.get(scope.server) ?? []);
    },
    set: (roots: unknown[]) => {
      const scope = currentScope();
      if (scope === undefined) outside = roots;
      else rootsOf.set(scope.server, roots);
    },
  });
}

/** `logging/setLevel` writes a field of the server; `sendLog()` reads it and speaks to everybody. */
function scopeLog(server: FrameworkServer, announcer: Announcer): void {
  const { logLevels } = announcer;
  const levelHere = (): string => {
    const scope = currentScope();
    const session = scope && sessionOf(scope);
    if (session !== undefined) return logLevels.of(session);
    return scope === undefined ? logLevels.elsewhere : logLevels.initial;
  };
  Object.defineProperty(server, "_logLevel", {
    configurable: true,
    get: levelHere,
    set: (level: string) => {
      const scope = currentScope();
      const session = scope && sessionOf(scope);
      if (session !== undefined) logLevels.set(session, level);
      else if (scope === undefined) logLevels.elsewhere = level;
    },
  });

  const receiversOf = (level: string): SessionServer[] => {
    const passes = isAtLeast(level, levelHere());
    const scope = currentScope();
    if (scope !== undefined) return passes ? [scope.server] : [];
    return server.bindings
      .filter(({ transport }) => passes || announcer.speaksThrough(transport))
      .map(({ sdkServer }) => sdkServer);
  };
  server.sendLog = async (level, logger, data) => {
    const params = { level, logger, data };
    // As in mcp-framework, a log that does not arrive is not an error.
    await Promise.allSettled(receiversOf(level).map((to) => to.sendLoggingMessage(params)));
  };
}

/** Makes a session's server handle each message in a scope of its own once it is connected. */
export function scopeSessionServer(
  session: SessionServer,
  framework: FrameworkServer,
): SessionServer {
  const exchange = currentExchange();
  const announcer = announcers.get(framework);
  if (exchange === undefined || announcer === undefined) return session;
  // The session must not keep the exchange that opened it.
  const { sessions, streaming } = exchange;
  const connect = session.connect.bind(session);
  session.connect = (transport) => {
    adoptSseSession(transport, exchange);
    return connectScoped(session, transport, connect, streaming, (message) => {
      const { sessionId } = transport;
      const to = sessionId === undefined ? undefined : sessions?.get(sessionId);
      return announcer.logLevels.passes(to, message);
    });
  };
  const notify = session.notification.bind(session);
  // Before the session's own way, which may be closed: what a resource of all
  // has to say is often said by code that one session has started.
  session.notification = (notification, options) =>
    isResourceUpdated(notification)
      ? announcer.resourceUpdated(notification.params)
      : notify(notification, options);
  return session;
}
