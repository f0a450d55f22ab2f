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
          authorizationServers: [process.env.OAUTH_ISSUER ?? ""],
          validation: {
            type: "introspection",
            introspection: {
              // Without it, the endpoint is found through the issuer's metadata.
              endpoint: process.env.OAUTH_INTROSPECTION_ENDPOINT || undefined,
              clientId: process.env.OAUTH_CLIENT_ID,
              clientSecret: process.env.OAUTH_CLIENT_SECRET,
              // A revoked token works for this long; 0 asks for every request.
              cacheSeconds: 60,
            },
          },{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
