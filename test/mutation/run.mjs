/*
 * Measures how many small changes of a file its tests notice, with Stryker's operators:
 *
 *   npm run mutate -- src/http/body.ts
 *   npm run mutate -- src/gate/cors.ts test/integration/guard.test.ts
 *
 * Runs the unit tests of the file's folder, and the tests that are named.
 */
import { rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Stryker } from "@stryker-mutator/core";

process.chdir(resolve(import.meta.dirname, "../.."));
const words = process.argv.slice(2);
const sources = words.filter((word) => word.startsWith("src/"));
const named = words.filter((word) => word.startsWith("test/"));
if (sources.length === 0 || sources.length + named.length !== words.length) {
  console.error("Name at least one file of src/, and any test files that it needs:");
  console.error("  npm run mutate -- src/http/body.ts");
  process.exit(2);
}
const folders = sources.map((file) => dirname(file.replace(/^src/, "test/unit")));
const tests = [...new Set(folders.map((folder) => `${folder}/*.test.ts`)), ...named];

try {
  const results = await new Stryker({
    mutate: sources,
    testRunner: "jest",
    plugins: ["@stryker-mutator/jest-runner"],
    jest: {
      projectType: "custom",
      configFile: "jest.config.js",
      enableFindRelatedTests: false,
      config: { testMatch: tests.map((test) => `<rootDir>/${test}`) },
    },
    testRunnerNodeArgs: ["--experimental-vm-modules"],
    coverageAnalysis: "perTest",
    // Each mutant of code that runs on import would cost a run of all tests.
    ignoreStatic: true,
    concurrency: 1,
    timeoutMS: 20_000,
    reporters: ["clear-text"],
    clearTextReporter: { reportTests: false, allowColor: false },
    logLevel: "warn",
    tempDirName: ".stryker-tmp",
    cleanTempDir: "always",
    ignorePatterns: ["coverage", "dist", "test/bench"],
  }).runMutationTest();
  const survived = results.filter(({ status }) => ["Survived", "NoCoverage"].includes(status));
  process.exitCode = survived.length === 0 ? 0 : 1;
} finally {
  rmSync(".stryker-tmp", { recursive: true, force: true });
}
