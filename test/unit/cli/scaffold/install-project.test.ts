import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { installProject } from "../../../../src/cli/scaffold/install-project.js";

/** An npm that fails at one of its commands, and says a word about it. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "install-project-"));
  const npm = join(folder, "npm");
  writeFileSync(npm, '#!/bin/sh\n[ "$1" != "$FAILS" ] || { echo "E404 of $1"; exit 7; }\n');
  chmodSync(npm, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function install(name: string, fails: string) {
  const steps: string[] = [];
  const notes: string[] = [];
  const env = { PATH: `${folder}:${process.env["PATH"]}`, FAILS: fails };
  const result = await installProject(
    name,
    folder,
    { env, note: (line) => void notes.push(line) },
    (step) => void steps.push(step),
  ).then(
    () => "installed",
    ({ message, cure }: { message: string; cure?: string }) => ({ message, cure }),
  );
  return { result, steps: steps.length, notes };
}

describe("a created project", () => {
  it("is installed and built", async () => {
    expect(await install("demo", "nothing")).toEqual({ result: "installed", steps: 2, notes: [] });
  });

  it.each([
    [
      "demo",
      "install",
      "npm install --no-audit --no-fund",
      "cd demo && npm install && npm run build",
    ],
    ["demo", "run", "npm run build", "cd demo && npm install && npm run build"],
    [".", "install", "npm install --no-audit --no-fund", "npm install && npm run build"],
  ])(
    "%j is not lost when npm %s fails, and the error says how to go on",
    async (name, fails, what, goOn) => {
      expect(await install(name, fails)).toEqual({
        result: {
          message: `${what} failed (status 7).`,
          cure: `Its last words are above. The project is created; once that is mended, go on with: ${goOn}`,
        },
        steps: fails === "install" ? 1 : 2,
        notes: [`  E404 of ${fails}`],
      });
    },
  );
});
