/*
 * `npm audit` for the packages that users install. Ends with 1 on any finding, or if the
 * registry does not answer. A registry that does not offer audits is reported and
 * passes; see docs/explanation/dependencies.md.
 */
import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8" });
let report;
try {
  report = JSON.parse(stdout);
} catch {
  report = {};
}

const { vulnerabilities, metadata, statusCode } = report;
// Registries without audits refuse the method or know no such page.
const isNotOffered = [400, 403, 404, 405, 501].includes(statusCode);
if (vulnerabilities !== undefined && metadata?.vulnerabilities !== undefined) {
  const { total } = metadata.vulnerabilities;
  for (const { name, severity, range } of Object.values(vulnerabilities)) {
    console.log(`${severity}: ${name} ${range}`);
  }
  console.log(total === 0 ? "npm audit: nothing found" : `npm audit: ${total} found`);
  process.exitCode = total === 0 ? 0 : 1;
} else if (isNotOffered) {
  console.log(`npm audit: NOT CHECKED, this registry does not answer audits (${statusCode})`);
} else {
  console.log(`npm audit: the registry did not answer (${statusCode ?? "no answer"})`);
  process.exitCode = 1;
}
