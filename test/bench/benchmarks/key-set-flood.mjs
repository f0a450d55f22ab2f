/*
 * A flood of forged key ids, from the very first request on: how often the issuer is asked, how
 * many good requests fail, and how long a key that is rotated in halfway has to wait. Then the
 * issuer's key endpoint hangs: how many of 1,000 requests are still without an answer later.
 */
import { randomUUID } from "node:crypto";
import { atRate, keySetSubjects, settled, sleep } from "../lib/key-set-subjects.mjs";
import { quiet } from "../lib/quiet.mjs";
import { row, table } from "../lib/report.mjs";
import { forgeToken, makeKey, makeToken } from "../lib/tokens.mjs";

const FORGED_PER_SECOND = 50;
const GOOD_PER_SECOND = 10;
const HEAD_START_MS = 1000;
/** Longer than any client waits. */
const PATIENCE_MS = 20_000;

async function flood({ name, key, issuer, validate }, seconds) {
  const end = performance.now() + seconds * 1000;
  const forged = atRate(FORGED_PER_SECOND, seconds, () =>
    settled(validate(forgeToken(key, {}, { kid: randomUUID() })), PATIENCE_MS),
  );
  const rotated = rotate({ issuer, validate }, seconds);
  // Only forged requests have used this issuer before the first valid request.
  await sleep(HEAD_START_MS);
  const good = atRate(GOOD_PER_SECOND, seconds - HEAD_START_MS / 1000, () =>
    settled(validate(makeToken(key)), PATIENCE_MS),
  );
  const outcomes = await Promise.all(await good);
  await Promise.all(await forged);
  return {
    name,
    // Those who wait at the end may cause one more.
    fetchesPerMinute: (issuer.fetches.filter((at) => at < end).length * 60) / seconds,
    good: outcomes.length,
    failed: outcomes.filter((outcome) => outcome !== true).length,
    rotatedAfter: await rotated,
  };
}

/** Seconds until a token of a key that was just rotated in is accepted; clients try again four times a second. */
async function rotate({ issuer, validate }, seconds) {
  await sleep(seconds * 500);
  const fresh = makeKey("RS256");
  issuer.keys.push(fresh);
  const startedAt = performance.now();
  const since = () => (performance.now() - startedAt) / 1000;
  return new Promise((resolve) => {
    const attempt = async () => {
      const outcome = await settled(validate(makeToken(fresh)), PATIENCE_MS);
      if (outcome === true) resolve(since());
    };
    void atRate(4, seconds / 2, attempt)
      .then((all) => Promise.all(all))
      .then(() => resolve(Infinity));
  });
}

/** Requests of 1,000 at once that have no answer in time while the key endpoint hangs. */
async function hang({ key, issuer, validate }, ms) {
  issuer.mode = "hang";
  const tokens = Array.from({ length: 1000 }, () => makeToken(key));
  const outcomes = await Promise.all(tokens.map((token) => settled(validate(token), ms)));
  return outcomes.filter((outcome) => outcome === undefined).length;
}

export async function run({ quick }) {
  quiet();
  const subjects = await keySetSubjects();
  const found = await Promise.all(subjects.map((subject) => flood(subject, quick ? 20 : 60)));
  const cold = await keySetSubjects();
  const hanging = await Promise.all(
    cold.map((subject) => hang(subject, quick ? 8000 : PATIENCE_MS)),
  );
  found.forEach((result, index) => (result.hanging = hanging[index]));
  const print = ({ fetchesPerMinute, good, failed, rotatedAfter, hanging: left }) =>
    [
      fetchesPerMinute.toFixed(0),
      `${failed} of ${good}`,
      Number.isFinite(rotatedAfter) ? `${rotatedAfter.toFixed(1)} s` : "never",
      left,
    ].join("; ");
  const [builtIn, ours, aws, jose] = found;
  return {
    rows: [
      row({
        what: "key-set fetches a minute under 50 forged key ids a second; good requests failed; time until a rotated-in key works; requests left hanging",
        builtIn: print(builtIn),
        rival: `aws-jwt-verify ${print(aws)}; jose ${print(jose)}`,
        ours: print(ours),
        aim: "≤ 12; 0; ≤ 5 s; 0",
        reached:
          ours.fetchesPerMinute <= 12 &&
          ours.failed === 0 &&
          ours.rotatedAfter <= 5 &&
          ours.hanging === 0,
      }),
    ],
    text: table(
      [
        "who",
        "fetches a minute",
        "good requests failed",
        "rotated-in key works after",
        "left hanging of 1,000",
      ],
      found.map((result) => [result.name, ...print(result).split("; ")]),
    ),
  };
}
