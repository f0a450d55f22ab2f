/* The protected resource metadata, against node:http that sends the same document. */
import { capacity, inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { httpRequest } from "../lib/load.mjs";
import { times, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";
import { answerOf } from "./refusals.mjs";

const { BUILT_IN, OURS, SDK_JOSE } = subjects;
const WELL_KNOWN = "/.well-known/oauth-protected-resource";

export async function run() {
  // The limit is out of the way, but counts along.
  const issuer = await subjects.createIssuer({ rateLimit: { metadata: 1_000_000_000 } });
  const get = (path) =>
    httpRequest({ method: "GET", path, headers: { Accept: "application/json" } });
  const answer = await answerOf(issuer.options, get(WELL_KNOWN));
  const asked = (path) => ({ expected: 200, requests: () => inTurn([get(path)]) });
  const found = await loadServers(
    {
      "node:http": {
        kind: "raw",
        options: { answer: { ...answer, readsBody: false } },
        ...asked("/"),
      },
      ...subjects.servers(issuer, asked(WELL_KNOWN), [BUILT_IN, OURS]),
      ...subjects.servers(issuer, asked(`${WELL_KNOWN}/mcp`), [SDK_JOSE]),
    },
    { rounds: 9, ms: 1000, warmMs: 1500, connections: 32 },
  );
  await issuer.close();
  const share = (name) => capacity(found[name], found["node:http"]);
  return {
    rows: [
      row({
        what: "metadata, against raw `node:http` with the same document",
        builtIn: times(share(BUILT_IN)),
        rival: `SDK and express ${times(share(SDK_JOSE))}`,
        ours: times(share(OURS)),
        aim: "≥ 0.85",
        reached: share(OURS) >= 0.85,
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
