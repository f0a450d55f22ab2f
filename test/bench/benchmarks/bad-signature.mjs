/*
 * Requests a second that are refused for their signature, each token a new one, against requests
 * without a token. The limit for failures is out of the way, but counts along.
 */
import { capacity, inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { rpcRequest } from "../lib/load.mjs";
import { times, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";
import { forgeToken } from "../lib/tokens.mjs";

const { BUILT_IN, OURS, SDK_JOSE } = subjects;
const PROTECTED = [BUILT_IN, OURS, SDK_JOSE];
const FORGED = 20_000;

export async function run() {
  const issuer = await subjects.createIssuer({
    rateLimit: { failures: 1_000_000_000 },
    audit: [],
  });
  const { key } = issuer;
  const model = forgeToken(key, {});
  const [head, payload] = model.split(".");
  const forged = Array.from({ length: FORGED }, () => {
    const signature = Buffer.alloc(256);
    for (let i = 0; i < 256; i += 4) signature.writeInt32LE((Math.random() * 2 ** 31) | 0, i);
    signature[0] = 0;
    return rpcRequest(subjects.TOOLS_CALL, {
      token: `${head}.${payload}.${signature.toString("base64url")}`,
    });
  });
  const none = rpcRequest(subjects.TOOLS_CALL);
  const all = {};
  for (const name of PROTECTED) {
    all[`${name}: no token`] = subjects.servers(
      issuer,
      { expected: 401, requests: () => inTurn([none]) },
      [name],
    )[name];
    all[`${name}: bad signature`] = subjects.servers(
      issuer,
      { expected: 401, requests: () => inTurn(forged) },
      [name],
    )[name];
  }
  const found = await loadServers(all, { rounds: 5, ms: 1000, warmMs: 1200, connections: 32 });
  await issuer.close();
  const share = (name) => capacity(found[`${name}: bad signature`], found[`${name}: no token`]);
  return {
    rows: [
      row({
        what: "401 for a bad signature, requests a second, against no token",
        builtIn: times(share(BUILT_IN)),
        rival: `SDK, express, jose ${times(share(SDK_JOSE))} of its own`,
        ours: times(share(OURS)),
        aim: "≥ 0.4",
        reached: share(OURS) >= 0.4,
      }),
    ],
    text: table(
      ["server: request", "requests a second", "CPU per request"],
      Object.entries(found).map(([name, { median }]) => [
        name,
        median.perSecond.toFixed(0),
        us(median.cpuUs),
      ]),
    ),
  };
}
