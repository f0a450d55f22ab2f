import type { EventEmitter } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Provider } from "oidc-provider";
import { systemClock, type Clock } from "../core/clock.js";
import { ConfigurationError } from "../core/errors.js";
import type { OnError } from "../core/on-error.js";
import type { EmbeddedAuthorizationServer } from "../core/embedded-authorization-server.js";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { createAccountDirectory } from "./people/accounts/account-directory.js";
import { createApprover } from "./people/interactions/auto-approve.js";
import { createAdapter } from "./grants/adapter.js";
import { createGrantHandlers } from "./grants/grant-handlers.js";
import { createProviderClass } from "./grants/provider-class.js";
import { withNotedOutages, type Records } from "./grants/records.js";
import { Revoker } from "./grants/revoker.js";
import { createInteractionHandler } from "./people/interactions/interaction-handler.js";
import { requestsTo } from "./http/in-process.js";
import { parseLifetimes } from "./lifetimes.js";
import { createListener, issuerPath, ownsPath } from "./http/listener.js";
import { loadOidcProvider } from "./load-oidc-provider.js";
import {
  validateAccounts,
  validateIssuer,
  validateResources,
  type AuthorizationServerOptions,
} from "./options.js";
import { answerOutages } from "./http/outages.js";
import { createProviderConfiguration, ROUTES, tokenAlgorithm } from "./provider-configuration.js";
import { createResourceCatalogue, type ResourceCatalogue } from "./resources.js";
import { SealedStorage } from "./storage/sealed-storage.js";
import { removeExpiredRegularly } from "./storage/upkeep.js";
import { memoryStorage } from "./storage/memory-storage.js";
import { told } from "./told.js";
import { answerUserinfo } from "./tokens/userinfo.js";
import { generateSigningKeys, validateSigningKeys } from "./keys/signing-keys.js";

/** An authorization server, listening or ready to be mounted. */
export interface AuthorizationServer extends EmbeddedAuthorizationServer {
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
  /** The oidc-provider instance (a Koa application); cast it to oidc-provider's type for its API. */
  readonly provider: EventEmitter & { readonly issuer: string };
}

/**
 * Creates an authorization server for MCP in this process, built on
 * oidc-provider: for development, tests and small deployments.
 *
 * Supports the authorization code flow with PKCE (always S256), refresh token
 * rotation, open dynamic registration (RFC 7591), client ID metadata documents,
 * resource indicators (RFC 8707), introspection, revocation, DPoP, and pages
 * for login and consent. State is kept in `storage`; pass `keys` to keep the
 * signing keys.
 *
 * Does not limit the rate of registrations and token requests. Put a rate
 * limiter in front of a server that anonymous clients can reach.
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
  const clock = systemClock;
  const records = await SealedStorage.open(options.storage ?? memoryStorage(), clock);
  const server = await assembleAuthorizationServer(options, { records, clock });
  return withUpkeep(server, records, options.onError ?? reportToConsole);
}

/** Keeps the storage free of expired records, and closes it together with the server. */
function withUpkeep(
  server: AuthorizationServer,
  storage: Pick<SealedStorage, "close" | "removeExpired">,
  onError: OnError,
): AuthorizationServer {
  const report = told(onError);
  const stop = removeExpiredRegularly(storage, (error) =>
    report(error as Error, { source: "authorizationServer" }),
  );
  const close = server.close.bind(server);
  server.close = async () => {
    await close();
    await stop();
    await storage.close();
  };
  return server;
}

/** The storage and the clock of an authorization server. */
export interface Foundation {
  readonly records: Records;
  readonly clock: Clock;
}

/** {@link createAuthorizationServer} with a given storage and clock. */
export async function assembleAuthorizationServer(
  options: AuthorizationServerOptions,
  { records: stored, clock }: Foundation,
): Promise<AuthorizationServer> {
  const issuerUrl = validateIssuer(options.issuer);
  const lifetimes = parseLifetimes(options);
  const resources = validateResources(options.resources, lifetimes.ttlSeconds.access);
  validateAccounts(options);
  const catalogue = createResourceCatalogue(resources, options.defaultResource);
  if (options.keys !== undefined) validateSigningKeys(options.keys);
  const keys = options.keys ?? (await generateSigningKeys());
  for (const resource of resources) tokenAlgorithm(resource, keys);
  const library = await loadOidcProvider();

  const server = createServer();
  // With port 0, the issuer is known only after the server listens.
  const mustListenFirst = issuerUrl.port === "0";
  if (mustListenFirst) await start(server, 0, listenHost(issuerUrl));
  const issuer = mustListenFirst
    ? options.issuer.replace(/:0(?=\/|$)/, `:${(server.address() as AddressInfo).port}`)
    : options.issuer;

  const accounts = createAccountDirectory(options.accounts);
  const interactionPath = (uid: string) => `${issuerPath(issuer)}/interaction/${uid}`;
  const approver = createApprover(
    options.autoApprove,
    accounts,
    catalogue,
    library.errors.AccessDenied,
  );
  const report = told(options.onError ?? reportToConsole);
  const reported = new WeakSet<Error>();
  const onError = (error: Error): void => {
    if (reported.has(error)) return;
    reported.add(error);
    report(error, { source: "authorizationServer" });
  };
  const records = withNotedOutages(stored);
  const revoker = new Revoker(records);
  const onReuse = told(options.onReuse ?? (() => undefined), onError);
  const { InvalidGrant, InvalidRequest, SessionNotFound } = library.errors;
  const adapter = createAdapter({ records, revoker, clock, InvalidRequest });
  const wrap = createGrantHandlers({
    records,
    revoker,
    clock,
    InvalidGrant,
    refreshReplaySeconds: lifetimes.refreshReplaySeconds,
    onReuse,
  });
  const ProviderOnUnits = createProviderClass(library.Provider, wrap);
  const configure = (clientIdMetadataDocuments: boolean) =>
    createProviderConfiguration({
      adapter,
      lifetimes,
      issuer,
      interactionPath,
      catalogue,
      accounts,
      keys,
      approver,
      clientIdMetadataDocuments,
      fetch: options.fetch,
      errors: library.errors,
    });
  const provider = construct(
    (withDraft) => new ProviderOnUnits(issuer, configure(withDraft)),
    options.clientIdMetadataDocuments ?? true,
  );
  // Koa trusts these headers only because our listener writes them itself.
  provider.proxy = true;
  provider.silent = true;
  provider.on("server_error", (_ctx, error: Error) => onError(error));
  (provider as EventEmitter).on("error", onError);
  provider.on("grant.revoked", (ctx) => {
    // At the token endpoint, oidc-provider revokes only when a code is used again.
    if (ctx.oidc.route !== "token") return;
    onReuse({
      kind: "authorization_code_reused",
      time: Math.floor(clock()),
      clientId: ctx.oidc.client?.clientId ?? "",
    });
  });
  provider.use(answerOutages(ROUTES.authorization, onError));
  provider.use(answerUserinfo({ path: ROUTES.userinfo, records, accounts, clock }));
  provider.use(publishResourceScopes(catalogue));

  const interact = createInteractionHandler({
    provider,
    issuer,
    interactionPath,
    authorizationPath: issuerPath(issuer) + ROUTES.authorization,
    catalogue,
    accounts,
    SessionNotFound,
  });
  const callback = createListener({ provider, issuer, interact, onError });
  server.on("request", callback);

  return {
    issuer,
    callback,
    provider,
    owns: (path) => ownsPath(path, issuerPath(issuer)),
    handle: callback,
    request: requestsTo(callback),
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
}

/**
 * Starts without client ID metadata documents if oidc-provider implements
 * another version of the draft. The metadata then does not advertise them, and
 * clients register instead.
 */
function construct(make: (withDraft: boolean) => Provider, withDraft: boolean): Provider {
  try {
    return make(withDraft);
  } catch (cause) {
    if (!withDraft || !(cause instanceof TypeError) || !/experimental/.test(cause.message)) {
      throw cause;
    }
    return make(false);
  }
}

type Middleware = Parameters<Provider["use"]>[0];

/** oidc-provider lists only its own scopes, and strict clients request only scopes that are listed. */
function publishResourceScopes(catalogue: ResourceCatalogue): Middleware {
  const scopes = catalogue.all.flatMap((resource) => Object.keys(resource.scopes));
  return async (ctx, next) => {
    await next();
    const body = ctx.body as { scopes_supported?: string[] } | undefined;
    if (ctx.path.startsWith("/.well-known/") && Array.isArray(body?.scopes_supported)) {
      ctx.body = { ...body, scopes_supported: [...new Set([...scopes, ...body.scopes_supported])] };
    }
  };
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
