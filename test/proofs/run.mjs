/*
 * npm run proofs [-- --long]
 *
 * Random runs of the real objects beside their models: 100,000 steps each, or a million.
 * PROOF_SEED repeats a run.
 */
import { spawnSync } from "node:child_process";

const { status } = spawnSync(
  process.execPath,
  [
    ...["--experimental-vm-modules", "--no-warnings=ExperimentalWarning"],
    ...["node_modules/jest/bin/jest.js", "test/proofs", "--testPathIgnorePatterns=/node_modules/"],
  ],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      ...(process.argv.includes("--long") && { PROOF_STEPS: "1000000" }),
    },
  },
);
process.exitCode = status ?? 1;
