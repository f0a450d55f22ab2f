import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { createIo } from "../../../src/cli/io.js";
import { createProgram } from "../../../src/cli/program.js";
import { runCli } from "../../support/cli.js";

const program = createProgram(createIo({ ...process, cwd: "/" }));
const has = (shell: string) => spawnSync(shell, ["--version"]).status === 0;

/** What bash offers after `words`, the last of which is being typed. */
async function bashOffers(...words: string[]): Promise<string[]> {
  const { stdout: script } = await runCli(["completion", "bash"]);
  const quoted = words.map((word) => `'${word}'`).join(" ");
  const output = execFileSync(
    "bash",
    ["--norc", "-c"].concat(`${script}
COMP_WORDS=(mcp-oauth ${quoted}); COMP_CWORD=${words.length}; _mcp_oauth; printf '%s\\n' "\${COMPREPLY[@]}"`),
  );
  return output.toString().trim().split("\n");
}

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("names every command for %s", async (shell) => {
    const { status, stdout } = await runCli(["completion", shell]);
    expect(status).toBe(0);
    for (const command of program.commands) expect(stdout).toContain(command.name());
  });

  it("completes commands, options and values in bash", async () => {
    expect(await bashOffers("compl")).toEqual(["completion"]);
    expect(await bashOffers("completion", "")).toEqual(["--help", "bash", "zsh", "fish"]);
    expect(await bashOffers("completion", "z")).toEqual(["zsh"]);
  });

  for (const shell of ["zsh", "fish"]) {
    (has(shell) ? it : it.skip)(`is good ${shell}`, async () => {
      const { stdout } = await runCli(["completion", shell]);
      const flags = shell === "zsh" ? ["-n"] : ["--no-execute"];
      expect(spawnSync(shell, flags, { input: stdout }).status).toBe(0);
    });
  }
});
