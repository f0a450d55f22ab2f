/* Tool calls while many sessions are open, these in turn, against one open session. */
import { capacity, inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { openSessions } from "../lib/load.mjs";
import { times, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";

const { BUILT_IN, OURS, SDK_JOSE } = subjects;
const MANY = 1000;

export async function run() {
  const issuer = await subjects.createIssuer({
    sessions: { maxPerUser: MANY, max: 2 * MANY },
  });
  const withSessions = (count) => ({
    expected: 200,
    requests: async ({ port }) =>
      inTurn(subjects.toolCalls(await openSessions(port, issuer.tokens, count))),
  });
  const all = {};
  for (const name of [BUILT_IN, OURS, SDK_JOSE]) {
    for (const count of [1, MANY]) {
      all[`${name}, ${count}`] = subjects.servers(issuer, withSessions(count), [name])[name];
    }
  }
  const found = await loadServers(all, { rounds: 5, ms: 1200, warmMs: 1500 });
  await issuer.close();
  const kept = (name) => capacity(found[`${name}, ${MANY}`], found[`${name}, 1`]);
  const ours = kept(OURS);
  return {
    rows: [
      row({
        what: "throughput at 1,000 open sessions, against 1",
        builtIn: times(kept(BUILT_IN)),
        rival: `SDK, express, jose ${times(kept(SDK_JOSE))}`,
        ours: times(ours),
        aim: "≥ 0.9",
        reached: ours >= 0.9,
      }),
    ],
    text: table(
      ["server, open sessions", "requests a second", "CPU per request"],
      Object.entries(found).map(([name, { median }]) => [
        name,
        median.perSecond.toFixed(0),
        us(median.cpuUs),
      ]),
    ),
  };
}
