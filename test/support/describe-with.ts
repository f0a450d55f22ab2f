import { spawnSync } from "node:child_process";
import { describe, it } from "@jest/globals";

export interface Program {
  readonly command: string;
  /** A call that succeeds where the program is there. @default ["--version"] */
  readonly probe?: readonly string[];
  /** Debian's package. @default the command */
  readonly package?: string;
}

/**
 * `describe` for tests that need a program which a fresh machine may lack.
 * Without it they are skipped with a line that says so; in CI that is a failure.
 */
export function describeWith(program: Program, name: string, tests: () => void): void {
  const { command, probe = ["--version"], package: source = command } = program;
  if (spawnSync(command, probe).status === 0) {
    describe(name, tests);
  } else if (process.env["CI"]) {
    describe(name, () => {
      it(`needs ${command}`, () => {
        throw new Error(`${command} is not installed; in CI these tests must run.`);
      });
    });
  } else {
    console.warn(`Skipped "${name}": ${command} is not installed (apt-get install ${source}).`);
    describe.skip(name, tests);
  }
}
