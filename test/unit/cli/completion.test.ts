import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { createIo } from "../../../src/cli/terminal/io.js";
import { createProgram } from "../../../src/cli/program.js";
import { runCli } from "../../support/cli.js";
import { describeWith } from "../../support/describe-with.js";
import { temporaryFolder } from "../../support/temporary/folder.js";

const program = createProgram(createIo({ ...process, cwd: "/" }));
const AT_TERMINAL = join(import.meta.dirname, "../../scaffold/support/at-terminal.py");

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

  it("describes every command in one line", async () => {
    const { stdout } = await runCli(["completion", "fish"]);
    for (const line of stdout.trim().split("\n").slice(1)) expect(line).toMatch(/^complete -c /);
  });
});

describeWith({ command: "fish" }, "completion in fish", () => {
  async function offers(line: string): Promise<string[]> {
    const { stdout: script } = await runCli(["completion", "fish"]);
    const output = execFileSync("fish", ["--no-config", "-c", `${script}\ncomplete -C "${line}"`]);
    return output
      .toString()
      .trim()
      .split("\n")
      .map((offer) => offer.split("\t")[0] ?? "");
  }

  it("completes commands, options and values", async () => {
    expect(await offers("mcp-oauth ")).toEqual(
      expect.arrayContaining(program.commands.map((command) => command.name())),
    );
    expect(await offers("mcp-framework-oauth compl")).toEqual(["completion"]);
    expect(await offers("mcp-oauth completion ")).toEqual(["bash", "fish", "zsh"]);
    expect(await offers("mcp-oauth create x --prov")).toEqual(["--provider"]);
    expect(await offers("mcp-oauth create x --token intro")).toEqual(["introspection"]);
  });
});

describeWith({ command: "zsh" }, "completion in zsh", () => {
  const folder = temporaryFolder();

  /** Types at a real terminal; each text has to appear before the next keys are pressed. */
  function type(steps: readonly (readonly [text: string, keys: string])[]) {
    const asked = JSON.stringify(steps.map(([text, keys]) => [text, [...keys]]));
    const output = execFileSync("python3", [AT_TERMINAL, asked, "zsh", "-d", "-i"], {
      env: { PATH: process.env["PATH"], HOME: folder, TERM: "xterm-256color" },
    });
    return JSON.parse(output.toString()) as { output: string; left: string[] };
  }

  it("completes commands, options and values", async () => {
    const { stdout: script } = await runCli(["completion", "zsh"]);
    writeFileSync(join(folder, "mcp-oauth.zsh"), script);
    const start = "autoload -Uz compinit && compinit -u -D\nsource ~/mcp-oauth.zsh\nPS1='GO> '\n";
    writeFileSync(join(folder, ".zshrc"), start);
    const CLEAR = "\u0015";
    const { left } = type([
      ["GO> ", "mcp-oauth comp\t"],
      ["letion ", "z\t"],
      ["sh", `${CLEAR}mcp-framework-oauth create x --prov\t`],
      ["ider ", "descope --tok\t"],
      ["en ", "intro\t"],
      ["spection", `${CLEAR}exit\r`],
    ]);
    expect(left).toEqual([]);
  });
});
