/* A new key within a second of the last fetch, and at once 1,000 tokens signed with it. */
import { keySetSubjects, settled, sleep } from "../lib/key-set-subjects.mjs";
import { quiet } from "../lib/quiet.mjs";
import { row, table } from "../lib/report.mjs";
import { makeKey, makeToken } from "../lib/tokens.mjs";

const REQUESTS = 1000;

async function rotate({ name, key, issuer, validate }) {
  await validate(makeToken(key));
  await sleep(500);
  const fresh = makeKey("RS256");
  issuer.keys.push(fresh);
  const before = issuer.fetches.length;
  const tokens = Array.from({ length: REQUESTS }, () => makeToken(fresh));
  const outcomes = await Promise.all(tokens.map((token) => settled(validate(token), 15_000)));
  return {
    name,
    good: outcomes.filter((outcome) => outcome === true).length,
    fetches: issuer.fetches.length - before,
  };
}

export async function run() {
  quiet();
  const found = [];
  // One after the other: signing a thousand tokens takes longer than a second.
  for (const subject of await keySetSubjects()) found.push(await rotate(subject));
  const print = ({ good, fetches }) =>
    `${good} good, ${fetches} ${fetches === 1 ? "fetch" : "fetches"}`;
  const [builtIn, ours, aws, jose] = found;
  return {
    rows: [
      row({
        what: "rotation within a second of the last fetch, 1,000 concurrent new-key tokens",
        builtIn: print(builtIn),
        rival: `aws-jwt-verify ${print(aws)}; jose ${print(jose)}`,
        ours: print(ours),
        aim: "1,000 good, 1 fetch",
        reached: ours.good === REQUESTS && ours.fetches === 1,
      }),
    ],
    text: table(
      ["who", "outcome"],
      found.map((result) => [result.name, print(result)]),
    ),
  };
}
