import type { RequestListener, ServerResponse } from "node:http";
import { logger, MCPServer } from "mcp-framework";
import { corsOf } from "./adapters/author-cors.js";
import { ConfigurationError } from "../core/errors.js";
import { SessionRegistry } from "../sessions/session.js";
import { currentExchange } from "./exchange.js";
import {
  frameworkError,
  HTTP_STREAM_MEMBERS,
  PROTOTYPE_METHODS,
  requireMembers,
  SERVER_MEMBERS,
  SSE_MEMBERS,
  type FrameworkPrototype,
  type FrameworkServer,
  type FrameworkTransportConfig,
  type GuardedTransport,
} from "./internals.js";
import { guardedListener } from "./adapters/guard.js";
import type { GuardOptions } from "./adapters/guarded-node-request.js";
import type { Endpoint } from "../gate/guarded-request.js";
import type { Protection } from "../gate/protection.js";
import { DEFAULT_BODY_BYTES } from "../http/body.js";
import { guardLambda } from "./adapters/lambda.js";
import { protectionOf } from "./registry.js";
import { scopeServer, scopeSessionServer } from "./server-scope.js";
import { handleServerless } from "./adapters/serverless.js";
import { isolateHttpStream } from "./isolation/session-isolation.js";

let installed = false;

/**
 * Prepares mcp-framework, once, so that transports whose provider is ours are
 * guarded. Transports with any other provider, and stdio, are left alone.
 *
 * @throws ConfigurationError when this version of the framework lacks a member
 */
export function install(): void {
  if (installed) return;
  const prototype = MCPServer.prototype as unknown as FrameworkPrototype;
  requireMembers(prototype, PROTOTYPE_METHODS, "MCPServer.prototype");

  // Each is called with the `this` that its wrapper gets.
  /* eslint-disable @typescript-eslint/unbound-method */
  const {
    createTransportFromConfig,
    createSDKServerForSession,
    handleRequest,
    createLambdaHandler,
  } = prototype;
  /* eslint-enable @typescript-eslint/unbound-method */

  prototype.createTransportFromConfig = function (config) {
    const protection = protectionFor(this, config);
    if (protection === undefined || config.type === "stdio") {
      return createTransportFromConfig.call(this, config);
    }
    requireMembers(this, SERVER_MEMBERS, "MCPServer");
    warnOfIgnoredOptions(config);
    const transport = createTransportFromConfig.call(this, unguardedConfig(config));
    guardTransport(transport as GuardedTransport, this, config, protection);
    return transport;
  };

  prototype.createSDKServerForSession = function () {
    return scopeSessionServer(createSDKServerForSession.call(this), this);
  };

  prototype.handleRequest = async function (request, options) {
    const protection = serverlessProtection(this);
    if (protection === undefined) return handleRequest.call(this, request, options);
    refuseEmbedded(protection);
    requireMembers(this, SERVER_MEMBERS, "MCPServer");
    return handleServerless(protection, this, request, options, (guarded) =>
      handleRequest.call(this, guarded, options),
    );
  };

  prototype.createLambdaHandler = function (config) {
    const protection = serverlessProtection(this);
    if (protection === undefined) return createLambdaHandler.call(this, config);
    refuseEmbedded(protection);
    return guardLambda((guarded) => createLambdaHandler.call(this, guarded), config);
  };
  installed = true;
}

/** @throws ConfigurationError if there is no listener that the authorization server could share */
function refuseEmbedded({ embedded }: Protection): void {
  if (embedded === undefined) return;
  throw new ConfigurationError(
    "ERR_OAUTH_EMBEDDED",
    "embedded needs a transport that listens: handleRequest and Lambda have none. " +
      "Run the authorization server on its own with listen(), and name it in authorizationServers.",
  );
}

/** The provider of a transport, or else of the whole server, if it is ours. */
function protectionFor(
  server: FrameworkServer,
  config: FrameworkTransportConfig,
): Protection | undefined {
  return protectionOf(providerOf(config) ?? server._authConfig?.provider);
}

/**
 * The provider of the whole server or of the first transport, as in
 * mcp-framework. Where these name none the framework lets everybody in; a
 * server that is protected on another transport is protected here as well.
 */
function serverlessProtection(server: FrameworkServer): Protection | undefined {
  const [first] = server.transportConfigs;
  const provider = server._authConfig?.provider ?? (first && providerOf(first));
  if (provider !== undefined) return protectionOf(provider);
  return server.transportConfigs
    .map((config) => protectionOf(providerOf(config)))
    .find((protection) => protection !== undefined);
}

function providerOf({ auth, options }: FrameworkTransportConfig): object | undefined {
  return auth?.provider ?? options?.auth?.provider;
}

/**
 * The configuration the framework gets: without authentication and CORS of its
 * own, because both were decided before it is reached. The fallback checks in
 * `guardTransport` reject any request that bypassed the guard.
 */
function unguardedConfig(config: FrameworkTransportConfig): FrameworkTransportConfig {
  const { auth: _auth, options = {}, ...rest } = config;
  const { auth: _inner, cors = {}, ...others } = options;
  const { allowedOrigins: _origins, ...otherCors } = cors;
  return { ...rest, options: { ...others, cors: otherCors } };
}

function warnOfIgnoredOptions(config: FrameworkTransportConfig): void {
  const endpoints = (config.auth ?? config.options?.auth)?.endpoints;
  if (endpoints?.messages === false || endpoints?.sse === false) {
    logger.warn(
      "mcp-framework-oauth: auth.endpoints is ignored, every endpoint is protected. " +
        "Remove it, or list public parts in the provider's `anonymous` option.",
    );
  }
}

/** Clients refuse a resource whose path does not lead to the URL that they were given. */
function warnOfOtherPath(resource: string, endpoints: ReadonlyMap<string, Endpoint>): void {
  const [endpoint = ""] = endpoints.keys();
  const { pathname } = new URL(resource);
  if (endpoint === pathname || endpoint.startsWith(pathname.replace(/\/?$/, "/"))) return;
  logger.warn(
    `mcp-framework-oauth: resource is ${resource}, and the transport serves ${endpoint}. ` +
      "Clients refuse a resource whose path is not the path of their URL. Set resource to the URL " +
      "that clients use; ignore this if a proxy maps the path.",
  );
}

function guardTransport(
  transport: GuardedTransport,
  server: FrameworkServer,
  config: FrameworkTransportConfig,
  protection: Protection,
): void {
  const announcer = scopeServer(server, protection);
  const { sessionLimits } = protection;
  // An HTTP Stream session does not end with its streams: its client opens new ones.
  const renewalSeconds = transport.type === "sse" ? sessionLimits.renewalSeconds : 0;
  const sessions = new SessionRegistry({ ...sessionLimits, renewalSeconds }, (session) =>
    announcer.subscriptions.drop(session),
  );
  protection.connections.addSessions(sessions);
  announcer.addSessions(sessions, protection, transport);

  if (transport.type === "http-stream") {
    requireMembers(transport, HTTP_STREAM_MEMBERS, "HttpStreamTransport");
    isolateHttpStream(transport, server, sessions, announcer);
    transport.setCorsHeaders = () => undefined;
    transport.readRequestBody = () => Promise.resolve(currentExchange()?.body ?? null);
    transport.handleMcpRequest = guardedOnly(transport.handleMcpRequest.bind(transport));
  } else {
    requireMembers(transport, SSE_MEMBERS, "SSEServerTransport");
    transport.send = (message) => announcer.announce(message, sessions);
    transport.getCorsHeaders = () => ({});
    transport.handleRequest = guardedOnly(transport.handleRequest.bind(transport));
  }

  const options = guardOptions(transport.type, config, sessions, protection);
  warnOfOtherPath(protection.documents.resource, options.endpoints);
  for (const endpoint of options.endpoints.keys()) {
    if (!protection.embedded?.owns(endpoint)) continue;
    throw new ConfigurationError(
      "ERR_OAUTH_EMBEDDED",
      `The transport serves ${endpoint}, which is a path of the embedded authorization server; ` +
        "give the endpoint another path, or the issuer a path of its own.",
    );
  }
  const start = transport.start.bind(transport);
  transport.start = async () => {
    await protection.beforeStart();
    const started = start();
    // start() has created the server before its first await; no request has come yet.
    guardListener(transport, protection, options);
    transport._server?.once("close", () => announcer.removeSessions(sessions));
    return started;
  };
}

function guardListener(
  transport: GuardedTransport,
  protection: Protection,
  options: GuardOptions,
): void {
  const http = transport._server;
  const [framework, ...others] = (http?.listeners("request") ?? []) as RequestListener[];
  if (http === undefined || framework === undefined || others.length > 0) {
    http?.close();
    throw frameworkError(`${transport.type} transport without one request listener`);
  }
  const guard = guardedListener(protection, options, framework);
  http.removeListener("request", framework);
  http.on("request", guard);
  // All headers, limited only by size: Node would otherwise drop headers after the thousandth,
  // for example a proxy's own.
  http.maxHeadersCount = 0;
  // Without a listener Node would ask for the body before anything was decided.
  http.on("checkContinue", guard);
  http.once("close", () => {
    options.sessions.closeAll();
    protection.connections.removeSessions(options.sessions);
  });
}

/** Rejects any request that bypassed the guard. */
function guardedOnly<Request>(
  handle: (req: Request, res: ServerResponse) => Promise<void>,
): (req: Request, res: ServerResponse) => Promise<void> {
  return (req, res) => {
    if (currentExchange() !== undefined) return handle(req, res);
    logger.error("mcp-framework-oauth: refused a request that did not come through the guard");
    res.writeHead(503).end();
    return Promise.resolve();
  };
}

function guardOptions(
  kind: GuardedTransport["type"],
  config: FrameworkTransportConfig,
  sessions: SessionRegistry,
  protection: Protection,
): GuardOptions {
  const { options = {} } = config;
  const endpoints: [string, Endpoint][] =
    kind === "sse"
      ? [
          [options.endpoint ?? "/sse", "sse"],
          [options.messageEndpoint ?? "/messages", "messages"],
        ]
      : [[options.endpoint ?? "/mcp", "mcp"]];
  const ownLimit = typeof options.maxMessageSize === "number" ? options.maxMessageSize : undefined;
  return {
    kind,
    cors: corsOf(protection, [config]),
    endpoints: new Map(endpoints),
    health: healthPage(options.health),
    sessions,
    maxBodyBytes: protection.maxBodyBytes ?? ownLimit ?? DEFAULT_BODY_BYTES,
    streaming: kind === "sse" || options.responseMode !== "batch",
  };
}

function healthPage(
  health: { enabled?: boolean; path?: string; response?: unknown } = {},
): GuardOptions["health"] {
  if (health.enabled === false) return undefined;
  return { path: health.path ?? "/health", body: JSON.stringify(health.response ?? { ok: true }) };
}
