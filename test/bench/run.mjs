/*
 * npm run bench                     everything; writes docs/explanation/performance-results.md
 * npm run bench -- verify sessions  some of it; prints only
 * npm run bench -- --quick          fault benchmarks on a shorter scale; prints only
 *
 * Builds the package, installs what it is compared with if that is missing, and runs each
 * benchmark in a process of its own.
 */
import { execFileSync, fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ROOT = at("../../");
const ORDER = [
  ...["provider-cache", "verify", "throughput", "cpu-per-request", "sessions", "refusals"],
  ...["metadata", "opaque-burst", "cache-memory", "key-set-flood", "key-set-rotation"],
  ...["key-set-outage", "bad-signature", "policy-body", "growth"],
];

function install() {
  if (!existsSync(at("node_modules"))) {
    console.error("installing what the package is compared with");
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: at("."), stdio: "inherit" });
  }
  console.error("building");
  execFileSync("npm", ["run", "--silent", "build"], { cwd: ROOT, stdio: "inherit" });
}

/** What a benchmark found: `{ rows, text, growth }`; `undefined` when it failed. */
function runOne(name, quick) {
  return new Promise((resolve) => {
    const child = fork(at("benchmark.mjs"), [name, ...(quick ? ["--quick"] : [])], {
      execArgv: ["--expose-gc"],
      env: { ...process.env, NODE_ENV: "test" },
    });
    let found;
    child.on("message", (message) => (found = message));
    child.on("exit", () => resolve(found));
  });
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const quick = process.argv.includes("--quick");
const unknown = names.find((name) => !ORDER.includes(name));
if (unknown !== undefined) {
  console.error(`There is no benchmark "${unknown}". There are: ${ORDER.join(", ")}.`);
  process.exit(2);
}
const missing = readdirSync(at("benchmarks")).find(
  (file) => !ORDER.includes(file.replace(/\.mjs$/, "")),
);
if (missing !== undefined) throw new Error(`${missing} is not in the list of benchmarks`);

install();
const { machine, resultsPage, rowsTable } = await import("./lib/report.mjs");
const startedAt = performance.now();
const found = [];
const failed = [];
for (const name of names.length > 0 ? names : ORDER) {
  console.error(`\n== ${name}`);
  const result = await runOne(name, quick);
  if (result === undefined) {
    failed.push(name);
    continue;
  }
  found.push({ name, ...result });
  if (result.rows.length > 0) console.log(rowsTable(result.rows));
  console.log(`\n${result.text}`);
}
const rows = found.flatMap((result) => result.rows);
const growth = found.flatMap((result) => result.growth);
if (names.length === 0 && !quick && failed.length === 0) {
  const docs = new URL("../../docs/explanation/", import.meta.url);
  mkdirSync(new URL("growth", docs), { recursive: true });
  for (const { file, svg } of growth) writeFileSync(new URL(`growth/${file}`, docs), svg);
  const seconds = (performance.now() - startedAt) / 1000;
  const page = resultsPage({ machine: machine(), rows, details: found, seconds, growth });
  writeFileSync(new URL("performance-results.md", docs), page);
  execFileSync(`${ROOT}node_modules/.bin/prettier`, [
    "--write",
    "--log-level",
    "warn",
    fileURLToPath(new URL("performance-results.md", docs)),
  ]);
}
const missed = rows.filter(({ reached }) => !reached);
console.log(`\n${rows.length - missed.length} of ${rows.length} aims reached`);
for (const { what, ours, aim } of missed) console.log(`  missed: ${what}: ${ours}, aim ${aim}`);
if (failed.length > 0) {
  console.log(`failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}
