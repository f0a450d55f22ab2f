import type { FrameworkTool } from "../internals.js";
import { noteRefusals } from "./handler-refusal.js";
import { currentExchange, currentScope } from "../exchange.js";
import type { MessageScope } from "../exchange.js";

const scoped = new WeakSet<FrameworkTool>();

/**
 * Makes a tool keep its per-call state per call.
 *
 * mcp-framework has one instance of each tool and writes into it, at every
 * call, the server to answer through, the progress token and the abort signal.
 * Two calls at once overwrite each other's: Alice's question to her client
 * would go to Bob's. Here the three fields read and write the scope of the
 * message being handled; outside any scope (stdio, start-up) they stay fields.
 */
export function scopeTool(tool: FrameworkTool): void {
  if (scoped.has(tool)) return;
  scoped.add(tool);
  noteRefusals(tool, "execute");
  defineScoped(tool, "server", (scope) => scope.server, ignoreWrites);
  defineScoped(
    tool,
    "_progressToken",
    (scope) => scope.progressToken,
    (scope, value) => {
      scope.progressToken = value;
    },
  );
  defineScoped(
    tool,
    "_abortSignal",
    (scope) => scope.abortSignal,
    (scope, value) => {
      scope.abortSignal = value;
    },
  );
}

// A scope's server is the session's own; nothing that happens in a call may change it.
function ignoreWrites(): void {}

function defineScoped(
  tool: FrameworkTool,
  field: string,
  read: (scope: MessageScope) => unknown,
  write: (scope: MessageScope, value: unknown) => void,
): void {
  let outside: unknown = (tool as unknown as Record<string, unknown>)[field];
  Object.defineProperty(tool, field, {
    configurable: true,
    enumerable: true,
    get() {
      const scope = currentScope();
      if (scope !== undefined) return read(scope);
      // In an exchange but in no message: there is no session to speak for.
      return currentExchange() === undefined ? outside : undefined;
    },
    set(value: unknown) {
      const scope = currentScope();
      if (scope !== undefined) write(scope, value);
      else if (currentExchange() === undefined) outside = value;
    },
  });
}
