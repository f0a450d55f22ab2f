/*
 * The cost of a 401: for a request without a token, against node:http that sends the same
 * bytes and does nothing else; and for a megabyte that an anonymous client sends.
 */
import { capacity, inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { httpRequest, once } from "../lib/load.mjs";
import { times, us } from "../lib/measure.mjs";
import { startServer } from "../lib/processes.mjs";
import { row, table } from "../lib/report.mjs";

const { BUILT_IN, OURS, SDK_JOSE } = subjects;
const PROTECTED = [BUILT_IN, OURS, SDK_JOSE];
const HEAVY = "node:http, with our modules in memory";
const HEADERS = {
  "Content-Type": "application/json",
  Accept: "application/json, text/event-stream",
};

/** What our server answers, as `raw` shall. */
export async function answerOf(options, request) {
  const server = await startServer("framework-ours", options);
  const { status, head, body } = await once(server.port, request);
  await server.stop();
  const headers = Object.fromEntries(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)])
      .filter(([name]) => !/^(date|connection|keep-alive|content-length)$/i.test(name)),
  );
  return { status, headers, body: body.toString(), readsBody: true };
}

export async function run() {
  const issuer = await subjects.createIssuer();
  const empty = httpRequest({ headers: HEADERS });
  const large = httpRequest({ headers: HEADERS, body: JSON.stringify({ a: "x".repeat(2 ** 20) }) });
  const answer = await answerOf(issuer.options, empty);
  const bare = { kind: "raw", options: { answer } };
  const asked = (request) => ({ expected: 401, requests: () => inTurn([request]) });
  const small = await loadServers(
    {
      "node:http": { ...bare, ...asked(empty) },
      ...subjects.servers(issuer, asked(empty), PROTECTED),
    },
    { rounds: 7, ms: 1000, warmMs: 1500, connections: 32 },
  );
  const big = await loadServers(
    {
      "node:http": { ...bare, ...asked(large) },
      [HEAVY]: {
        kind: "raw",
        options: { answer: { ...answer, loadsFramework: true } },
        ...asked(large),
      },
      ...subjects.servers(issuer, asked(large), PROTECTED),
    },
    { rounds: 7, ms: 1000, warmMs: 1000, connections: 4, fresh: true },
  );
  await issuer.close();
  const share = (name) => capacity(small[name], small["node:http"]);
  const cpu = (name) => big[name].median.cpuUs;
  const lines = (found, body) =>
    Object.entries(found).map(([name, { median }]) => [
      body,
      name,
      median.perSecond.toFixed(0),
      us(median.cpuUs),
    ]);
  return {
    rows: [
      row({
        what: "401 without token, empty body, against raw `node:http`",
        builtIn: times(share(BUILT_IN)),
        rival: `SDK, express, jose ${times(share(SDK_JOSE))}`,
        ours: times(share(OURS)),
        aim: "≥ 0.5",
        reached: share(OURS) >= 0.5,
      }),
      row({
        what: "CPU for a 401 to a 1 MB body (drained, never buffered)",
        builtIn: us(cpu(BUILT_IN)),
        rival: `SDK, express, jose ${us(cpu(SDK_JOSE))}`,
        ours: `${us(cpu(OURS))} (node:http alone ${us(cpu("node:http"))}, with our modules in memory ${us(cpu(HEAVY))})`,
        aim: "≤ 400 µs",
        reached: cpu(OURS) <= 400,
      }),
    ],
    text: table(
      ["body", "server", "requests a second", "CPU per request"],
      [...lines(small, "none"), ...lines(big, "1 MB")],
    ),
  };
}
