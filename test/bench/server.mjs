/*
 * One server of those that are compared, in a process of its own:
 *
 * - `raw`               node:http that answers what `options.answer` says
 * - `framework`         mcp-framework without authentication
 * - `framework-builtin` mcp-framework with its own OAuth provider
 * - `framework-ours`    mcp-framework with this package's provider
 * - `sdk`               express and the MCP SDK, without authentication
 * - `sdk-jose`          express and the MCP SDK, its `requireBearerAuth` over jose
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RESOURCE } from "./lib/tokens.mjs";

const [kind, json] = process.argv.slice(2);
const options = JSON.parse(json ?? "{}");

process.on("SIGTERM", () => process.exit());
process.on("disconnect", () => process.exit());
let parses = 0;
process.on("message", (question) => {
  if (question === "heap") {
    globalThis.gc();
    globalThis.gc();
  }
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system, heap: process.memoryUsage().heapUsed, parses });
});

/** Counts how often a text of a request's body is parsed, without the benchmarks' knowing how. */
function countParses(marker) {
  const parse = JSON.parse;
  JSON.parse = (text, reviver) => {
    if (typeof text === "string" && text.includes(marker)) parses += 1;
    return parse(text, reviver);
  };
}

async function freePort() {
  const probe = createSocketServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function startRaw({ status, headers, body, readsBody, loadsFramework }) {
  // Draining creates garbage, and the cost of collecting it depends on the rest of the heap.
  if (loadsFramework) await Promise.all([import("mcp-framework"), import("../../dist/index.js")]);
  const bytes = Buffer.from(body);
  const server = createServer((req, res) => {
    res.writeHead(status, { ...headers, "Content-Length": bytes.length });
    res.end(bytes);
    if (readsBody) req.resume();
  });
  return listen(server);
}

function listen(server) {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

async function startFramework(authProvider) {
  const { MCPServer, MCPTool } = await import("mcp-framework");
  class Echo extends MCPTool {
    name = "echo";
    description = "Answers";
    schema = {};
    async execute() {
      return "pong";
    }
  }
  const port = await freePort();
  const server = new MCPServer({
    name: "bench",
    version: "1.0.0",
    basePath: mkdtempSync(join(tmpdir(), "bench-")),
    transport: {
      type: "http-stream",
      options: {
        port,
        host: "127.0.0.1",
        responseMode: "batch",
        ...(authProvider && { auth: { provider: authProvider } }),
      },
    },
  });
  server.addTool(Echo);
  void server.start();
  for (;;) {
    const up = await fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    );
    if (up) return port;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function builtinProvider({ issuer, jwksUri, introspectionUri }) {
  const { OAuthAuthProvider } = await import("mcp-framework");
  return new OAuthAuthProvider({
    resource: RESOURCE,
    authorizationServers: [issuer],
    validation:
      introspectionUri === undefined
        ? { type: "jwt", jwksUri, audience: RESOURCE, issuer, algorithms: ["RS256"] }
        : {
            type: "introspection",
            audience: RESOURCE,
            issuer,
            introspection: {
              endpoint: introspectionUri,
              clientId: "c",
              clientSecret: "s".repeat(32),
            },
          },
  });
}

async function ourProvider({ issuer, jwksUri, introspectionUri, provider = {} }) {
  const { OAuthAuthProvider } = await import("../../dist/index.js");
  return new OAuthAuthProvider({
    resource: RESOURCE,
    authorizationServers: [issuer],
    verifyAtStart: "off",
    ...(introspectionUri === undefined
      ? { validation: { type: "jwt", jwksUri } }
      : {
          validation: {
            type: "introspection",
            introspection: {
              endpoint: introspectionUri,
              clientId: "c",
              clientSecret: "s".repeat(32),
            },
          },
        }),
    ...provider,
  });
}

async function startSdk(protect) {
  const { default: express } = await import("express");
  const { McpServer } = await import("@modelcontextprotocol/sdk/server/mcp.js");
  const { StreamableHTTPServerTransport } =
    await import("@modelcontextprotocol/sdk/server/streamableHttp.js");
  const { isInitializeRequest } = await import("@modelcontextprotocol/sdk/types.js");
  const app = express();
  const transports = new Map();
  if (protect !== undefined) await protect(app);
  app.use(express.json({ limit: "4mb" }));
  app.all("/mcp", async (req, res) => {
    const known = transports.get(req.headers["mcp-session-id"]);
    if (known !== undefined) return known.handleRequest(req, res, req.body);
    if (req.headers["mcp-session-id"] !== undefined) return res.status(404).end();
    if (!isInitializeRequest(req.body)) return res.status(400).json({ error: "no session" });
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => transports.set(id, transport),
      enableJsonResponse: true,
    });
    const server = new McpServer({ name: "bench", version: "1.0.0" });
    server.registerTool("echo", { description: "Answers", inputSchema: {} }, async () => ({
      content: [{ type: "text", text: "pong" }],
    }));
    await server.connect(transport);
    return transport.handleRequest(req, res, req.body);
  });
  return listen(createServer(app));
}

async function protectWithJose(app) {
  const { requireBearerAuth } =
    await import("@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js");
  const { mcpAuthMetadataRouter } = await import("@modelcontextprotocol/sdk/server/auth/router.js");
  const { InvalidTokenError } = await import("@modelcontextprotocol/sdk/server/auth/errors.js");
  const { createRemoteJWKSet, jwtVerify } = await import("jose");
  const { issuer, jwksUri } = options;
  const keys = createRemoteJWKSet(new URL(jwksUri));
  app.use(
    mcpAuthMetadataRouter({
      oauthMetadata: {
        issuer: "https://auth.example.com",
        authorization_endpoint: "https://auth.example.com/authorize",
        token_endpoint: "https://auth.example.com/token",
        response_types_supported: ["code"],
      },
      resourceServerUrl: new URL(RESOURCE),
      scopesSupported: ["mcp:read"],
    }),
  );
  app.use(
    "/mcp",
    requireBearerAuth({
      resourceMetadataUrl: "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp",
      verifier: {
        async verifyAccessToken(token) {
          try {
            const { payload } = await jwtVerify(token, keys, {
              issuer,
              audience: RESOURCE,
              typ: "at+jwt",
            });
            return {
              token,
              clientId: payload.client_id,
              scopes: payload.scope.split(" "),
              expiresAt: payload.exp,
              extra: payload,
            };
          } catch (error) {
            throw new InvalidTokenError(error.message);
          }
        },
      },
    }),
  );
}

const STARTS = {
  raw: () => startRaw(options.answer),
  framework: () => startFramework(),
  "framework-builtin": async () => startFramework(await builtinProvider(options)),
  "framework-ours": async () => startFramework(await ourProvider(options)),
  sdk: () => startSdk(),
  "sdk-jose": () => startSdk(protectWithJose),
};

if (options.countParses !== undefined) countParses(options.countParses);
process.send({ port: await STARTS[kind]() });
