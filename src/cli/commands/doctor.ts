import { Option } from "commander";
import { systemClock } from "../../core/clock.js";
import { EXIT, usageError } from "../cli-error.js";
import { examples, type CliCommand } from "../command.js";
import { CLIENTS, type ClientName } from "../doctor/checks/client-needs.js";
import type { Finding } from "../doctor/finding.js";
import type { CliIo } from "../terminal/io.js";
import { printableJson } from "../terminal/printable.js";
import { startProgress } from "../terminal/progress.js";
import type { RequirementsReport } from "../doctor/requirements.js";
import { parseAbsoluteUrl } from "../../core/urls/parse-absolute-url.js";

interface DoctorOptions {
  readonly url?: string;
  readonly env?: string;
  readonly client?: ClientName;
  readonly json?: boolean;
}

export const doctor: CliCommand = {
  define: (program, { io, action }) =>
    program
      .command("doctor")
      .summary("Check a running server as a client does, or a configuration")
      .description(
        "Check a running MCP server as a client does, regardless of its framework, or the\n" +
          "configuration in an .env file, and list the scopes that its operations require.\n" +
          "Every ✗ comes with a fix and the clause of the standard.\n" +
          "Sends no real credentials. The exit status is 1 if there is a ✗.",
      )
      .option("--url <url>", "the MCP endpoint, as you type it into a client")
      .option("--env <file>", "a file with the server's environment variables")
      .addOption(
        new Option("--client <name>", "also check the known needs of this client").choices(CLIENTS),
      )
      .option("--json", "print the findings as JSON")
      .addHelpText(
        "after",
        examples(
          ["mcp-oauth doctor --url http://localhost:8080/mcp", "a server on this machine"],
          ["mcp-oauth doctor --url https://mcp.example.com/mcp --client claude", "and for Claude"],
          ["mcp-oauth doctor --env .env", "the configuration, before the server runs"],
          ["mcp-oauth doctor --url https://mcp.example.com/mcp --json | jq .ok", "in a script"],
        ),
      )
      .action(
        action(async (options: DoctorOptions) => {
          const progress = startProgress(io.stderr, "checking");
          const onStep = (text: string) => progress.update(text);
          const { target, findings, requirements } = await diagnose(options, io, onStep).finally(
            () => progress.stop(),
          );
          const { createReport, formatReport } = await import("../doctor/report.js");
          const report = createReport(target, findings, requirements);
          io.print(options.json ? printableJson(report) : formatReport(report, io.style));
          return report.ok ? EXIT.ok : EXIT.failed;
        }),
      ),
};

async function diagnose(
  { url, env, client }: DoctorOptions,
  io: CliIo,
  onStep: (text: string) => void,
): Promise<{
  readonly target: string;
  readonly findings: readonly Finding[];
  readonly requirements?: RequirementsReport;
}> {
  if ((url === undefined) === (env === undefined)) {
    throw usageError(
      url === undefined
        ? "There is nothing to check."
        : "--url and --env are two different checks.",
      "Set --url to the server's MCP endpoint, or --env with its .env file.",
    );
  }
  if (url !== undefined) {
    const target = parseTarget(url);
    const { runDoctor } = await import("../doctor/run-doctor.js");
    const findings = await runDoctor({
      url: target,
      client,
      clock: systemClock,
      env: io.env,
      onStep,
    });
    return { target, findings };
  }
  if (client !== undefined) {
    throw usageError(
      "--client needs --url.",
      "The needs of a client are checked against a running server.",
    );
  }
  const file = env ?? "";
  const [{ checkedOptionsFromEnv, readEnvFile }, { runConfigurationDoctor }] = await Promise.all([
    import("../environment.js"),
    import("../doctor/run-configuration-doctor.js"),
  ]);
  const variables = readEnvFile(file, io);
  const checked = await runConfigurationDoctor({
    load: () => checkedOptionsFromEnv(variables),
    clock: systemClock,
    env: variables,
    onStep,
  });
  return { target: file, ...checked };
}

function parseTarget(text: string): string {
  const cure = "Use a complete address, for example https://mcp.example.com/mcp.";
  const url = parseAbsoluteUrl(text);
  if (url === undefined) throw usageError("--url is not an absolute URL.", cure);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw usageError("--url must begin with https:// or http://.", cure);
  }
  if (url.username !== "" || url.password !== "") {
    throw usageError("--url contains credentials.", "Remove them; doctor never needs credentials.");
  }
  if (url.hash !== "") throw usageError("--url has a fragment.", "Remove the part from # on.");
  return text;
}
