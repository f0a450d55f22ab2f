import { afterEach, describe, expect, it } from "@jest/globals";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { fakeProvider } from "../support/fake-protection.js";
import { startServer, type RunningServer, type TransportName } from "../support/mcp-server.js";
import { turns } from "../support/turns.js";
import { Asker, Chatter, Gate, rendezvous, WhoAmI } from "../support/tools.js";

const TRANSPORTS: TransportName[] = ["http-stream batch", "http-stream stream", "sse"];
const NAMES = ["alice", "bob", "carol", "dave"];

let running: RunningServer | undefined;
const clients: Client[] = [];
/** A client opens its GET stream in the background; in batch mode everything except responses uses it. */
const standingStreams: Promise<void>[] = [];
afterEach(async () => {
  standingStreams.length = 0;
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await running?.close();
  running = undefined;
});

async function start(transport: TransportName): Promise<RunningServer> {
  const { provider } = fakeProvider(Object.fromEntries(NAMES.map((name) => [name, {}])));
  running = await startServer({
    transport,
    provider,
    tools: [WhoAmI, Chatter, Asker],
    server: { logging: true },
  });
  return running;
}

async function connect(url: string, token: string): Promise<Client> {
  const client = new Client(
    { name: token, version: "1" },
    { capabilities: { sampling: {}, elicitation: {} } },
  );
  const options = { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
  let opened = (): void => undefined;
  if (!url.endsWith("/sse")) standingStreams.push(new Promise((resolve) => (opened = resolve)));
  const transport = url.endsWith("/sse")
    ? new SSEClientTransport(new URL(url), {
        ...options,
        eventSourceInit: {
          fetch: (input, init) =>
            fetch(input, {
              ...init,
              headers: { ...(init?.headers as object), Authorization: `Bearer ${token}` },
            }),
        },
      })
    : new StreamableHTTPClientTransport(new URL(url), {
        ...options,
        fetch: async (input, init) => {
          const response = await fetch(input, init);
          if (init?.method === "GET") opened();
          return response;
        },
      });
  await client.connect(transport);
  clients.push(client);
  return client;
}

function textOf(result: unknown): any {
  return JSON.parse((result as { content: { text: string }[] }).content[0]!.text);
}

describe.each(TRANSPORTS)("sessions on %s", (transport) => {
  it("answers each of many callers with its own identity, with colliding ids in flight", async () => {
    const { url } = await start(transport);
    const all = await Promise.all(NAMES.map((name) => connect(url, name)));
    const rounds = await Promise.all(
      all.flatMap((client, index) =>
        Array.from({ length: 10 }, async (_, round) => {
          const result = textOf(
            await client.callTool({ name: "whoami", arguments: { turns: (round * 7) % 20 } }),
          );
          return [NAMES[index], result.before, result.after, result.context.sub];
        }),
      ),
    );
    for (const [name, before, after, context] of rounds) {
      expect([before, after, context]).toEqual([name, name, name]);
    }
  });

  it("keeps progress and log messages in the session whose call caused them", async () => {
    const { url } = await start(transport);
    const heard = new Map<string, string[]>();
    const progress = new Map<string, string[]>();
    let everythingHeard = (): void => undefined;
    rendezvous.heard = new Promise((resolve) => (everythingHeard = resolve));
    const hear = (box: Map<string, string[]>, name: string, text: string): void => {
      box.get(name)!.push(text);
      const all = [...heard.values(), ...progress.values()];
      if (all.every(({ length }) => length > 0)) everythingHeard();
    };
    const all = await Promise.all(
      NAMES.map(async (name) => {
        const client = await connect(url, name);
        heard.set(name, []);
        progress.set(name, []);
        client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
          hear(heard, name, String(params.data));
        });
        return [name, client] as const;
      }),
    );
    await Promise.all(standingStreams);
    rendezvous.gate = new Gate(NAMES.length);
    const results = await Promise.all(
      all.map(([name, client]) =>
        client.callTool({ name: "chatter", arguments: { say: `for ${name}` } }, undefined, {
          onprogress: ({ message }) => hear(progress, name, String(message)),
        }),
      ),
    );
    expect(results.map((result) => textOf(result).subject)).toEqual(NAMES);
    // A misdirected message would have arrived before this response.
    await Promise.all(all.map(([, client]) => client.ping()));
    await turns(20);
    for (const name of NAMES) {
      expect(heard.get(name)).toEqual([`for ${name}`]);
      expect(progress.get(name)).toEqual([`for ${name}`]);
    }
  });

  it("asks only the caller's own client, while others call the same tool", async () => {
    const { url } = await start(transport);
    const all = await Promise.all(
      NAMES.map(async (name) => {
        const client = await connect(url, name);
        client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => {
          const [message] = params.messages;
          const text = (message!.content as { text: string }).text;
          return {
            model: "m",
            role: "assistant",
            content: { type: "text", text: `${name} sampled ${text}` },
          };
        });
        client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({
          action: "accept",
          content: { answer: `${name} elicited ${params.message}` },
        }));
        return client;
      }),
    );
    await Promise.all(standingStreams);
    rendezvous.gate = new Gate(NAMES.length);
    const results = await Promise.all(
      all.map((client, index) =>
        client.callTool({ name: "asker", arguments: { question: `q of ${NAMES[index]}` } }),
      ),
    );
    results.forEach((result, index) => {
      const name = NAMES[index]!;
      expect(textOf(result)).toEqual({
        sampled: { type: "text", text: `${name} sampled q of ${name}` },
        elicited: { answer: `${name} elicited q of ${name}` },
      });
    });
  });
});
