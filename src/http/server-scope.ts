import type { FrameworkServer, SessionServer } from "./framework.js";
import { connectScoped, currentMessageScope } from "./message-scope.js";
import { currentExchange } from "./exchange.js";
import type { Protection } from "./protection.js";
import { adoptSseSession } from "./session-isolation.js";
import { isolateTasks } from "./task-isolation.js";
import { scopeTool } from "./tool-scope.js";

const prepared = new WeakSet<FrameworkServer>();

/**
 * Takes out of a server what it shares between sessions: the state of its
 * tools, its idea of "the" client, and the roots that a client has told it.
 */
export function scopeServer(server: FrameworkServer, protection: Protection): void {
  for (const tool of server.toolsMap.values()) scopeTool(tool);
  protection.attach(server);
  if (prepared.has(server)) return;
  prepared.add(server);
  if (server._taskManager !== undefined) isolateTasks(server._taskManager);

  Object.defineProperty(server, "server", {
    configurable: true,
    get: () => currentMessageScope()?.server ?? server.bindings[0]?.sdkServer,
  });

  const rootsOf = new WeakMap<SessionServer, unknown[]>();
  let outside = server._roots;
  Object.defineProperty(server, "_roots", {
    configurable: true,
    get: () => {
      const scope = currentMessageScope();
      return scope === undefined ? outside : (rootsOf.get(scope.server) ?? []);
    },
    set: (roots: unknown[]) => {
      const scope = currentMessageScope();
      if (scope === undefined) outside = roots;
      else rootsOf.set(scope.server, roots);
    },
  });
}

/** Makes a session's server handle each message in a scope of its own once it is connected. */
export function scopeSessionServer(server: SessionServer): SessionServer {
  const exchange = currentExchange();
  if (exchange === undefined) return server;
  const connect = server.connect.bind(server);
  server.connect = (transport) => {
    adoptSseSession(transport, exchange);
    return connectScoped(server, transport, connect, exchange.streaming);
  };
  return server;
}
