/*
 * Writes the public surface of each entry point to etc, by API Extractor, so that
 * a review sees every change of it.
 *
 *   npm run docs:api             writes the reports
 *   npm run docs:api -- --check  fails if one is out of date
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const root = resolve(import.meta.dirname, "..");
// Not below node_modules: there API Extractor takes files for another package's.
const declarations = join(root, ".api-declarations");
const ENTRY_POINTS = {
  "mcp-framework-oauth": "index",
  "authorization-server": "authorization-server/index",
  redis: "redis",
  testing: "testing/index",
};
const isCheck = process.argv.includes("--check");

const silent = { logLevel: "none", addToApiReportFile: false };

function emitDeclarations() {
  execFileSync(
    process.execPath,
    [
      join(root, "node_modules/typescript/bin/tsc"),
      ...["-p", join(root, "tsconfig.build.json")],
      ...["--emitDeclarationOnly", "--outDir", declarations],
    ],
    { stdio: "inherit" },
  );
}

/** Whether the report had to change. */
function report(name, path) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(root, "api-extractor.json"),
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(declarations, `${path}.d.ts`),
      compiler: { tsconfigFilePath: join(root, "tsconfig.build.json") },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(root, "etc"),
        reportTempFolder: join(root, "node_modules/.cache/api-reports"),
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      newlineKind: "lf",
      messages: {
        compilerMessageReporting: { default: silent },
        extractorMessageReporting: { default: silent },
        tsdocMessageReporting: { default: silent },
      },
    },
  });
  const result = Extractor.invoke(config, {
    localBuild: !isCheck,
    messageCallback: (message) => {
      message.handled = true;
    },
  });
  return result.apiReportChanged;
}

mkdirSync(join(root, "etc"), { recursive: true });
try {
  emitDeclarations();
  const changed = Object.entries(ENTRY_POINTS)
    .filter(([name, path]) => report(name, path))
    .map(([name]) => `etc/${name}.api.md`);
  if (isCheck && changed.length > 0) {
    console.error(`The public surface changed: ${changed.join(", ")}. Run \`npm run docs:api\`.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(declarations, { recursive: true, force: true });
}
