/* How cost grows with what grows in operation; each curve becomes a picture. */
import { createProtection } from "../../../dist/wiring/create-protection.js";
import { parseOptions } from "../../../dist/options/parse.js";
import { parseOperations } from "../../../dist/policy/operation.js";
import { ScopePolicy } from "../../../dist/policy/scope-policy.js";
import { TokenCache } from "../../../dist/validators/token-cache.js";
import { toolsCallOf } from "../lib/bodies.mjs";
import { heapPerToken, insertAt, judgedTokens } from "../lib/cache.mjs";
import { inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { openSessions, rpcRequest } from "../lib/load.mjs";
import { asyncLoop, interleave, loop } from "../lib/measure.mjs";
import { plot } from "../lib/plot.mjs";
import { quiet } from "../lib/quiet.mjs";
import { table } from "../lib/report.mjs";
import { bareRequest, makeKey, makeTokens, RESOURCE } from "../lib/tokens.mjs";
import { CACHE_SETTINGS } from "../lib/jwt-settings.mjs";

const { BUILT_IN, OURS, PLAIN, SDK_JOSE } = subjects;
const US = "CPU, µs";

const cpuOf = (found) => Object.values(found)[0].median.cpuUs;

async function sessions() {
  const issuer = await subjects.createIssuer({
    sessions: { maxPerUser: 20_000, max: 20_000 },
  });
  // With 10,000 sessions the built-in provider answers a dozen requests a second.
  const most = { [OURS]: 10_000, [BUILT_IN]: 1_000, [SDK_JOSE]: 10_000 };
  const series = [];
  for (const [name, end] of Object.entries(most)) {
    const points = [];
    for (const count of [1, 10, 100, 1_000, 10_000].filter((value) => value <= end)) {
      const subject = {
        expected: 200,
        requests: async ({ port }) =>
          inTurn(subjects.toolCalls(await openSessions(port, issuer.tokens, count))),
      };
      const found = await loadServers(subjects.servers(issuer, subject, [name]), {
        rounds: 3,
        ms: 800,
        warmMs: 800,
      });
      points.push([count, cpuOf(found)]);
    }
    series.push({ name: name.replace("framework, ", ""), points });
  }
  await issuer.close();
  return { title: "tools/call, by open sessions", x: "open sessions", y: US, series, logY: true };
}

async function issuers() {
  const names = ["token seen before", "new token"];
  const series = names.map((name) => ({ name, points: [] }));
  for (const count of [1, 3, 10, 30, 100]) {
    const keys = Array.from({ length: count }, () => makeKey("ES256"));
    const urls = keys.map((_, index) => `https://auth-${index}.example.com`);
    const tokens = keys.flatMap((key, index) =>
      makeTokens(Math.ceil(128 / count), key, { iss: urls[index] }),
    );
    const provider = (cacheSeconds) => {
      const options = {
        resource: RESOURCE,
        authorizationServers: urls,
        verifyAtStart: "off",
        audit: [],
        validation: urls.map((issuer, index) => ({
          type: "jwt",
          issuer,
          publicKey: keys[index].jwk,
          cacheSeconds,
        })),
      };
      const protection = createProtection(parseOptions(options));
      return (token) => protection.begin({ ...bareRequest(token), transport: "bare" }).identify();
    };
    const found = await interleave(
      { seen: asyncLoop(tokens, provider(300)), fresh: asyncLoop(tokens, provider(0)) },
      { rounds: 7, roundMs: 80 },
    );
    series[0].points.push([count, found.seen.us]);
    series[1].points.push([count, found.fresh.us]);
  }
  return { title: "Decision about an ES256 token, by issuers", x: "issuers", y: US, series };
}

async function tools() {
  const token = { audience: [], scopes: ["tool:run"], claims: {} };
  const series = ["names", "patterns"].map((name) => ({ name, points: [] }));
  for (const count of [1, 10, 100, 1_000]) {
    const policies = [(index) => `tool-${index}`, (index) => `tool-${index}-*`].map(
      (name) =>
        new ScopePolicy({
          tools: Object.fromEntries(
            Array.from({ length: count }, (_, index) => [name(index), ["tool:run"]]),
          ),
        }),
    );
    const calls = Array.from({ length: count }, (_, index) => [
      parseOperations({ ...subjects.TOOLS_CALL, params: { name: `tool-${index}` } }),
      parseOperations({ ...subjects.TOOLS_CALL, params: { name: `tool-${index}-x` } }),
    ]);
    const decide = (which) => (operations) => {
      if (!policies[which].decide(token, operations[which]).allowed) throw new Error("refused");
    };
    const found = await interleave(
      { names: loop(calls, decide(0)), patterns: loop(calls, decide(1)) },
      { rounds: 7, roundMs: 60 },
    );
    series[0].points.push([count, found.names.us]);
    series[1].points.push([count, found.patterns.us]);
  }
  return { title: "Scope decision, by tools in the policy", x: "tools", y: US, series };
}

async function bodies() {
  const issuer = await subjects.createIssuer();
  const series = [PLAIN, OURS].map((name) => ({
    name: name.replace("framework, ", ""),
    points: [],
  }));
  for (const bytes of [2 ** 10, 2 ** 14, 2 ** 17, 2 ** 20, 4 * 2 ** 20 - 4096]) {
    const message = toolsCallOf(bytes);
    const requests = issuer.tokens
      .slice(0, bytes > 2 ** 18 ? 2 : 64)
      .map((token) => rpcRequest(message, { token }));
    const found = await loadServers(
      subjects.servers(issuer, { expected: 400, requests: () => inTurn(requests) }, [PLAIN, OURS]),
      { rounds: 5, ms: 600, warmMs: 600, connections: bytes > 2 ** 18 ? 2 : 16 },
    );
    series[0].points.push([bytes, found[PLAIN].median.cpuUs]);
    series[1].points.push([bytes, found[OURS].median.cpuUs]);
  }
  await issuer.close();
  return { title: "POST without a session, by its body", x: "bytes", y: US, series, logY: true };
}

async function cachedTokens() {
  const series = ["hit", "insert"].map((name) => ({ name, points: [] }));
  const memory = { name: "heap per token", points: [] };
  for (const count of [1, 100, 10_000, 100_000, 1_000_000]) {
    const tokens = judgedTokens();
    const cache = new TokenCache(tokens.validator, { ...CACHE_SETTINGS, maxEntries: count });
    const texts = [];
    const bytes = await heapPerToken(count, tokens, async (token) => {
      await cache.validate(token);
      if (texts.length < 1_000) texts.push(token);
    });
    const { hit } = await interleave(
      { hit: asyncLoop(texts, (text) => cache.validate(text)) },
      { rounds: 7, roundMs: 80 },
    );
    series[0].points.push([count, hit.us]);
    series[1].points.push([
      count,
      await insertAt(
        20_000,
        tokens,
        (token) => cache.validate(token),
        (token) => tokens.validator.validate(token),
      ),
    ]);
    if (count >= 100) memory.points.push([count, bytes]);
    if (cache.size > count) throw new Error("the cache is not bounded");
  }
  return [
    { title: "Cache of tokens, by tokens held", x: "tokens held", y: US, series },
    {
      title: "Memory of the cache, by tokens held",
      x: "tokens held",
      y: "bytes",
      series: [memory],
    },
  ];
}

export async function run() {
  quiet();
  const [cached, memory] = await cachedTokens();
  const charts = {
    sessions: await sessions(),
    issuers: await issuers(),
    tools: await tools(),
    bodies: await bodies(),
    "cached-tokens": cached,
    "cache-memory": memory,
  };
  const growth = Object.entries(charts).map(([name, chart]) => ({
    file: `${name}.svg`,
    title: chart.title,
    svg: plot(chart),
  }));
  const lines = Object.values(charts).flatMap(({ title, series, y }) =>
    series.map(({ name, points }) => [
      `${title}: ${name}`,
      points.map(([x, value]) => `${x.toLocaleString("en")}: ${value.toPrecision(3)}`).join("; "),
      y,
    ]),
  );
  return { text: table(["curve", "figures", "unit"], lines), growth };
}
