import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

const port = Number(process.env.PORT ?? {{port}});

const server = new MCPServer({
  transport: {
    type: "{{transport}}",
    options: {
      port,
      auth: {
        provider: new OAuthAuthProvider({
          resource: process.env.OAUTH_RESOURCE ?? `http://localhost:${port}{{endpointPath}}`,
          authorizationServers: [process.env.OAUTH_ISSUER ?? ""],{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
