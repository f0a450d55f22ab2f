import { afterAll, afterEach, beforeAll } from "@jest/globals";
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
  type TestIssuerServer,
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
type ServerParts = Partial<Omit<ServerSetup, "transport" | "provider">>;

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

async function serve(
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

/** For the tests of a file: one issuer, and the servers of each test. All of them end by themselves. */
export interface ProtectedSuite {
  readonly clock: FixedClock;
  readonly issuer: TestIssuer;
  /** The endpoints of the issuer. */
  readonly authority: TestIssuerServer;
  /** The server that was started last. */
  readonly running: GuardedServer;
  /** Every decision of this test so far, of all its providers. */
  readonly events: AuthEvent[];
  /** A provider without a server. */
  readonly provider: (options?: Partial<OAuthAuthProviderOptions>) => OAuthAuthProvider;
  readonly start: (
    options?: Partial<OAuthAuthProviderOptions>,
    transport?: TransportName,
    server?: ServerParts,
  ) => Promise<GuardedServer>;
}

/** @param defaults options of every provider of the file */
export function protectedSuite(defaults: Partial<OAuthAuthProviderOptions> = {}): ProtectedSuite {
  const clock = fixedClock(1_800_000_000);
  const { resource = RESOURCE } = defaults;
  const issuer = createTestIssuer({ resource, algorithm: "ES256", clock });
  const events: AuthEvent[] = [];
  let servers: GuardedServer[] = [];
  let authority: TestIssuerServer | undefined;

  beforeAll(async () => {
    authority = await issuer.listen();
  });
  afterAll(() => authority?.close());
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
    events.length = 0;
  });

  const provider = (options: Partial<OAuthAuthProviderOptions> = {}): OAuthAuthProvider =>
    new OAuthAuthProvider({
      resource,
      authorizationServers: [issuer.issuer],
      clock,
      verifyAtStart: "off",
      audit: (event) => events.push(event),
      ...defaults,
      ...options,
    });
  return {
    clock,
    issuer,
    events,
    provider,
    get authority() {
      if (authority === undefined) throw new Error("the issuer listens from the first test on");
      return authority;
    },
    get running() {
      const last = servers.at(-1);
      if (last === undefined) throw new Error("the test has started no server");
      return last;
    },
    start: async (options, transport = "http-stream batch", server = {}) => {
      const started = await serve(provider(options), events, transport, server);
      servers.push(started);
      return started;
    },
  };
}
