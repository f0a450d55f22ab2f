/* Whole tool calls, 16 clients with a session each: what authentication leaves of a server's throughput. */
import { capacity, inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { openSessions } from "../lib/load.mjs";
import { times, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";

const { BUILT_IN, OURS, PLAIN, SDK, SDK_JOSE } = subjects;

export async function run() {
  const issuer = await subjects.createIssuer();
  const found = await loadServers(
    subjects.servers(issuer, {
      expected: 200,
      requests: async ({ port }) =>
        inTurn(subjects.toolCalls(await openSessions(port, issuer.tokens, 16))),
    }),
    { rounds: 7, ms: 1500, warmMs: 1000, fresh: true },
  );
  await issuer.close();
  const share = (name, plain) => capacity(found[name], found[plain]);
  const ours = share(OURS, PLAIN);
  return {
    rows: [
      row({
        what: "tools/call throughput, against the same server without authentication",
        builtIn: times(share(BUILT_IN, PLAIN)),
        rival: `SDK, express, jose ${times(share(SDK_JOSE, SDK))}`,
        ours: times(ours),
        aim: "≥ 0.95",
        reached: ours >= 0.95,
      }),
    ],
    text: table(
      ["server", "requests a second", "CPU per request"],
      Object.entries(found).map(([name, { median }]) => [
        name,
        median.perSecond.toFixed(0),
        us(median.cpuUs),
      ]),
    ),
  };
}
