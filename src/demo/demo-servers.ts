import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MCPServer } from "mcp-framework";
import {
  createAuthorizationServer,
  memoryStorage,
  type AuthorizationServer,
} from "../authorization-server/index.js";
import { logAudit, OAuthAuthProvider } from "../index.js";
import { EraseNotes, Notes, WhoAmI } from "./tools.js";

const NAME = "Demo notes";
const SCOPES = {
  "notes:use": "Read and write your notes",
  "notes:admin": "Erase all users' notes",
};

export interface DemoServers {
  readonly authorizationServer: AuthorizationServer;
  /** URL of the protected server on HTTP Stream. */
  readonly httpStream: string;
  /** URL of the protected server on SSE. */
  readonly sse: string;
  /** Sets only the MCP server's clock ahead. */
  readonly setClockAhead: (seconds: number) => void;
  /** The reason of the latest refusal, as in the server's log. */
  readonly latestRefusal: () => string | undefined;
  close(): Promise<void>;
}

export interface DemoPorts {
  readonly authorizationServer: number;
  readonly httpStream: number;
  readonly sse: number;
}

/** The wanted ports if they are free, otherwise any free ports. */
export async function freePorts(wanted?: DemoPorts): Promise<DemoPorts> {
  const [authorizationServer, httpStream, sse] = await Promise.all([
    freePort(wanted?.authorizationServer),
    freePort(wanted?.httpStream),
    freePort(wanted?.sse),
  ]);
  return { authorizationServer, httpStream, sse };
}

async function freePort(wanted = 0): Promise<number> {
  const probe = createServer().listen(wanted, "127.0.0.1");
  const isFree = await once(probe, "listening").then(
    () => true,
    () => false,
  );
  if (!isFree) return freePort();
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/**
 * Starts an authorization server, and one MCP server with two protected
 * transports.
 *
 * @param consent show the login and consent pages; otherwise approve automatically
 */
export async function startDemoServers(ports: DemoPorts, consent: boolean): Promise<DemoServers> {
  const issuer = `http://127.0.0.1:${ports.authorizationServer}`;
  const httpStream = `http://127.0.0.1:${ports.httpStream}/mcp`;
  const sse = `http://127.0.0.1:${ports.sse}/sse`;

  const authorizationServer = await createAuthorizationServer({
    issuer,
    resources: [httpStream, sse].map((resource) => ({
      resource,
      name: NAME,
      scopes: SCOPES,
    })),
    accounts: [
      { id: "alice", name: "Alice" },
      { id: "bob", name: "Bob" },
    ],
    storage: memoryStorage(),
    ...(!consent && {
      autoApprove: ({ clientName = "" }) => (clientName.includes("Bob") ? "bob" : "alice"),
    }),
  });
  await authorizationServer.listen(ports.authorizationServer, "127.0.0.1");

  const mcp = await startMcpServer(issuer, ports, { httpStream, sse });
  return {
    authorizationServer,
    httpStream,
    sse,
    ...mcp,
    close: async () => {
      await mcp.close();
      await authorizationServer.close();
    },
  };
}

/** One MCP server; each of its transports has its own URL, which tokens must be issued for. */
async function startMcpServer(
  issuer: string,
  ports: DemoPorts,
  urls: Pick<DemoServers, "httpStream" | "sse">,
): Promise<Pick<DemoServers, "setClockAhead" | "latestRefusal" | "close">> {
  let ahead = 0;
  let latestRefusal: string | undefined;
  const protect = (resource: string): OAuthAuthProvider =>
    new OAuthAuthProvider({
      resource,
      authorizationServers: [issuer],
      scopes: { required: ["notes:use"] },
      clock: () => Date.now() / 1000 + ahead,
      metadata: { resourceName: NAME },
      audit: [
        logAudit(),
        ({ reason }) => {
          if (reason !== undefined) latestRefusal = reason;
        },
      ],
    });
  // The tools are registered below; with an empty folder, the framework loads no others.
  const folder = mkdtempSync(join(tmpdir(), "mcp-oauth-demo-"));
  const server = new MCPServer({
    name: "demo",
    version: "1.0.0",
    basePath: folder,
    transports: [
      {
        type: "http-stream",
        options: { port: ports.httpStream, auth: { provider: protect(urls.httpStream) } },
      },
      { type: "sse", options: { port: ports.sse, auth: { provider: protect(urls.sse) } } },
    ],
  });
  for (const tool of [WhoAmI, Notes, EraseNotes]) {
    // The framework's types do not support exactOptionalPropertyTypes.
    server.addTool(tool as unknown as Parameters<MCPServer["addTool"]>[0]);
  }
  const running = server.start();
  await Promise.race([running, Promise.all([urls.httpStream, urls.sse].map(isUp))]);
  return {
    setClockAhead: (seconds) => {
      ahead = seconds;
    },
    latestRefusal: () => latestRefusal,
    close: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function isUp(url: string): Promise<void> {
  const health = new URL("/health", url);
  for (;;) {
    const answer = await fetch(health).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
