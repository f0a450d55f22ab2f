import { afterEach, expect, it } from "@jest/globals";
import { OAuthAuthProvider } from "../../src/index.js";
import { startServer, type RunningServer } from "../support/mcp-server.js";
import { Chatter, WhoAmI } from "../support/tools.js";

let running: RunningServer | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

it("a call that is refused in its result is answered in the SSE stream of its session", async () => {
  running = await startServer({
    transport: "sse",
    provider: new OAuthAuthProvider({
      resource: "http://127.0.0.1:8080/sse",
      authorizationServers: ["http://127.0.0.1:1"],
      verifyAtStart: "off",
      audit: () => undefined,
      scopes: { anonymous: { tools: ["whoami"] } },
      toolChallenges: "result",
    }),
    tools: [WhoAmI, Chatter],
  });
  const stream = await fetch(running.url);
  const reader = stream.body!.getReader();
  const next = async (): Promise<string> =>
    /data: (.+)/.exec(new TextDecoder().decode((await reader.read()).value))![1]!;
  const response = await fetch(running.origin + (await next()), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 7,
      method: "tools/call",
      params: { name: "chatter", arguments: { say: "hi" } },
    }),
  });
  expect(response.status).toBe(202);
  expect(JSON.parse(await next())).toMatchObject({
    id: 7,
    result: {
      isError: true,
      _meta: { "mcp/www_authenticate": [expect.stringMatching(/^Bearer /)] },
    },
  });
  await reader.cancel();
});
