import { CHECKS, GROUPS, type CheckId, type Group } from "../../src/cli/doctor/catalogue.js";
import { createIo } from "../../src/cli/terminal/io.js";
import { createProgram } from "../../src/cli/program.js";
import { runCli } from "./cli.js";

/** `docs/reference/cli.md`, made from the commands' own help and the doctor's catalogue. */
export async function renderCliReference(): Promise<string> {
  const program = createProgram(createIo({ ...process, cwd: "/" }));
  const sections = await Promise.all(
    program.commands.map(async (command) => {
      const { stdout } = await runCli([command.name(), "--help"]);
      return `## ${command.name()}\n\n\`\`\`text\n${stdout.trim()}\n\`\`\`\n`;
    }),
  );
  return [INTRODUCTION, ...sections, checks()].join("\n");
}

const INTRODUCTION = `# Command line

\`\`\`text
npx mcp-framework-oauth <command>
\`\`\`

In a project that has the package installed, \`npx mcp-oauth <command>\` is the same. This page is made
from the commands' own \`--help\`.

| Exit status | Meaning                                                                 |
| ----------- | ----------------------------------------------------------------------- |
| 0           | All is well.                                                            |
| 1           | A check found something wrong, or the work could not be done.           |
| 2           | The command was called wrongly; standard error says in a line what helps. |

Results go to standard output, everything else to standard error. Colours appear at a terminal only,
and not with \`NO_COLOR\` set. Questions are asked at a terminal only, and never with \`CI\` set. \`DEBUG=1\`
adds the stack to an error.
`;

function checks(): string {
  const rows = (Object.keys(GROUPS) as Group[]).flatMap((group) =>
    (Object.keys(CHECKS) as CheckId[])
      .filter((id) => CHECKS[id].group === group)
      .map((id) => `| \`${id}\` | ${CHECKS[id].title} | ${CHECKS[id].clause} |`),
  );
  return [
    "## What doctor checks",
    "",
    "In the order of the report. One cause gives one finding: checks that depend on it are",
    "shown as skipped. `check` in the JSON form is the name in the first column.",
    "",
    "| Check | What is looked at | Where it is asked for |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
