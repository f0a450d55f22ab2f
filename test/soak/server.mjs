// A server for soak.mjs, in a process of its own so that its memory is its own.
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { logger, MCPServer, MCPTool } from "mcp-framework";
import { OAuthAuthProvider } from "../../dist/index.js";
import { createTestIssuer } from "../../dist/testing/index.js";

for (const level of ["info", "warn", "debug"]) logger[level] = () => undefined;

class Ping extends MCPTool {
  name = "ping";
  description = "Answers";
  schema = {};
  async execute() {
    await this.reportProgress(1, 1, "about to answer");
    return "pong";
  }
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const port = await freePort();
const url = `http://127.0.0.1:${port}/mcp`;
const issuer = createTestIssuer({ resource: url });
await issuer.listen();
const provider = new OAuthAuthProvider({
  resource: url,
  authorizationServers: [issuer.issuer],
  // Small, so that they are full after seconds: a soak is about what comes then.
  sessions: { maxPerUser: 5 },
  rateLimit: false,
  audit: () => undefined,
});
const server = new MCPServer({
  name: "soak",
  version: "1.0.0",
  basePath: mkdtempSync(join(tmpdir(), "soak-")),
  transport: {
    type: "http-stream",
    options: { port, host: "127.0.0.1", responseMode: process.argv[2], auth: { provider } },
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
  await sleep(20);
}

const now = Math.floor(Date.now() / 1000);
const good = [];
const bad = [];
for (let user = 0; user < 20; user++) {
  good.push(await issuer.sign({ sub: `user-${user}`, exp: now + 86_400 }));
  bad.push(await issuer.sign({ sub: `user-${user}`, exp: now - 86_400 }));
  bad.push(await issuer.signWithWrongKey({ sub: `user-${user}`, exp: now + 86_400 }));
}
process.on("disconnect", () => process.exit());
process.on("message", () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ used: heapUsed + external, rss });
});
process.send({ url, good, bad });
