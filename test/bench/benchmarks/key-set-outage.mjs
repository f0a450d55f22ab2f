/* The key endpoint answers 503 for 20 seconds while keys may be used for 5: good requests of 600. */
import { atRate, keySetSubjects, settled, sleep } from "../lib/key-set-subjects.mjs";
import { quiet } from "../lib/quiet.mjs";
import { row, table } from "../lib/report.mjs";
import { makeToken } from "../lib/tokens.mjs";

const PER_SECOND = 30;

async function outage({ name, key, issuer, validate }, seconds) {
  await validate(makeToken(key));
  issuer.mode = "down";
  const before = issuer.fetches.length;
  const all = await atRate(PER_SECOND, seconds, () => settled(validate(makeToken(key)), 15_000));
  const outcomes = await Promise.all(all);
  return {
    name,
    requests: outcomes.length,
    good: outcomes.filter((outcome) => outcome === true).length,
    fetchesPerMinute: ((issuer.fetches.length - before) * 60) / seconds,
  };
}

export async function run({ quick }) {
  quiet();
  const subjects = await keySetSubjects({ ttlSeconds: 5 });
  // Longer than a TTL old when the outage begins would be another benchmark: a second is enough.
  await sleep(100);
  const found = await Promise.all(subjects.map((subject) => outage(subject, quick ? 12 : 20)));
  const print = ({ good, requests, fetchesPerMinute }) =>
    `${good} of ${requests}, ${fetchesPerMinute.toFixed(0)} fetches a minute`;
  const [builtIn, ours, aws, jose] = found;
  return {
    rows: [
      row({
        what: "key set down for 20 s, key TTL 5 s: good requests of 600",
        builtIn: print(builtIn),
        rival: `aws-jwt-verify ${print(aws)} (its keys never expire); jose ${print(jose)}`,
        ours: `${print(ours)}; staleness bounded by \`jwksMaxStaleSeconds\``,
        aim: "600, staleness bounded, ≤ 10 fetches a minute",
        reached: ours.good === ours.requests && ours.fetchesPerMinute <= 10,
      }),
    ],
    text: table(
      ["who", "outcome"],
      found.map((result) => [result.name, print(result)]),
    ),
  };
}
