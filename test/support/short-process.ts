import { INITIALIZE, startProtected } from "./protected.js";

/*
 * A server that did some of everything and is stopped; its process should end
 * by itself. Started by test/integration/process-end.test.ts.
 */

const closes = process.argv[2] === "close";
const server = await startProtected({
  transport: "http-stream stream",
  options: { rateLimit: { failures: 2 }, dpop: { mode: "allowed" } },
});
const token = await server.issuer.sign();
const opened = await server.call(token);
await opened.text();
const headers = { "Mcp-Session-Id": opened.headers.get("mcp-session-id") ?? "" };
// A standing stream with the timer of its token's end, and a second session that stays idle.
const stream = await server.call(token, { method: "GET", headers });
await (await server.call(token, { body: INITIALIZE })).text();
for (let i = 0; i < 4; i++) await (await server.call("bad")).text();
await server.provider.revoke({ jti: "unknown", until: server.clock() + 3_600 });
await server.provider.health();
if (closes) await server.provider.close();
await stream.body?.cancel();
await server.close();
process.stdout.write("stopped\n");
