import { readFileSync } from "node:fs";

/** What takes long runs by `npm run evidence`. */
const evidence = JSON.parse(
  readFileSync(new URL("test/evidence/steps.json", import.meta.url), "utf8"),
).flatMap(({ tests = [] }) => tests);

/** @type {import("jest").Config} */
const config = {
  testEnvironment: "node",
  roots: ["<rootDir>/src", "<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", ...evidence.map((path) => `<rootDir>/${path}`)],
  extensionsToTreatAsEsm: [".ts"],
  moduleFileExtensions: ["js", "mjs", "cjs", "ts", "json", "node"],
  // Sources import "./x.js" as Node wants it; only "./x.ts" exists before the build.
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "es6" },
        // Beside the code, not in it: coverage passes the code of every file between processes.
        sourceMaps: true,
      },
    ],
  },
  // Ends a test that hangs. No test depends on it: a machine may be as slow as it likes.
  testTimeout: 300_000,
  globalSetup: "<rootDir>/test/support/temporary/begin-run.mjs",
  globalTeardown: "<rootDir>/test/support/temporary/end-run.mjs",
  // Two processes on two cores; Jest by itself would leave one idle.
  maxWorkers: 2,
  // Contexts of finished suites are not collected; a growing heap slows every suite that follows.
  workerIdleMemoryLimit: "700MB",
  coverageProvider: "v8",
  coverageReporters: ["text-summary"],
  coverageThreshold: { global: { lines: 95 } },
  collectCoverageFrom: [
    "src/**/*.ts",
    "!src/**/index.ts",
    "!src/demo/**",
    // Types alone: nothing in them could run.
    "!src/core/{auth-event,auth-request}.ts",
    "!src/options/{api-keys,introspection,operations,options,sender,validation}.ts",
    "!src/{keys/key-source,policy/scope-options,validators/token-validator}.ts",
  ],
};

export default config;
