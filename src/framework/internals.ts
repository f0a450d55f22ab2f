import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { LambdaHandlerConfig, MCPServer } from "mcp-framework";
import { ConfigurationError } from "../core/errors.js";

/*
 * Every private name of mcp-framework and of the MCP SDK that this package
 * touches, in one place. test/unit/framework/framework-contract.test.ts holds the
 * installed versions to it; `requireMembers` does so again at start-up, so
 * that a future version without one of them fails closed instead of open.
 */

export interface JsonRpcMessage {
  readonly jsonrpc: "2.0";
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: unknown;
}

export interface SendOptions {
  readonly relatedRequestId?: string | number;
}

/** A transport of the MCP SDK that belongs to one session. */
export interface SessionTransport {
  sessionId?: string | undefined;
  onmessage?: ((message: JsonRpcMessage, extra?: unknown) => void) | undefined;
  onclose?: (() => void) | undefined;
  send(message: JsonRpcMessage, options?: SendOptions): Promise<void>;
  close(): Promise<void>;
  /** HTTP Stream only: ends the standing stream; the session goes on without it. */
  closeStandaloneSSEStream?(): void;
  /** SSE only. */
  handlePostMessage?(
    req: IncomingMessage,
    res: ServerResponse,
    parsedBody?: unknown,
  ): Promise<void>;
}

/** Where the SDK puts the events of a stream; every chunk counts as one in `desiredSize`. */
export interface StreamController {
  readonly desiredSize: number | null;
  enqueue(chunk: Uint8Array): void;
}

/**
 * Tables of the SDK's Streamable HTTP transport, behind the session's own as
 * `_webStandardTransport`: which stream answers a request, and all streams.
 */
export interface StreamTables {
  readonly _requestToStreamMapping: Map<string | number, string>;
  readonly _streamMapping: Map<
    string,
    { readonly resolveJson?: unknown; readonly controller?: StreamController }
  >;
}

/** The tables, or `undefined` for SSE and for an SDK that has others. */
export function streamTablesOf(transport: SessionTransport): StreamTables | undefined {
  const inner = (transport as { _webStandardTransport?: Partial<StreamTables> })
    ._webStandardTransport;
  return inner?._requestToStreamMapping instanceof Map && inner._streamMapping instanceof Map
    ? (inner as StreamTables)
    : undefined;
}

/** The SDK's `Server`, one per session. */
export interface SessionServer {
  connect(transport: SessionTransport): Promise<void>;
  close(): Promise<void>;
  notification(notification: JsonRpcNotification, options?: unknown): Promise<void>;
  sendLoggingMessage(params: { level: string; logger?: string; data: unknown }): Promise<void>;
}

interface JsonRpcNotification {
  readonly method: string;
  readonly params?: unknown;
}

/** `subscribe` and `unsubscribe` are there where the resource can be watched. */
export interface FrameworkResource {
  read?: unknown;
  subscribe?(): Promise<void>;
  unsubscribe?(): Promise<void>;
}

export interface FrameworkTool {
  name: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema?: unknown;
  injectServer(server: unknown): void;
  /** Reads arguments by the tool's schema, as its `toolCall` does before the handler. */
  validateInput?(args: unknown): Promise<unknown>;
  /** The handler. Tools of apps have none here. */
  execute?: unknown;
  /** Of the application; see `CanUse`. */
  readonly canUse?: unknown;
}

interface FrameworkAuthConfig {
  provider?: object;
  endpoints?: { sse?: boolean; messages?: boolean };
}

export interface FrameworkTransportConfig {
  type: string;
  auth?: FrameworkAuthConfig;
  options?: {
    auth?: FrameworkAuthConfig;
    port?: number;
    endpoint?: string;
    messageEndpoint?: string;
    responseMode?: string;
    maxMessageSize?: number | string;
    cors?: FrameworkCors;
    health?: { enabled?: boolean; path?: string; response?: unknown };
  };
}

export interface FrameworkCors {
  allowOrigin?: string;
  allowedOrigins?: readonly string[];
  allowHeaders?: string;
  exposeHeaders?: string;
  [name: string]: unknown;
}

interface TransportBase {
  type: string;
  _server?: HttpServer;
  start(): Promise<void>;
  send(message: JsonRpcMessage): Promise<void>;
}

export interface HttpStreamTransportInternals extends TransportBase {
  type: "http-stream";
  _transports: Record<string, SessionTransport>;
  handleMcpRequest(req: IncomingMessage, res: ServerResponse): Promise<void>;
  readRequestBody(req: IncomingMessage): Promise<unknown>;
  setCorsHeaders(res: ServerResponse, includeMaxAge?: boolean): void;
}

interface SseTransportInternals extends TransportBase {
  type: "sse";
  handleRequest(req: IncomingMessage, res: ServerResponse): Promise<void>;
  getCorsHeaders(includeMaxAge?: boolean): Record<string, string>;
}

export interface TaskState {
  readonly taskId: string;
  readonly status: string;
}

export interface TaskManagerInternals {
  readonly tasks: Map<string, TaskState>;
  readonly maxTasks: number;
  /** Forgets expired tasks. */
  cleanup(): void;
  /** @param ttl in milliseconds */
  createTask(ttl?: number): TaskState;
  getTask(taskId: string): TaskState | undefined;
  cancelTask(taskId: string): TaskState;
  listTasks(cursor?: string, limit?: number): { tasks: TaskState[]; nextCursor?: string };
}

/** What `this` is inside `createTransportFromConfig` and `handleRequest`. */
export interface FrameworkServer {
  toolsMap: Map<string, FrameworkTool>;
  resourcesMap: Map<string, FrameworkResource>;
  promptsMap: Map<string, { getMessages?: unknown }>;
  /** Apps, whose tools are copied into `toolsMap` member by member. */
  appsMap?: ReadonlyMap<string, { readonly tools: readonly { readonly name: string }[] }>;
  transportConfigs: FrameworkTransportConfig[];
  bindings: { sdkServer: SessionServer; transport: object }[];
  _authConfig?: FrameworkAuthConfig;
  _roots: unknown[];
  _logLevel: string;
  _taskManager?: TaskManagerInternals;
  ensureInitialized(): Promise<void>;
  sendLog(level: string, loggerName: string, data: unknown): Promise<void>;
  createSDKServerForSession(): SessionServer;
}

export type LambdaHandler = ReturnType<MCPServer["createLambdaHandler"]>;

/** The methods of `MCPServer.prototype` that are wrapped. */
export interface FrameworkPrototype {
  createLambdaHandler(this: FrameworkServer, config?: LambdaHandlerConfig): LambdaHandler;
  createTransportFromConfig(this: FrameworkServer, config: FrameworkTransportConfig): TransportBase;
  createSDKServerForSession(this: FrameworkServer): SessionServer;
  handleRequest(
    this: FrameworkServer,
    request: Request,
    options?: { sourceIp?: string },
  ): Promise<Response>;
}

export const PROTOTYPE_METHODS = [
  "createTransportFromConfig",
  "createSDKServerForSession",
  "handleRequest",
  "createLambdaHandler",
] as const;

export const HTTP_STREAM_MEMBERS = [
  "start",
  "send",
  "handleMcpRequest",
  "readRequestBody",
  "setCorsHeaders",
  "_transports",
] as const;

export const SSE_MEMBERS = ["start", "send", "handleRequest", "getCorsHeaders"] as const;

export const TASK_MANAGER_MEMBERS = [
  "tasks",
  "maxTasks",
  "cleanup",
  "createTask",
  "getTask",
  "cancelTask",
  "listTasks",
] as const;

export const SERVER_MEMBERS = [
  "toolsMap",
  "resourcesMap",
  "promptsMap",
  "transportConfigs",
  "bindings",
  "_roots",
  "_logLevel",
  "sendLog",
  "ensureInitialized",
] as const;

/**
 * Throws when a member is missing: the guard could not stand where it must.
 *
 * @throws ConfigurationError
 */
export function requireMembers(target: object, members: readonly string[], what: string): void {
  const missing = members.filter((name) => !(name in target));
  if (missing.length === 0) return;
  throw frameworkError(missing.map((name) => `no ${what}.${name}`).join(", "));
}

/** A framework in which the guard cannot stand. */
export function frameworkError(finding: string): ConfigurationError {
  return new ConfigurationError(
    "ERR_OAUTH_FRAMEWORK_VERSION",
    `This version of mcp-framework cannot be guarded (${finding}). ` +
      `Install one that this package supports: mcp-framework ^0.2.22.`,
  );
}

export type GuardedTransport = HttpStreamTransportInternals | SseTransportInternals;
