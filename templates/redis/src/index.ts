import { existsSync } from "node:fs";
import { MCPServer } from "mcp-framework";
import { OAuthAuthProvider } from "mcp-framework-oauth";
import { createRedisStore } from "mcp-framework-oauth/redis";

// Variables that are set already win over the file.
if (existsSync(".env")) process.loadEnvFile(".env");

const port = Number(process.env.PORT ?? {{port}});
const redis = process.env.REDIS_URL || undefined;
const proxies = process.env.TRUSTED_PROXIES?.split(",");

const server = new MCPServer({
  transport: {
    type: "{{transport}}",
    options: {
      port,
      // In a container the proxy comes from outside.
      host: process.env.HOST ?? "127.0.0.1",
      auth: {
        provider: new OAuthAuthProvider({
          resource: process.env.OAUTH_RESOURCE ?? `http://localhost:${port}{{endpointPath}}`,
          authorizationServers: [process.env.OAUTH_ISSUER ?? ""],
          // Who is believed about the client's address, and that it came by https.
          ...(proxies !== undefined && { trustedProxies: proxies }),
          // What all processes must know of each other: used proofs, revoked tokens. One process
          // alone keeps it in its memory.
          ...(redis !== undefined && { store: await createRedisStore(redis) }),{{corsOption}}
        }),
      },
    },
  },
});

await server.start();
