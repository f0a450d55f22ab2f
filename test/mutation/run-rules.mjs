/*
 * Makes each change of rules/ and mutants.mjs in a copy of the tree and runs the tests that must
 * notice it. `npm run mutate:rules -- 0/2` runs every second one from the first, so that
 * two can run side by side; `npm run mutate:rules -- 0/1 gate/cors` those of a file.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { MUTANTS, OPERATIONS, TESTS_OF } from "./mutants.mjs";
import { RULES } from "./rules.mjs";

const root = resolve(import.meta.dirname, "../..");
const copy = mkdtempSync(join(tmpdir(), "mutants-"));
for (const name of ["src", "test", "docs", "package.json", "jest.config.js", "tsconfig.json"]) {
  cpSync(join(root, name), join(copy, name), { recursive: true });
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));

/** What ought to notice, the fast ones first: most mutants do not live to see the second row. */
const UNIT = "gate framework http credentials jose options/sender revocation sessions";
const INTEGRATION =
  "guard.test install.test hostile-client session-claim session-isolation subscriptions " +
  "log-levels task-isolation serverless second-copy provider.test authorization.test stolen-token";
const STAGES = [
  UNIT.split(" ").map((name) => `test/unit/${name}`),
  INTEGRATION.split(" ").map((name) => `test/integration/${name}`),
];
const [share = "", ...words] = process.argv.slice(2);
const [start = 0, step = 1] = share.split("/").filter(Boolean).map(Number);

function asMutant({ file, from, to, tests }) {
  return [file, from, to, tests];
}

function isWanted([file]) {
  return words.length === 0 || words.some((word) => file.includes(word));
}

/** What the tests say of the copy as it stands; "hung" when they do not end. */
function verdict(stages) {
  for (const tests of stages) {
    const jest = ["node_modules/jest/bin/jest.js", "--bail", "-w", "1", "--forceExit"];
    const run = spawnSync(
      process.execPath,
      ["--experimental-vm-modules", "--no-warnings", ...jest, "--testTimeout=15000", ...tests],
      { cwd: copy, timeout: 300_000, stdio: "ignore", env: { ...process.env, CI: "" } },
    );
    if (run.error !== undefined) return "hung";
    if (run.status !== 0) return "killed";
  }
  return "SURVIVED";
}

const survivors = [];
let killed = 0;
try {
  // Tests that are red without a mutant would "kill" every one.
  const everyTest = [
    ...STAGES,
    [...new Set([...Object.values(TESTS_OF).flat(), ...RULES.flatMap(({ tests }) => tests)])],
  ];
  if (verdict(everyTest) !== "SURVIVED") throw new Error("the tests fail without a mutant");
  const mutants = [...MUTANTS, ...OPERATIONS, ...RULES.map(asMutant)]
    .filter(isWanted)
    .filter((_, index) => index % step === start);
  for (const mutant of mutants) {
    const [file, from, to, tests = OPERATIONS.includes(mutant) ? TESTS_OF[file] : undefined] =
      mutant;
    const path = join(copy, file);
    const source = readFileSync(path, "utf8");
    if (!source.includes(from)) {
      console.log(`NO MATCH  ${file}: ${from.split("\n")[0]}`);
      continue;
    }
    writeFileSync(
      path,
      source.replace(from, () => to),
    );
    const said = verdict(tests === undefined ? STAGES : [tests]);
    writeFileSync(path, source);
    if (said === "SURVIVED") survivors.push(`${file}: ${from.split("\n")[0]} → ${to}`);
    else killed++;
    console.log(`${said}  ${file}: ${from.split("\n")[0]}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`\n${killed} killed, ${survivors.length} survived`);
for (const line of survivors) console.log(`  ${line}`);
