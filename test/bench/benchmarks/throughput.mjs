/*
 * Whole tool calls, 16 clients with a session each: what authentication leaves of a server's
 * throughput. Every process is warmed up for eight seconds: until then V8 compiles, and on Node 20
 * throws away, the code that all these servers have in common (docs/explanation/performance.md).
 */
import { inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { openSessions } from "../lib/load.mjs";
import { ratio, times, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";

const { BUILT_IN, OURS, PLAIN, SDK, SDK_JOSE } = subjects;

export async function run() {
  const issuer = await subjects.createIssuer();
  const callsIn = (sessions, kinds) =>
    loadServers(
      subjects.servers(
        issuer,
        {
          expected: 200,
          requests: async ({ port }) =>
            inTurn(subjects.toolCalls(await openSessions(port, issuer.tokens, sessions))),
        },
        kinds,
      ),
      { rounds: 5, ms: 2500, warmMs: 8000, fresh: true },
    );
  const found = await callsIn(16);
  const inOne = await callsIn(1, [PLAIN, OURS]);
  await issuer.close();
  const share = (name, plain) => ratio(found[name].perSecond, found[plain].perSecond);
  const ours = share(OURS, PLAIN);
  const alone = ratio(inOne[OURS].perSecond, inOne[PLAIN].perSecond);
  return {
    rows: [
      row({
        what: "tools/call throughput, against the same server without authentication",
        builtIn: times(share(BUILT_IN, PLAIN)),
        rival: `SDK, express, jose ${times(share(SDK_JOSE, SDK))}`,
        ours: `${times(ours)} (in one session, where each response is offered once: ${times(alone)})`,
        aim: "≥ 0.95",
        reached: ours >= 0.95,
      }),
    ],
    text: table(
      ["server", "requests a second", "CPU per request", "CPU per request in the first second"],
      [
        ...Object.entries(found),
        ...Object.entries(inOne).map(([name, result]) => [`${name}, one session`, result]),
      ].map(([name, { median }]) => [
        name,
        median.perSecond.toFixed(0),
        us(median.cpuUs),
        us(median.firstCpuUs),
      ]),
    ),
  };
}
