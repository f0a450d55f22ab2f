import type { EventEmitter } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock, type Clock } from "../core/clock.js";
import { ConfigurationError } from "../core/errors.js";
import type { OnError } from "../core/on-error.js";
import type { EmbeddedAuthorizationServer } from "../core/embedded-authorization-server.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { validateClients } from "./clients/create-clients.js";
import { validateStaticClients } from "./clients/static-clients.js";
import { withNotedOutages, type Records } from "./grants/records.js";
import { Revoker } from "./grants/revoker.js";
import { requestsTo } from "./http/in-process.js";
import { parseLifetimes } from "./lifetimes.js";
import { handleEmbedded } from "./http/embedded-requests.js";
import { limitedListener, parseTraffic } from "./http/limited-listener.js";
import { issuerPath, ownsPath } from "./http/listener.js";
import { loadOidcProvider } from "./load-oidc-provider.js";
import {
  validateAccounts,
  validateIssuer,
  validateResources,
  type AuthorizationServerOptions,
} from "./options.js";
import { longestUse, tokenAlgorithm } from "./provider-configuration.js";
import { createInstanceFactory } from "./provider-instance.js";
import { createResourceCatalogue } from "./resources.js";
import { SealedStorage } from "./storage/sealed-storage.js";
import { removeExpiredRegularly, repeat } from "./storage/upkeep.js";
import { KEY_REFRESH_SECONDS } from "./keys/key-ring.js";
import { chosenStorage } from "./storage/chosen-storage.js";
import {
  createMaintenance,
  type Maintenance,
  type MaintenanceParts,
} from "./upkeep/maintenance.js";
import { told } from "./told.js";
import { ServerKeys } from "./keys/server-keys.js";
import { validateSigningKeys } from "./keys/signing-keys.js";

/** An authorization server, listening or ready to be mounted. */
export interface AuthorizationServer extends EmbeddedAuthorizationServer, Maintenance {
  /** The issuer identifier. With port 0 in the options it contains the port that the system chose. */
  readonly issuer: string;
  /** Node.js listener to mount in your own HTTP server. It answers the issuer's paths only. */
  readonly callback: RequestListener;
  /** The address it listens on, `http://host:port`; `undefined` while it does not listen. */
  readonly url: string | undefined;
  /**
   * Starts listening on plain HTTP. An https issuer needs a TLS proxy in front
   * and an explicit port. Resolves with {@link AuthorizationServer.url}.
   * Idempotent.
   *
   * @param port default: the port of an http issuer
   * @param host default: the host of a loopback issuer, else `127.0.0.1`
   */
  listen(port?: number, host?: string): Promise<string>;
  /** Stops listening and ends open connections. */
  close(): Promise<void>;
  /**
   * The oidc-provider instance (a Koa application); cast it to oidc-provider's type for its API.
   * Every change of keys replaces it, so do not keep it and do not add listeners to it.
   */
  readonly provider: EventEmitter & { readonly issuer: string };
}

/**
 * Creates an authorization server for MCP in this process, built on
 * oidc-provider: for development, tests and small deployments.
 *
 * Supports the authorization code flow with PKCE (always S256), refresh token
 * rotation, open dynamic registration (RFC 7591), client ID metadata documents,
 * resource indicators (RFC 8707), introspection, revocation, DPoP, and pages
 * for login and consent. State and keys are kept in `storage`.
 *
 * Limits requests per address, at every endpoint.
 *
 * @example
 * ```ts
 * import { createAuthorizationServer } from "mcp-framework-oauth/authorization-server";
 *
 * const authorizationServer = await createAuthorizationServer({
 *   issuer: "http://localhost:9000",
 *   resources: [{ resource: "http://localhost:8080/mcp", scopes: { "mcp:tools": "Use the tools" } }],
 *   accounts: [{ id: "alice", name: "Alice" }],
 * });
 * await authorizationServer.listen(9000);
 * ```
 *
 * @throws ConfigurationError for options that are invalid or unsafe, and when
 *   oidc-provider is not installed
 */
export async function createAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  // Before the storage is opened, and possibly created.
  checkOptions(options);
  const clock = systemClock;
  const records = await SealedStorage.open(chosenStorage(options.storage), clock);
  try {
    const countClients = async () => (await records.count())["Client"] ?? 0;
    const assembled = await assembleAuthorizationServer(options, { records, clock, countClients });
    return withUpkeep(assembled, { records, clock, onError: options.onError ?? reportToConsole });
  } catch (error) {
    await records.close();
    throw error;
  }
}

/** How soon a revocation by another process reaches the resource server in this one. */
const REVOCATION_SECONDS = 10;

/** Runs the regular work of a server, and closes the storage together with it. */
function withUpkeep(
  { server, keys, revoker }: Assembled,
  parts: {
    readonly records: SealedStorage;
    readonly clock: Clock;
    readonly onError: OnError;
  },
): AuthorizationServer {
  const { records, clock } = parts;
  const tell = told(parts.onError);
  const report = (error: unknown): void => tell(error as Error, { source: "authorizationServer" });
  const jobs = [
    removeExpiredRegularly(records, report),
    repeat(KEY_REFRESH_SECONDS, () => keys.refresh(), report),
    repeat(REVOCATION_SECONDS, () => revoker.followOthers(records, clock()), report),
  ];
  const close = server.close.bind(server);
  server.close = async () => {
    await close();
    await Promise.all(jobs.map((stop) => stop()));
    await records.close();
  };
  return server;
}

function checkOptions(options: AuthorizationServerOptions) {
  const issuerUrl = validateIssuer(options.issuer);
  const lifetimes = parseLifetimes(options);
  const resources = validateResources(options.resources, lifetimes.ttlSeconds.access);
  validateAccounts(options);
  const catalogue = createResourceCatalogue(resources, options.defaultResource);
  const clients = validateClients(options, catalogue);
  if (options.keys !== undefined) validateSigningKeys(options.keys);
  const traffic = parseTraffic(options);
  return { issuerUrl, lifetimes, resources, catalogue, clients, traffic };
}

/** The storage and the clock of an authorization server. */
export interface Foundation {
  readonly records: Records & MaintenanceParts["storage"];
  readonly clock: Clock;
  /** Number of registered clients. @default not known, and not limited */
  readonly countClients?: () => Promise<number>;
}

interface Assembled {
  readonly server: AuthorizationServer;
  readonly keys: ServerKeys;
  readonly revoker: Revoker;
}

/** {@link createAuthorizationServer} with a given storage and clock. */
export async function assembleAuthorizationServer(
  options: AuthorizationServerOptions,
  { records: stored, clock, countClients = () => Promise.resolve(0) }: Foundation,
): Promise<Assembled> {
  const { issuerUrl, lifetimes, resources, catalogue, clients, traffic } = checkOptions(options);
  const keys = await ServerKeys.open({
    records: stored,
    clock,
    ownSigningKeys: options.keys,
    rotationDays: lifetimes.keyRotationDays,
    ...longestUse(resources, lifetimes),
  });
  for (const resource of resources) tokenAlgorithm(resource, keys.current.signing);
  const library = await loadOidcProvider();

  const server = createServer();
  // With port 0, the issuer is known only after the server listens.
  const mustListenFirst = issuerUrl.port === "0";
  if (mustListenFirst) await start(server, 0, listenHost(issuerUrl));
  const issuer = mustListenFirst
    ? options.issuer.replace(/:0(?=\/|$)/, `:${(server.address() as AddressInfo).port}`)
    : options.issuer;

  const report = told(options.onError ?? reportToConsole);
  const reported = new WeakSet<Error>();
  const onError = (error: Error): void => {
    if (reported.has(error)) return;
    reported.add(error);
    report(error, { source: "authorizationServer" });
  };
  const records = withNotedOutages(stored);
  const revoker = new Revoker(records);
  const createInstance = createInstanceFactory({
    options,
    library,
    issuer,
    lifetimes,
    catalogue,
    clients,
    countClients,
    records,
    revoker,
    clock,
    onError,
  });
  let instance = createInstance(keys.current);
  await validateStaticClients(instance.provider, clients).catch((error: unknown) => {
    server.close();
    throw error;
  });
  keys.onChange((changed) => (instance = createInstance(changed)));
  const handle: RequestListener = (req, res) => instance.callback(req, res);
  const callback = limitedListener(handle, traffic, clock);
  server.on("request", callback);

  const authorizationServer: AuthorizationServer = {
    ...createMaintenance({ storage: stored, revoker, rotateKeys: () => keys.rotate() }),
    issuer,
    callback,
    get provider() {
      return instance.provider;
    },
    owns: (path) => ownsPath(path, issuerPath(issuer)),
    // The gate of the MCP server has already limited the request.
    handle: handleEmbedded(handle),
    request: requestsTo(handle),
    onRevoked: (listener) => revoker.onRevoked(listener),
    get url() {
      return addressOf(server);
    },
    async listen(port, host) {
      if (!server.listening) {
        await start(server, port ?? listenPort(issuerUrl), host ?? listenHost(issuerUrl));
      }
      return addressOf(server) ?? issuer;
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return { server: authorizationServer, keys, revoker };
}

function reportToConsole(error: Error): void {
  console.error(`authorization server: ${error.stack ?? error.message}`);
}

function listenPort({ protocol, port }: URL): number {
  if (protocol === "https:") {
    throw new ConfigurationError(
      "ERR_OAUTH_LISTEN",
      "listen() needs a port: an https issuer is served through a proxy that terminates TLS.",
    );
  }
  return port === "" ? 80 : Number(port);
}

function listenHost({ hostname }: URL): string {
  // Subdomains of localhost may not resolve, and mean the same address.
  const isOwn = isLoopbackHost(hostname) && !hostname.endsWith(".localhost");
  return isOwn ? hostname.replace(/^\[|\]$/g, "") : "127.0.0.1";
}

async function start(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EADDRINUSE") throw cause;
    throw new ConfigurationError(
      "ERR_OAUTH_LISTEN",
      `Another process already listens on ${host}:${port}. Stop it, or change the port of the issuer.`,
      { cause },
    );
  });
}

function addressOf(server: Server): string | undefined {
  const address = server.address();
  if (address === null || typeof address === "string") return undefined;
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
