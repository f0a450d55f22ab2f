import {
  OAuthAuthProvider,
  type AuthEvent,
  type OAuthAuthProviderOptions,
} from "../../src/index.js";
import {
  createTestIssuer,
  fixedClock,
  type FixedClock,
  type TestIssuer,
} from "../../src/testing/index.js";
import { INITIALIZE } from "./initialize.js";
import { bearer, mcpRequest, post } from "./mcp-request.js";
import {
  startServer,
  type RunningServer,
  type ServerSetup,
  type TransportName,
} from "./mcp-server.js";
import { WhoAmI } from "./tools.js";

export { INITIALIZE };

export const RESOURCE = "https://mcp.example.com/mcp";

/** A real mcp-framework server that a real provider protects. */
export interface GuardedServer extends RunningServer {
  readonly provider: OAuthAuthProvider;
  /** Every decision so far, unless the options set `audit`. */
  readonly events: AuthEvent[];
  /** Sends `initialize` with these headers. */
  readonly initialize: (headers: Record<string, string>) => Promise<Response>;
  /** The same with a bearer token; returns the decision. */
  readonly present: (token: string) => Promise<AuthEvent>;
  /** One request with this token; `initialize` unless another body is given. */
  readonly call: (token?: string, request?: CallOptions) => Promise<Response>;
}

interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Tools, resources and options of the server. */
export type ServerParts = Partial<Omit<ServerSetup, "transport" | "provider">>;

/** A server with these options of the provider. */
export async function protect(
  options: Omit<OAuthAuthProviderOptions, "resource"> & { resource?: string },
  transport: TransportName = "http-stream batch",
  server: ServerParts = {},
): Promise<GuardedServer> {
  const events: AuthEvent[] = [];
  const provider = new OAuthAuthProvider({
    resource: RESOURCE,
    verifyAtStart: "off",
    audit: (event) => events.push(event),
    ...options,
  });
  return serve(provider, events, transport, server);
}

export async function serve(
  provider: OAuthAuthProvider,
  events: AuthEvent[],
  transport: TransportName,
  server: ServerParts,
): Promise<GuardedServer> {
  const running = await startServer({ transport, provider, tools: [WhoAmI], ...server });
  const initialize = (headers: Record<string, string>) => post(running.url, INITIALIZE, headers);
  return {
    ...running,
    provider,
    events,
    initialize,
    present: async (token) => {
      const before = events.length;
      const response = await initialize(bearer(token));
      await response.body?.cancel();
      const event = events[before];
      if (event === undefined) throw new Error("no decision was reported");
      if (response.status !== event.status) {
        throw new Error(`answered ${response.status}, reported ${event.status}`);
      }
      return event;
    },
    call: (token, request = {}) => {
      const { method = "POST", path = new URL(running.url).pathname } = request;
      const { headers, body } = mcpRequest(request.body, { ...bearer(token), ...request.headers });
      if (method === "POST") return fetch(running.origin + path, { method, headers, body });
      const { "Content-Type": _none, ...others } = headers;
      return fetch(running.origin + path, { method, headers: others });
    },
  };
}

/** A server with an issuer on loopback, and a clock that stands still. */
export interface ProtectedServer extends GuardedServer {
  readonly clock: FixedClock;
  readonly issuer: TestIssuer;
}

export interface ProtectedServerOptions {
  readonly options?: Partial<OAuthAuthProviderOptions>;
  readonly transport?: TransportName;
  readonly clock?: FixedClock;
  readonly server?: ServerParts;
}

export async function startProtected(setup: ProtectedServerOptions = {}): Promise<ProtectedServer> {
  const { options, transport, clock = fixedClock(), server } = setup;
  const issuer = createTestIssuer({ resource: RESOURCE, algorithm: "ES256", clock });
  const authority = await issuer.listen();
  const guarded = await protect(
    { authorizationServers: [issuer.issuer], clock, ...options },
    transport,
    server,
  );
  return {
    ...guarded,
    clock,
    issuer,
    close: async () => {
      await guarded.close();
      await authority.close();
    },
  };
}
