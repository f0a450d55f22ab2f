import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";
import { startAuthorizationServer } from "./authorization-server.js";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

const port = Number(process.env.PORT ?? {{port}});
const issuer = process.env.OAUTH_ISSUER ?? {{issuer}};
const resource = process.env.OAUTH_RESOURCE ?? `http://localhost:${port}{{endpointPath}}`;

if (process.env.AUTHORIZATION_SERVER === "embedded") {
  await startAuthorizationServer(issuer, resource);
}

const server = new MCPServer({
  transport: {
    type: {{transport}},
    options: {
      port,
      auth: {
        provider: new OAuthAuthProvider({
          resource,
          authorizationServers: [issuer],{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
