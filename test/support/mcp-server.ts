import {
  logger,
  MCPServer,
  type MCPApp,
  type MCPPrompt,
  type MCPResource,
  type MCPTool,
} from "mcp-framework";
import { eventually } from "./eventually.js";
import { freePort } from "./free-port.js";

// The framework writes several lines per request to stderr; a test that wants them spies itself.
if (process.env["TEST_LOG"] === undefined) {
  for (const level of ["info", "warn", "error", "debug"] as const) {
    logger[level] = () => undefined;
  }
}

export type TransportName = "http-stream batch" | "http-stream stream" | "sse";

export interface RunningServer {
  readonly server: MCPServer;
  readonly port: number;
  readonly origin: string;
  /** Where a client connects. */
  readonly url: string;
  close(): Promise<void>;
}

export interface ServerSetup {
  readonly transport: TransportName;
  readonly provider: object;
  readonly tools: readonly (new () => MCPTool)[];
  readonly resources?: readonly (new () => MCPResource)[];
  readonly prompts?: readonly (new () => MCPPrompt)[];
  /** mcp-framework only loads apps from files. */
  readonly apps?: readonly MCPApp[];
  /** Other transports of the same server. */
  readonly beside?: readonly object[];
  readonly port?: number;
  readonly options?: Record<string, unknown>;
  readonly server?: Record<string, unknown>;
}

/** A real mcp-framework server on a free port of the loopback interface. */
export async function startServer(setup: ServerSetup): Promise<RunningServer> {
  const port = setup.port ?? (await freePort());
  const [type, mode] = setup.transport.split(" ") as ["http-stream" | "sse", string | undefined];
  const server = new MCPServer({
    name: "test",
    version: "1.0.0",
    // The folder in which the framework looks for more tools.
    basePath: "/nonexistent",
    transports: [
      {
        type,
        options: {
          port,
          host: "127.0.0.1",
          ...(mode !== undefined && { responseMode: mode }),
          auth: { provider: setup.provider },
          ...setup.options,
        } as never,
      },
      ...((setup.beside ?? []) as never[]),
    ],
    ...setup.server,
  });
  for (const prompt of setup.prompts ?? []) server.addPrompt(prompt as never);
  for (const resource of setup.resources ?? []) server.addResource(resource as never);
  const loader = server as unknown as { appLoader: { loadApps: () => Promise<unknown[]> } };
  if (setup.apps !== undefined) loader.appLoader.loadApps = async () => [...setup.apps!];
  for (const tool of setup.tools) server.addTool(tool as never);
  let hasFailed = false;
  const failed = server.start().then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => {
      hasFailed = true;
      throw error;
    },
  );
  const origin = `http://127.0.0.1:${port}`;
  // If another process takes the port first, `start` rejects and /health may never respond.
  const responds = eventually(
    () => fetch(`${origin}/health`),
    () => !hasFailed,
  );
  await Promise.race([responds, failed]);
  let stopped: Promise<void> | undefined;
  return {
    server,
    port,
    origin,
    url: origin + (type === "sse" ? "/sse" : "/mcp"),
    close: () => (stopped ??= server.stop()),
  };
}
