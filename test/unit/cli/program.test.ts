import { describe, expect, it } from "@jest/globals";
import { createIo } from "../../../src/cli/terminal/io.js";
import { createProgram } from "../../../src/cli/program.js";
import { runCli } from "../../support/cli.js";

const ESCAPE = String.fromCharCode(27);

describe("the command line", () => {
  it("shows its commands and examples when called with nothing", async () => {
    const { status, stdout, stderr } = await runCli([]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Usage: mcp-oauth/);
    expect(stdout).toMatch(/Examples:/);
    expect(stderr).toBe("");
  });

  it("shows help with examples for every command", async () => {
    const program = createProgram(createIo({ ...process, cwd: "/" }));
    for (const command of program.commands) {
      const { status, stdout } = await runCli([command.name(), "--help"]);
      expect({ name: command.name(), status }).toEqual({ name: command.name(), status: 0 });
      expect(stdout).toMatch(/Examples:\n {2}\$ /);
    }
  });

  it("prints its version", async () => {
    expect(await runCli(["--version"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([
    [["dcotor"], /unknown command 'dcotor'/],
    [["completion"], /missing required argument 'shell'/],
    [["completion", "csh"], /Allowed choices are bash, zsh, fish/],
    [["completion", "bash", "--nope"], /unknown option '--nope'/],
  ])("answers %j with one line, a cure and status 2", async (args, message) => {
    const { status, stdout, stderr } = await runCli(args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: [^\n]+ See mcp-oauth --help\.\n$/);
  });

  it("shows a stack only if DEBUG is set", async () => {
    expect((await runCli(["nope"])).stderr).not.toMatch(/\n {4}at /);
    expect((await runCli(["nope"], { env: { DEBUG: "1" } })).stderr).toMatch(/\n {4}at /);
    expect((await runCli(["nope"], { env: { DEBUG: "0" } })).stderr).not.toMatch(/\n {4}at /);
  });

  it("colours at a terminal, unless NO_COLOR is set or the terminal is dumb", async () => {
    const stderrWith = async (env: NodeJS.ProcessEnv, terminal = true) =>
      (await runCli(["nope"], { env, terminal })).stderr.includes(ESCAPE);
    expect(await stderrWith({})).toBe(true);
    expect(await stderrWith({ NO_COLOR: "" })).toBe(true);
    expect(await stderrWith({ NO_COLOR: "1" })).toBe(false);
    expect(await stderrWith({ TERM: "dumb" })).toBe(false);
    expect(await stderrWith({}, false)).toBe(false);
  });

  it("asks questions at a terminal only, and never on a build server", () => {
    const io = (terminal: boolean, env: NodeJS.ProcessEnv) =>
      createIo({
        stdin: Object.assign(Object.create(process.stdin), { isTTY: terminal }),
        stdout: Object.assign(Object.create(process.stdout), { isTTY: terminal }),
        stderr: process.stderr,
        env,
        cwd: "/",
      }).interactive;
    expect(io(true, {})).toBe(true);
    expect(io(true, { CI: "true" })).toBe(false);
    expect(io(false, {})).toBe(false);
  });
});
