/*
 * What authentication adds to a request, in CPU time of the server: a tools/call with one of 64
 * tokens and without a session, which each server takes apart, authenticates and then answers 400.
 */
import { inTurn, loadServers } from "../lib/http-rounds.mjs";
import * as subjects from "../lib/http-subjects.mjs";
import { once, openSessions, rpcRequest } from "../lib/load.mjs";
import { median, us } from "../lib/measure.mjs";
import { row, table } from "../lib/report.mjs";

const { BUILT_IN, OURS, PLAIN, SDK, SDK_JOSE } = subjects;

async function toolCallIn(port, tokens) {
  const [request] = subjects.toolCalls(await openSessions(port, tokens, 1));
  const { status } = await once(port, request);
  if (status !== 200) throw new Error(`a tool call was answered ${status}`);
}

export async function run() {
  const issuer = await subjects.createIssuer();
  const requests = issuer.tokens.map((token) => rpcRequest(subjects.TOOLS_CALL, { token }));
  const found = await loadServers(
    subjects.servers(issuer, {
      expected: 400,
      requests: async ({ port }) => {
        // A server in use: the first message of a session switches on what carries its context.
        await toolCallIn(port, issuer.tokens);
        return inTurn(requests);
      },
    }),
    { rounds: 9, ms: 900, warmMs: 1500 },
  );
  await issuer.close();
  const added = (name, plain) =>
    median(found[name].cpuUs.map((value, round) => value - found[plain].cpuUs[round]));
  const ours = added(OURS, PLAIN);
  return {
    rows: [
      row({
        what: "CPU added per authenticated request, 64 tokens in turn",
        builtIn: us(added(BUILT_IN, PLAIN)),
        rival: `SDK, express, jose ${us(added(SDK_JOSE, SDK))}`,
        ours: us(ours),
        aim: "≤ 15 µs",
        reached: ours <= 15,
      }),
    ],
    text: table(
      ["server", "requests a second", "CPU per request"],
      Object.entries(found).map(([name, result]) => [
        name,
        result.median.perSecond.toFixed(0),
        us(result.median.cpuUs),
      ]),
    ),
  };
}
