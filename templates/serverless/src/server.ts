import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";

/** The same server for Lambda and for local use. */
export function createServer(port: number): MCPServer {
  return new MCPServer({
    // On Lambda the location of the tools must be set.
    basePath: dirname(fileURLToPath(import.meta.url)),
    transport: {
      type: "http-stream",
      options: {
        port,
        auth: {
          // Everything comes from OAUTH_* variables; see .env.example.
          provider: OAuthAuthProvider.fromEnv({{fromEnvArguments}}),
        },
      },
    },
  });
}
