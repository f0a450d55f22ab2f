import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";
import { readApiKeys } from "./api-keys.js";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

const port = Number(process.env.PORT ?? {{port}});

const server = new MCPServer({
  transport: {
    type: {{transport}},
    options: {
      port,
      auth: {
        // Everything else comes from OAUTH_* variables; see .env.example.
        provider: OAuthAuthProvider.fromEnv(process.env, {
          // Both are accepted during the migration. Afterwards, remove authMode and apiKeys.
          authMode: "both",
          apiKeys: {
            keys: readApiKeys(process.env.API_KEYS_SHA256 ?? ""),
            headerName: "X-API-Key",
            // Announces the end of API keys to clients.
            deprecation: process.env.API_KEY_DEPRECATION || undefined,
            sunset: process.env.API_KEY_SUNSET || undefined,
          },{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
