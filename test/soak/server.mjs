// A server for soak.mjs, in a process of its own so that its memory is its own.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logger, MCPServer, MCPTool } from "mcp-framework";
import { OAuthAuthProvider } from "../../dist/index.js";
import { createTestIssuer } from "../../dist/testing/index.js";

for (const level of ["info", "warn", "debug"]) logger[level] = () => undefined;

class Ping extends MCPTool {
  name = "ping";
  description = "Answers";
  schema = {};
  async execute() {
    return "pong";
  }
}

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, "127.0.0.1", () => {
    const { port: free } = probe.address();
    probe.close(() => resolve(free));
  });
});
const url = `http://127.0.0.1:${port}/mcp`;
const isProtected = process.argv[2] === "protected";
const issuer = createTestIssuer({ resource: url });
await issuer.listen();
const server = new MCPServer({
  name: "soak",
  version: "1.0.0",
  basePath: mkdtempSync(join(tmpdir(), "soak-")),
  transport: {
    type: "http-stream",
    options: {
      port,
      host: "127.0.0.1",
      responseMode: "batch",
      ...(isProtected && {
        auth: {
          provider: new OAuthAuthProvider({
            resource: url,
            authorizationServers: [issuer.issuer],
            sessions: { maxPerPrincipal: 10 },
            audit: () => undefined,
          }),
        },
      }),
    },
  },
});
server.addTool(Ping);
void server.start();
for (;;) {
  const up = await fetch(`http://127.0.0.1:${port}/health`).then(
    () => true,
    () => false,
  );
  if (up) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const tokens = [];
for (let user = 0; user < 20; user++) {
  const exp = Math.floor(Date.now() / 1000) + 86_400;
  tokens.push(await issuer.sign({ sub: `user-${user}`, exp }));
}
process.on("disconnect", () => process.exit());
process.on("message", () => {
  globalThis.gc?.();
  globalThis.gc?.();
  process.send({ heap: process.memoryUsage().heapUsed / 1024 / 1024 });
});
process.send({ url, tokens });
