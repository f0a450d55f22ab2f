import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";
import { readApiKeys } from "./api-keys.js";

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
          authorizationServers: [process.env.OAUTH_ISSUER ?? ""],
          // Both work while clients move over. At the end, remove authMode and apiKeys.
          authMode: "both",
          apiKeys: {
            keys: readApiKeys(process.env.API_KEYS_SHA256 ?? ""),
            headerName: "X-API-Key",
            // Clients that look are told that keys go away, and when.
            deprecation: process.env.API_KEY_DEPRECATION || undefined,
            sunset: process.env.API_KEY_SUNSET || undefined,
          },{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
