import { inspect } from "node:util";
import { metrics, trace } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, expect, jest } from "@jest/globals";
import { logger } from "mcp-framework";
import { logAudit, type OAuthAuthProviderOptions } from "../../src/index.js";
import { startHostileServer } from "../support/hostile-server.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";
import { requirement } from "../support/requirement.js";

/*
 * Everything that leaves the process sideways during a broad run (log lines,
 * what is written to stdout and stderr, audit events, metrics, spans, answers)
 * is kept and searched for every token and secret that the run used.
 */

const produced: string[] = [];
const secrets = new Map<string, string>();
const spans = new InMemorySpanExporter();
const prometheus = new PrometheusExporter({ preventServerStart: true });
const meterProvider = new MeterProvider({ readers: [prometheus] });
const tracerProvider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(spans)],
});

const keep = (value: unknown): void => {
  produced.push(typeof value === "string" ? value : inspect(value, { depth: 9 }));
};

function secret(name: string, value: string): string {
  secrets.set(name, value);
  return value;
}

beforeAll(() => {
  for (const level of ["debug", "info", "warn", "error"] as const) {
    jest.spyOn(logger, level).mockImplementation(keep);
  }
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, "write").mockImplementation((chunk) => {
      keep(String(chunk));
      return true;
    });
  }
  for (const level of ["log", "info", "warn", "error"] as const) {
    jest.spyOn(console, level).mockImplementation((...values) => values.forEach(keep));
  }
  metrics.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(tracerProvider);
});
afterAll(async () => {
  jest.restoreAllMocks();
  await meterProvider.shutdown();
  metrics.disable();
  trace.disable();
});

async function run(
  options: Partial<OAuthAuthProviderOptions>,
  work: (server: ProtectedServer) => Promise<void>,
): Promise<void> {
  const server = await startProtected({
    options: { rateLimit: { failures: 4 }, audit: [keep, logAudit({ allowed: true })], ...options },
  });
  keep(server.provider);
  keep(JSON.stringify(server.provider));
  try {
    await work(server);
    keep(await server.provider.health());
    const health = await server.call(undefined, { method: "GET", path: "/health/oauth" });
    keep(await health.text());
  } finally {
    await server.close();
    await server.provider.close();
  }
}

async function send(
  server: ProtectedServer,
  token: string,
  request: Parameters<ProtectedServer["call"]>[1] = {},
): Promise<Response> {
  const response = await server.call(token, request);
  keep(response.headers);
  keep(await response.text());
  return response;
}

requirement("mcp-secure-store", "no token and no secret leaves the process sideways", async () => {
  const hostile = await startHostileServer({ kind: "answer", status: 500 });
  await run({}, async (server) => {
    const { issuer } = server;
    const good = secret("good", await issuer.sign());
    const response = await send(server, good);
    const session = { "Mcp-Session-Id": response.headers.get("mcp-session-id") ?? "" };
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "who_am_i" } };
    await send(server, good, { headers: session, body: call });
    await send(server, secret("wider", await issuer.sign({ scope: "mcp:read mcp:write" })), {
      headers: session,
      body: { jsonrpc: "2.0", id: 2, method: "tools/list" },
    });
    await send(server, secret("expired", await issuer.sign({ exp: server.clock() - 900 })));
    await send(server, secret("foreign", await issuer.sign({ aud: "https://other.example" })));
    await send(server, secret("forged", await issuer.signWithWrongKey()));
    await send(server, secret("identity", await issuer.signIdToken()));
    await send(server, secret("unsecured", issuer.unsecured()));
    await send(server, secret("opaque", issuer.opaque()));
    await send(server, secret("one too many", "limited-token-0123456789"));
    await send(server, secret("malformed", "not@a@token@0123456789"));
    // Where clients put tokens by mistake.
    const stray = secret("stray", await issuer.sign());
    await send(server, stray, { headers: { "X-Request-Id": stray } });
    const short = secret("stray and short", "opaque-token-as-request-id");
    await send(server, short, { headers: { "X-Request-Id": short } });
    await server.call(undefined, { path: `/mcp?access_token=${stray}` });
    await server.call(undefined, { path: `/mcp/${stray}` });
  });

  const clientSecret = secret("client secret", "S3cret-of-the-introspection-client");
  for (const behaviour of [
    { kind: "answer", status: 500 },
    { kind: "answer", status: 401 },
    { kind: "reset" },
    { kind: "json", body: { active: "yes" } },
    { kind: "json", body: { active: false } },
  ] as const) {
    hostile.behave(behaviour);
    await run(
      {
        validation: { type: "introspection" },
        introspection: {
          endpoint: `${hostile.origin}/introspect`,
          clientId: "server",
          clientSecret,
        },
        verifyAtStart: "warn",
      },
      async (server) => {
        await send(server, secret(`introspected ${inspect(behaviour)}`, server.issuer.opaque()));
      },
    );
  }
  // The issuer was really told: the scan knows what it looks for.
  expect(hostile.requests.length).toBeGreaterThan(0);

  const shared = secret("shared key", "a-shared-secret-of-more-than-32-bytes!");
  await run({ validation: { type: "jwt", secret: shared } }, async (server) => {
    await send(server, secret("hmac", await server.issuer.sign()));
  });
  await hostile.close();

  for (const span of spans.getFinishedSpans()) keep({ ...span.attributes, name: span.name });
  keep(await prometheus.collect());
  const everything = produced.join("\n");

  // What should be there is: the scan sees the streams it claims to see.
  for (const expected of ["signature_invalid", "mcp_oauth.decision", "mcp_oauth.authentications"]) {
    expect(everything).toContain(expected);
  }
  const found = [...secrets].filter(([, value]) => {
    const signature = value.split(".")[2];
    return (
      everything.includes(value) ||
      everything.includes(Buffer.from(value).toString("base64")) ||
      everything.includes(encodeURIComponent(value)) ||
      // The part of a JWT that makes it usable.
      (signature !== undefined && signature.length > 20 && everything.includes(signature))
    );
  });
  expect(found.map(([name]) => name)).toEqual([]);
});
