/*
 * npm run evidence [-- step ...]
 *
 * Tests that take long: real browsers, several processes, every client version, installed packages,
 * memory under load. Each step of steps.json has a budget of minutes, several times what it needs;
 * a step that reaches it is ended and counts as one failure. The last line sums all steps.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const STEPS = JSON.parse(readFileSync(new URL("steps.json", import.meta.url), "utf8"));
const JEST = [
  ...["--experimental-vm-modules", "--no-warnings=ExperimentalWarning"],
  "node_modules/jest/bin/jest.js",
  // These tests are excluded from `npm test`.
  "--testPathIgnorePatterns=/node_modules/",
];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(", ")}. Choose from:`);
  for (const { name, proves } of STEPS) console.error(`  ${name}: ${proves}`);
  process.exit(2);
}

// Also ends the processes that a step started.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const total = { passed: 0, failed: 0, skipped: 0 };
for (const step of STEPS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  console.log(`\n-- ${step.name}: ${step.proves}`);
  const started = performance.now();
  const counts = await (step.tests === undefined ? runCommand(step) : runTests(step));
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`-- ${step.name}: ${inWords(counts)}, ${seconds} s of ${step.minutes * 60} s`);
  for (const key of Object.keys(total)) total[key] += counts[key];
}
console.log(`\nevidence: ${inWords(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function runCommand({ command: [program, ...args], minutes }) {
  const succeeded = await run(program, args, minutes);
  return { passed: Number(succeeded), failed: Number(!succeeded), skipped: 0 };
}

async function runTests({ tests, minutes }) {
  const folder = mkdtempSync(join(tmpdir(), "mcp-framework-oauth-evidence-"));
  const output = join(folder, "results.json");
  const args = [...JEST, "--json", `--outputFile=${output}`, ...tests];
  const succeeded = await run(process.execPath, args, minutes);
  try {
    const results = JSON.parse(readFileSync(output, "utf8"));
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    return {
      passed: results.numPassedTests,
      // Jest may fail where no test did: at the end of the run, or without any test.
      failed: succeeded ? failed : Math.max(failed, 1),
      skipped: results.numPendingTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the program succeeded within the minutes. Its standard error is shown. */
async function run(program, args, minutes) {
  // A process group, so that nothing it started outlives the budget.
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], detached: true });
  const stop = () => process.kill(-child.pid, "SIGKILL");
  process.once("exit", stop);
  const over = new AbortController();
  sleep(minutes * 60_000, undefined, { signal: over.signal }).then(
    () => {
      console.error(`The budget of ${minutes} minutes is used up.`);
      stop();
    },
    () => undefined,
  );
  const [code] = await once(child, "exit").catch(() => [1]);
  over.abort();
  process.off("exit", stop);
  return code === 0;
}

function inWords({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
