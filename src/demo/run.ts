import { strict as assert } from "node:assert";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { DemoClientProvider } from "./demo-client.js";
import { freePorts, startDemoServers, type DemoServers } from "./demo-servers.js";
import { Transcript } from "./transcript.js";

type Transport = StreamableHTTPClientTransport | SSEClientTransport;

/**
 * Runs the whole authorization flow on both transports, with the SDK's own client
 * and without mocks, and then the requests that must be refused.
 */
export async function runDemo(print: (line: string) => void): Promise<void> {
  const transcript = new Transcript(print);
  const servers = await startDemoServers(await freePorts(), false);
  print(
    "An MCP server that requires access tokens, and the authorization server that issues them.",
  );
  print(`  authorization server  ${servers.authorizationServer.issuer}`);
  print(`  MCP, HTTP Stream      ${servers.httpStream}`);
  print(`  MCP, SSE              ${servers.sse}`);
  try {
    transcript.title("HTTP Stream");
    const alice = new DemoClientProvider("Alice's editor", (line) => transcript.detail(line));
    const session = await fullFlow(transcript, servers.httpStream, alice);

    transcript.title("SSE");
    await fullFlow(
      transcript,
      servers.sse,
      new DemoClientProvider("Alice's old editor", (line) => transcript.detail(line)),
    );

    transcript.title("Refused requests");
    print("\nThe response gives no details. The server's log contains the reason.");
    await refusals(transcript, servers, alice, session);
  } finally {
    await servers.close();
  }
  print("\nDone: every valid request was accepted, and every other request was refused.");
}

/** Returns the session id, if the transport has one. */
async function fullFlow(
  transcript: Transcript,
  url: string,
  provider: DemoClientProvider,
): Promise<string | undefined> {
  const open = (): Transport => {
    const options = { authProvider: provider, fetch: transcript.fetch() };
    return url.endsWith("/sse")
      ? new SSEClientTransport(new URL(url), options)
      : new StreamableHTTPClientTransport(new URL(url), options);
  };
  transcript.step(
    "The client connects without a token, gets 401 and discovers the authorization server:",
  );
  const first = open();
  await assert.rejects(newClient().connect(first), UnauthorizedError);

  transcript.step("After the user's consent, the client exchanges the code for a token:");
  await first.finishAuth(provider.takeCode());
  transcript.detail(`granted: ${provider.tokens()?.scope ?? "?"}`);

  transcript.step("The client connects with the token:");
  const client = newClient();
  const transport = open();
  await client.connect(transport);
  const { tools } = await client.listTools();
  transcript.detail(`tools/list  → ${tools.map((tool) => tool.name).join(", ")}`);
  const { content } = await client.callTool({ name: "whoami", arguments: {} });
  const [{ text }] = content as [{ text: string }];
  transcript.detail(`tools/call  → ${text}`);
  assert.equal((JSON.parse(text) as { subject: string }).subject, "alice");
  transcript.detail("(erase-notes is not listed: it needs the scope notes:admin)");
  assert.deepEqual(tools.map((tool) => tool.name).sort(), ["notes", "whoami"]);

  const sessionId = "sessionId" in transport ? transport.sessionId : undefined;
  if (sessionId === undefined) await client.close();
  return sessionId;
}

async function refusals(
  transcript: Transcript,
  { httpStream, sse, setClockAhead, latestRefusal }: DemoServers,
  alice: DemoClientProvider,
  sessionOfAlice: string | undefined,
): Promise<void> {
  const token = alice.tokens()?.access_token ?? "";
  const logSays = (reason: string): void => {
    assert.equal(latestRefusal(), reason);
    transcript.detail(`log: ${reason}`);
  };

  transcript.step("A token with another audience:");
  const elsewhere = await status(transcript, new URL("/messages?sessionId=x", sse).href, token);
  assert.equal(elsewhere, 401);
  logSays("audience_mismatch");

  transcript.step("Alice's token with a changed subject:");
  assert.equal(await status(transcript, httpStream, spoil(token)), 401);
  logSays("signature_invalid");

  transcript.step("Alice's token an hour later, after it has expired:");
  setClockAhead(3600);
  assert.equal(await status(transcript, httpStream, token, sessionOfAlice), 401);
  setClockAhead(0);
  logSays("expired");

  transcript.step("Bob, with his own valid token, in Alice's session:");
  const bob = new DemoClientProvider("Bob's editor");
  const transport = new StreamableHTTPClientTransport(new URL(httpStream), { authProvider: bob });
  await assert.rejects(newClient().connect(transport), UnauthorizedError);
  await transport.finishAuth(bob.takeCode());
  const bobs = bob.tokens()?.access_token ?? "";
  assert.equal(await status(transcript, httpStream, bobs, sessionOfAlice), 404);
  logSays("session_not_found");

  transcript.step("Alice's client calls a tool that needs a scope she has not granted:");
  const call = { method: "tools/call", params: { name: "erase-notes", arguments: {} } };
  assert.equal(await status(transcript, httpStream, token, sessionOfAlice, call), 403);
  logSays("scope_insufficient");

  transcript.step("Alice's client, in her own session, with a granted scope:");
  assert.equal(await status(transcript, httpStream, token, sessionOfAlice), 200);
}

async function status(
  transcript: Transcript,
  url: string,
  token: string,
  session?: string,
  message: object = { method: "tools/list" },
): Promise<number> {
  const response = await transcript.fetch()(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      Authorization: `Bearer ${token}`,
      ...(session !== undefined && { "Mcp-Session-Id": session }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 99, ...message }),
  });
  await response.body?.cancel();
  return response.status;
}

/** The token with another subject and its old signature. */
function spoil(token: string): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: "mallory" })).toString("base64url");
  return [header, changed, signature].join(".");
}

function newClient(): Client {
  return new Client({ name: "demo", version: "1.0.0" });
}
