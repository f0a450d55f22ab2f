import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { context, metrics, trace } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { Store } from "../../src/index.js";
import { startProtected, type ProtectedServer } from "../support/protected.js";

/*
 * The example of docs/guides/observability.md, run: an application sets up the
 * OpenTelemetry SDK with the Prometheus exporter, and this package reports to it.
 */

const prometheus = new PrometheusExporter({ preventServerStart: true });
const meterProvider = new MeterProvider({ readers: [prometheus] });
const spans = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(spans)],
});
const scrapeServer = createServer((req, res) => prometheus.getMetricsRequestHandler(req, res));

let server: ProtectedServer | undefined;

beforeAll(async () => {
  metrics.setGlobalMeterProvider(meterProvider);
  trace.setGlobalTracerProvider(tracerProvider);
  await new Promise<void>((resolve) => scrapeServer.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  await server?.close();
  await server?.provider.close();
  server = undefined;
  spans.reset();
});
afterAll(async () => {
  scrapeServer.close();
  await meterProvider.shutdown();
  await tracerProvider.shutdown();
  metrics.disable();
  trace.disable();
  context.disable();
});

async function scrape(): Promise<string> {
  const { port } = scrapeServer.address() as AddressInfo;
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** The sum of the samples of `name` whose labels include all of `labels`. */
function sample(text: string, name: string, labels: Record<string, string> = {}): number {
  const lines = text
    .split("\n")
    .filter(
      (candidate) =>
        candidate.startsWith(`${name}{`) &&
        Object.entries(labels).every(([key, value]) => candidate.includes(`${key}="${value}"`)),
    );
  expect(lines).not.toEqual([]);
  return lines.reduce((sum, line) => sum + Number(/\} (\S+)/.exec(line)?.[1]), 0);
}

/** Traffic in which everything that is counted happens, with a store that is away. */
async function meetTrouble(): Promise<{ issuer: string }> {
  const key = "key-of-the-nightly-job";
  const sha256 = createHash("sha256").update(key).digest("hex");
  server = await startProtected({
    options: {
      validation: { type: "hybrid" },
      introspection: { clientId: "rs", clientSecret: "secret of the resource server" },
      apiKeys: { keys: [{ sha256, clientId: "nightly-job", scopes: [] }] },
      revocation: { onStoreFailure: "continue" },
      rateLimit: { failures: 1 },
      storeEncryptionKeys: [{ id: "1", secret: randomBytes(32) }],
      store: new Proxy({} as Store, { get: () => () => Promise.reject(new Error("away")) }),
    },
  });
  await (await server.call(await server.issuer.sign())).text();
  await (await server.call(undefined, { headers: { "X-API-Key": key } })).text();
  await (await server.call(undefined, { headers: { "X-API-Key": "a-guess" } })).text();
  await expect(server.provider.revoke({ jti: "1", until: 4e9 })).rejects.toThrow();
  return { issuer: server.issuer.issuer };
}

describe("metrics", () => {
  it("tell Prometheus how requests were decided, and what that leaned on", async () => {
    // No other sink receives the decisions.
    server = await startProtected({
      options: {
        rateLimit: { failures: 2 },
        audit: [],
        apiKeys: { keys: [{ sha256: "0".repeat(64), clientId: "job", scopes: [] }] },
      },
    });
    const { issuer } = server.issuer;
    const token = await server.issuer.sign();
    for (let i = 0; i < 3; i++) await (await server.call(token)).text();
    for (let i = 0; i < 3; i++) await (await server.call("bad")).text();
    await (await server.call()).text();
    for (let i = 0; i < 8; i++) {
      await (await server.call(undefined, { headers: { "X-API-Key": `guess-${i}` } })).text();
    }
    const text = await scrape();

    const total = "mcp_oauth_authentications_total";
    expect(sample(text, total, { outcome: "allowed", issuer, scheme: "Bearer" })).toBe(3);
    expect(sample(text, total, { outcome: "refused", reason: "token_malformed" })).toBe(3);
    expect(sample(text, total, { reason: "credential_missing", scheme: "none" })).toBe(1);
    expect(sample(text, "mcp_oauth_rate_limit_hits_total", { limit: "too_many_failures" })).toBe(1);
    expect(sample(text, "mcp_oauth_cache_lookups_total", { cache: "jwt", result: "hit" })).toBe(2);
    expect(sample(text, "mcp_oauth_validation_duration_count", { outcome: "allowed" })).toBe(3);
    expect(sample(text, "mcp_oauth_token_remaining_life_count", { issuer })).toBe(3);
    expect(sample(text, "mcp_oauth_jwks_fetches_total", { issuer })).toBe(1);
    expect(sample(text, "mcp_oauth_jwks_age", { issuer })).toBe(0);
    expect(sample(text, "mcp_oauth_sessions_open")).toBe(3);
  });

  it("tell of introspection, API keys, and a store that is away", async () => {
    const { issuer } = await meetTrouble();
    const text = await scrape();
    const introspection = "mcp_oauth_introspection_duration_count";
    expect(sample(text, introspection, { issuer, outcome: "answered" })).toBe(1);
    expect(sample(text, "mcp_oauth_api_key_uses_total", { transport: "http-stream" })).toBe(1);
    // Revocations, answers of introspection and counts of failures: each asks it in its own way.
    for (const operation of ["get", "getMany", "increment"]) {
      expect(sample(text, "mcp_oauth_store_failures_total", { operation })).toBeGreaterThan(0);
    }
  });

  it("have labels of few values, none of them a user, a client or an address", async () => {
    server = await startProtected({ options: { rateLimit: false } });
    for (let i = 0; i < 20; i++) {
      const token = await server.issuer.sign({ sub: `user-${i}`, client_id: `client-${i}` });
      await (await server.call(token)).text();
    }
    const text = await scrape();
    expect(text).not.toMatch(/user-\d|client-\d|127\.0\.0\.1"/);
    const series = text
      .split("\n")
      .filter((line) => line.startsWith("mcp_oauth_authentications_total{"));
    expect(series.length).toBeLessThan(10);
  });

  it("are those that the dashboard draws", async () => {
    await meetTrouble();
    const text = await scrape();
    const dashboard = readFileSync(
      new URL("../../docs/guides/grafana-dashboard.json", import.meta.url),
      "utf8",
    );
    const drawn = [...new Set(dashboard.match(/mcp_oauth_[a-z_]+/g))];
    expect(drawn.filter((name) => !text.includes(`${name}{`))).toEqual([]);
  });

  it("are those that the guide lists, and each is drawn", async () => {
    await meetTrouble();
    const read = (name: string) =>
      readFileSync(new URL(`../../docs/guides/${name}`, import.meta.url), "utf8");
    const plain = (name: string) => name.replace(/_(total|bucket|count|sum)$/, "");
    const emitted = new Set((await scrape()).match(/^mcp_oauth_\w+(?=\{)/gm)?.map(plain));
    const drawn = new Set(
      read("grafana-dashboard.json")
        .match(/mcp_oauth_[a-z_]+/g)
        ?.map(plain),
    );
    const listed = new Set(
      read("observability.md")
        .match(/`mcp_oauth\.[a-z_.]+`(?=.*\|)/g)
        ?.map((name) => name.replace(/`/g, "").replaceAll(".", "_")),
    );
    expect(drawn).toEqual(emitted);
    expect(listed).toEqual(emitted);
  });

  it("stop with the provider", async () => {
    server = await startProtected();
    await (await server.call(await server.issuer.sign())).text();
    const { issuer } = server.issuer;
    const age = async () => sample(await scrape(), "mcp_oauth_jwks_age", { issuer });
    server.clock.advance(5);
    expect(await age()).toBe(5);
    await server.provider.close();
    server.clock.advance(5);
    expect(await age()).toBe(5);
  });
});

describe("traces", () => {
  it("have one span for each decision, also without another sink", async () => {
    server = await startProtected({ options: { audit: [] } });
    await (await server.call(await server.issuer.sign())).text();
    await (await server.call("bad")).text();
    const found = spans.getFinishedSpans().map(({ name, attributes }) => ({
      name,
      outcome: attributes["mcp_oauth.outcome"],
      reason: attributes["mcp_oauth.reason"],
      status: attributes["http.response.status_code"],
    }));
    expect(found).toEqual([
      { name: "mcp_oauth.decision", outcome: "allowed", reason: undefined, status: 200 },
      { name: "mcp_oauth.decision", outcome: "refused", reason: "token_malformed", status: 401 },
    ]);
  });
});
