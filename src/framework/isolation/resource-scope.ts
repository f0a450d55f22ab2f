import { currentScope } from "../exchange.js";
import type { FrameworkResource } from "../internals.js";
import { noteRefusals } from "./handler-refusal.js";
import { outsideScopes, sessionOf } from "../message-scope.js";
import type { ResourceSubscriptions } from "./resource-subscriptions.js";

const scoped = new WeakSet<FrameworkResource>();

/**
 * Makes subscriptions to a resource belong to the session that asks for them.
 *
 * mcp-framework has one instance of each resource, so that one session's
 * `resources/unsubscribe` would affect all sessions. Outside any scope (stdio) the
 * resource is asked as ever.
 */
export function scopeResource(
  uri: string,
  resource: FrameworkResource,
  subscriptions: ResourceSubscriptions,
): void {
  if (scoped.has(resource)) return;
  scoped.add(resource);
  noteRefusals(resource, "read");
  const subscribe = resource.subscribe?.bind(resource);
  const unsubscribe = resource.unsubscribe?.bind(resource);
  if (subscribe !== undefined) {
    resource.subscribe = () => {
      const scope = currentScope();
      if (scope === undefined) return subscribe();
      const session = sessionOf(scope);
      if (session === undefined) throw new Error("A subscription needs a session to tell");
      return subscriptions.add(uri, session, {
        start: subscribe,
        // Outside the request of the last session.
        stop: () => outsideScopes(() => unsubscribe?.()) ?? Promise.resolve(),
      });
    };
  }
  if (unsubscribe !== undefined) {
    resource.unsubscribe = () => {
      const scope = currentScope();
      if (scope === undefined) return unsubscribe();
      const session = sessionOf(scope);
      return session === undefined ? Promise.resolve() : subscriptions.remove(uri, session);
    };
  }
}
