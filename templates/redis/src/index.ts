import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

const port = Number(process.env.PORT ?? {{port}});

const server = new MCPServer({
  transport: {
    type: {{transport}},
    options: {
      port,
      // In a container, the proxy connects from outside.
      host: process.env.HOST ?? "127.0.0.1",
      auth: {
        // Everything comes from OAUTH_* variables; see .env.example. With
        // OAUTH_REDIS_URL all processes share used proofs and revoked tokens.
        provider: OAuthAuthProvider.fromEnv({{fromEnvArguments}}),
      },
    },
  },
});

await server.start();
