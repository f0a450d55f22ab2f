import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import {
  createAuthorizationServer,
  memoryStorage,
  type Account,
  type AuthorizationServer,
} from "../../authorization-server/index.js";
import { anyPort, portProblem } from "./ports.js";
import type { DevelopmentIssuer, ProjectSettings } from "./project-settings.js";

/** Test users, who sign in with a click. */
export const DEMO_ACCOUNTS: readonly Account[] = [
  { id: "alice", name: "Alice", email: "alice@example.com" },
  { id: "bob", name: "Bob", email: "bob@example.com" },
];

/** The authorization server of `dev`, whose scopes can change while it runs. */
export interface DevelopmentServer extends DevelopmentIssuer {
  /** Signs the tokens; stays the same while `dev` runs. */
  readonly key: JWK;
  readonly scopes: readonly string[];
  /**
   * Changes the offered scopes. Clients must register again then; their
   * tokens stay valid. Does nothing if the scopes are the same.
   */
  offer(scopes: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts it on a loopback port: the requested one, or another if that is in use.
 */
export async function startDevelopmentServer(
  settings: ProjectSettings,
  wantedPort: number,
): Promise<DevelopmentServer> {
  const port =
    (await portProblem(wantedPort, "localhost")) === undefined
      ? wantedPort
      : await anyPort("localhost");
  const issuer = `http://localhost:${port}`;
  // Every resource server accepts RS256.
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const key: JWK = { ...(await exportJWK(privateKey)), kid: "dev", alg: "RS256", use: "sig" };
  const client = {
    clientId: "development",
    clientSecret: randomBytes(24).toString("base64url"),
  };
  let scopes: readonly string[] = [];

  const start = async (): Promise<AuthorizationServer> => {
    const started = await createAuthorizationServer({
      issuer,
      resources: [
        {
          resource: settings.resource,
          name: settings.name,
          ...(scopes.length > 0 && {
            scopes: Object.fromEntries(scopes.map((scope) => [scope, `Use ${scope}`])),
          }),
          ...(settings.introspects && { tokenFormat: "opaque", introspection: client }),
        },
      ],
      accounts: DEMO_ACCOUNTS,
      storage: memoryStorage(),
      keys: [key],
    });
    await started.listen();
    return started;
  };
  let server = await start();

  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    introspectionEndpoint: `${issuer}/introspect`,
    ...client,
    key,
    get scopes() {
      return scopes;
    },
    async offer(offered) {
      if ([...offered].sort().join(" ") === [...scopes].sort().join(" ")) return;
      scopes = [...offered];
      await server.close();
      server = await start();
    },
    close: () => server.close(),
  };
}
