import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

const port = Number(process.env.PORT ?? {{port}});
const employees = process.env.OAUTH_ISSUER ?? "";
const partners = process.env.PARTNER_ISSUER ?? "";

const server = new MCPServer({
  transport: {
    type: {{transport}},
    options: {
      port,
      auth: {
        provider: new OAuthAuthProvider({
          resource: process.env.OAUTH_RESOURCE ?? `http://localhost:${port}{{endpointPath}}`,
          // Clients are sent to the first one; tokens of all of them are accepted.
          authorizationServers: [employees, partners],
          // Each issuer has its own keys and its own rules. A token of an unlisted issuer is refused
          // without any request to that issuer.
          validation: [
            { type: "jwt", issuer: employees },
            { type: "jwt", issuer: partners, requireSubject: true },
          ],{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
