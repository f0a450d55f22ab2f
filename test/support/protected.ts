import { OAuthAuthProvider, type OAuthAuthProviderOptions } from "../../src/index.js";
import {
  createTestIssuer,
  fixedClock,
  type FixedClock,
  type TestIssuer,
} from "../../src/testing/index.js";
import {
  startServer,
  type RunningServer,
  type ServerSetup,
  type TransportName,
} from "./mcp-server.js";
import { WhoAmI } from "./tools.js";
import { INITIALIZE } from "./initialize.js";

export { INITIALIZE };

export const RESOURCE = "http://127.0.0.1:8080/mcp";

/** A real server with a real provider, an issuer on loopback, and a clock that stands still. */
export interface ProtectedServer extends RunningServer {
  readonly clock: FixedClock;
  readonly issuer: TestIssuer;
  readonly provider: OAuthAuthProvider;
  /** One request with this token; `initialize` unless another body is given. */
  call(token?: string, request?: CallOptions): Promise<Response>;
}

interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ProtectedServerOptions {
  readonly options?: Partial<OAuthAuthProviderOptions>;
  readonly transport?: TransportName;
  readonly clock?: FixedClock;
  /** Tools, resources and options of the server. */
  readonly server?: Partial<Omit<ServerSetup, "transport" | "provider">>;
}

export async function startProtected(setup: ProtectedServerOptions = {}): Promise<ProtectedServer> {
  const { options = {}, transport = "http-stream batch", clock = fixedClock(), server } = setup;
  const issuer = createTestIssuer({ resource: RESOURCE, algorithm: "ES256", clock });
  const authority = await issuer.listen();
  const provider = new OAuthAuthProvider({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    clock,
    verifyAtStart: "off",
    audit: () => undefined,
    ...options,
  });
  const running = await startServer({ transport, provider, tools: [WhoAmI], ...server });
  return {
    ...running,
    clock,
    issuer,
    provider,
    call: (token, request = {}) => {
      const { method = "POST", path = new URL(running.url).pathname } = request;
      return fetch(running.origin + path, {
        method,
        headers: {
          ...(method === "POST" && { "Content-Type": "application/json" }),
          Accept: "application/json, text/event-stream",
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...request.headers,
        },
        ...(method === "POST" && { body: JSON.stringify(request.body ?? INITIALIZE) }),
      });
    },
    close: async () => {
      await running.close();
      await authority.close();
    },
  };
}
