/*
 * How long the random runs are. `npm run proofs -- --long` sets PROOF_STEPS; PROOF_SEED repeats a run.
 */

/** Steps of each machine. */
const STEPS = Number(process.env["PROOF_STEPS"] ?? 100_000);

/** Named in the title of each test, so that every run can be repeated. */
export const SEED = Number(process.env["PROOF_SEED"] ?? Math.trunc(Math.random() * 2 ** 31));

/** Options of fast-check for about {@link STEPS} steps in runs of `length` steps. */
export function runs(length: number): { seed: number; numRuns: number } {
  return { seed: SEED, numRuns: Math.ceil(STEPS / length) };
}
