import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { temporaryFolder } from "../support/temporary/folder.js";

/* Follows each recipe of CONTRIBUTING.md in a copy of the project. */

interface Recipe {
  readonly name: string;
  /** Its heading in CONTRIBUTING.md. */
  readonly heading: string;
  /** Number of files that are written by hand. */
  readonly files: number;
  /** Scripts of package.json that write the rest. */
  readonly generate: readonly string[];
  readonly tests: readonly string[];
}

const root = resolve(import.meta.dirname, "../..");
const recipes = JSON.parse(
  readFileSync(join(import.meta.dirname, "recipes.json"), "utf8"),
) as Recipe[];
const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
let copy: string;

function git(...args: string[]): string {
  const identity = ["-c", "user.name=Recipes", "-c", "user.email=recipes@example.com"];
  return execFileSync("git", [...identity, ...args], { cwd: copy, encoding: "utf8" });
}

/** Runs a program in the copy; its output is the message of the error. */
function run(program: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, CI: "" },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}\n${stdout}\n${stderr}`);
}

beforeAll(() => {
  copy = temporaryFolder();
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  for (const file of listed.split("\0").filter((name) => name !== "")) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "copy");
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});
afterEach(() => {
  git("reset", "--quiet", "--hard");
  git("clean", "--quiet", "-d", "--force", "--exclude=node_modules");
});

describe.each(recipes)("$heading", ({ name, heading, files, generate, tests }) => {
  it("touches the files that CONTRIBUTING.md counts, compiles and works", () => {
    const section = contributing.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0];
    expect(section).toContain(`${files} files`);

    const patch = `test/recipes/${name}.patch`;
    try {
      git("apply", join(root, patch));
    } catch (cause) {
      throw new Error(
        `${patch} does not apply any more. Make its change in a clean checkout, and renew it with: ` +
          `git add --intent-to-add . && git diff -U1 > ${patch}`,
        { cause },
      );
    }
    git("add", "--all", "--intent-to-add");
    expect(git("diff", "--name-only").trim().split("\n")).toHaveLength(files);

    for (const script of generate) run("npm", "run", "--silent", script);
    run("npm", "run", "--silent", "typecheck");
    run("npm", "test", "--", ...tests);
  });
});
