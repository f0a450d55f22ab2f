import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";
import { startAuthorizationServer } from "./authorization-server.js";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

const port = Number(process.env.PORT ?? {{port}});
const resource = process.env.OAUTH_RESOURCE ?? `http://localhost:${port}{{endpointPath}}`;
// On one port, the issuer is the origin of the MCP server.
const issuer = process.env.OAUTH_ISSUER ?? new URL(resource).origin;

const authorization =
  process.env.AUTHORIZATION_SERVER === "embedded"
    ? { embedded: await startAuthorizationServer(issuer, resource) }
    : { authorizationServers: [issuer] };

const server = new MCPServer({
  transport: {
    type: {{transport}},
    options: {
      port,
      auth: {
        provider: new OAuthAuthProvider({
          resource,
          ...authorization,{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
