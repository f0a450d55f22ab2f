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
import type { TransportName } from "./mcp-server.js";
import { RESOURCE, serve, type GuardedServer, type ServerParts } from "./protected.js";

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
