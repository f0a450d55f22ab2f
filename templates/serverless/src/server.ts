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
          // Everything comes from OAUTH_* variables; .env.example says which there are.
          provider: OAuthAuthProvider.fromEnv({{fromEnvArguments}}),
        },
      },
    },
  });
}
