import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";

/** The same server for Lambda and for this computer. */
export function createServer(port: number): MCPServer {
  return new MCPServer({
    // On Lambda nothing else says where the tools are.
    basePath: dirname(fileURLToPath(import.meta.url)),
    transport: {
      type: "http-stream",
      options: {
        port,
        auth: {
          provider: new OAuthAuthProvider({
            resource: process.env.OAUTH_RESOURCE ?? `http://localhost:${port}/mcp`,
            authorizationServers: [process.env.OAUTH_ISSUER ?? ""],{{corsOption}}
          }),
        },
      },
    },
  });
}
