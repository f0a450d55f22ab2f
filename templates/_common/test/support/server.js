import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { {{clientTransport}} } from "@modelcontextprotocol/sdk/client/{{clientTransportModule}}";
import { environment } from "./tokens.js";

/** Starts the built server with these variables, on a free port, and waits until it answers. */
export async function startServer(env) {
  const port = await freePort();
  const url = `http://localhost:${port}{{endpointPath}}`;
  const child = spawn(process.execPath, ["dist/index.js"], {
    env: {
      ...process.env,
      // Settings of the local .env must not affect the test.
      AUTHORIZATION_SERVER: "external",
      OAUTH_PROVIDER: "",
      OAUTH_REDIS_URL: "",
      PORT: String(port),
      OAUTH_RESOURCE: url,
      ...environment,
      ...env,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (log += text));
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`The server did not start:\n${log}`);
  }
  return {
    url,
    async stop() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** An MCP client that sends these headers with every request. */
export async function connect(url, headers) {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(new {{clientTransport}}(new URL(url), { requestInit: { headers } }));
  return client;
}

/** A request without a session, for looking at the answer's status and headers. */
export function post(url, headers = {}) {
  return fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
}

async function answers(url) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function freePort() {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}
