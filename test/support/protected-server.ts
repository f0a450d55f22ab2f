import {
  OAuthAuthProvider,
  type AuthEvent,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import { startServer, type RunningServer, type TransportName } from "./mcp-server.js";
import { WhoAmI } from "./tools.js";
import { INITIALIZE } from "./initialize.js";

export { INITIALIZE };

export const RESOURCE = "https://mcp.example.com/mcp";

/** What most MCP clients send first. */
export interface ProtectedServer extends RunningServer {
  /** Every decision so far. */
  readonly events: AuthEvent[];
  /** Sends `initialize` with these headers. */
  readonly initialize: (headers: Record<string, string>) => Promise<Response>;
  /** The same with a bearer token; gives the decision about it. */
  readonly present: (token: string) => Promise<AuthEvent>;
}

/** A real mcp-framework server that a real provider with these options protects. */
export async function protect(
  options: Omit<OAuthAuthProviderOptions, "resource"> & { resource?: string },
  transport: TransportName = "http-stream batch",
): Promise<ProtectedServer> {
  const events: AuthEvent[] = [];
  const provider = new OAuthAuthProvider({
    resource: RESOURCE,
    verifyAtStart: "off",
    audit: (event) => events.push(event),
    ...options,
  });
  const running = await startServer({ transport, provider, tools: [WhoAmI] });
  const initialize = (headers: Record<string, string>) =>
    fetch(running.url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify(INITIALIZE),
    });
  return {
    ...running,
    events,
    initialize,
    present: async (token) => {
      const before = events.length;
      const response = await initialize({ Authorization: `Bearer ${token}` });
      await response.body?.cancel();
      const event = events[before];
      if (event === undefined) throw new Error("no decision was reported");
      if (response.status !== event.status) {
        throw new Error(`answered ${response.status}, reported ${event.status}`);
      }
      return event;
    },
  };
}
