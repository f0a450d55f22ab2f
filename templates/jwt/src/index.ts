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
      auth: {
        // Everything comes from OAUTH_* variables; see .env.example.
        provider: OAuthAuthProvider.fromEnv({{fromEnvArguments}}),
      },
    },
  },
});

await server.start();
