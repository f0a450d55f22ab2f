import { execFile } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { describeWith } from "../support/describe-with.js";
import { temporaryFolder } from "../support/temporary/folder.js";

/*
 * Searches every state of each model for one that contradicts a claim, and the same
 * for each mutation, which must contradict the claim that it names. docs/explanation/assurance.md
 * describes what the models show.
 */

const run = promisify(execFile);
const FOLDER = "test/models";

interface Claim {
  readonly name: string;
  /** Something happens in the end, if no process stands still for ever. */
  readonly isFair: boolean;
  readonly words: string;
}

interface Mutation {
  readonly name: string;
  readonly breaks: string;
  readonly words: string;
}

interface Model {
  readonly file: string;
  readonly text: string;
  readonly claims: readonly Claim[];
  readonly mutations: readonly Mutation[];
}

const models = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".pml"))
  .map(readModel);

/** The head of a model lists its claims and mutations, one a line. */
function readModel(file: string): Model {
  const text = readFileSync(join(FOLDER, file), "utf8");
  const claims = [...text.matchAll(/^\/\/ claim (\w+)( \(fair\))?: (.+)$/gm)];
  const mutations = [...text.matchAll(/^\/\/ mutation (\w+) breaks (\w+): (.+)$/gm)];
  return {
    file,
    text,
    claims: claims.map(([, name = "", fair, words = ""]) => ({
      ...{ name, words },
      isFair: fair !== undefined,
    })),
    mutations: mutations.map(([, name = "", breaks = "", words = ""]) => ({ name, breaks, words })),
  };
}

/** Builds the search for a model, and returns the folder with it. */
async function build(file: string, mutation?: string): Promise<string> {
  const folder = temporaryFolder();
  copyFileSync(join(FOLDER, file), join(folder, "model.pml"));
  const defines = mutation === undefined ? [] : [`-D${mutation}`];
  await run("spin", [...defines, "-a", "model.pml"], { cwd: folder });
  await run("gcc", ["-O1", "-w", "-DNFAIR=3", "-DMEMLIM=2000", "-o", "pan", "pan.c"], {
    cwd: folder,
  });
  return folder;
}

/** Whether the claim holds in every state. */
async function holds(folder: string, { name, isFair }: Claim): Promise<boolean> {
  const fair = isFair ? ["-f"] : [];
  const { stdout } = await run("./pan", ["-a", ...fair, "-m1000000", "-N", name], { cwd: folder });
  expect(stdout).not.toMatch(/max search depth too small|out of memory/);
  const errors = Number(/errors: (\d+)/.exec(stdout)?.[1] ?? NaN);
  if (errors === 0) expect(stdout).not.toContain("Search not completed");
  return errors === 0;
}

const claimOf = ({ claims }: Model, name: string): Claim => {
  const claim = claims.find((one) => one.name === name);
  if (claim === undefined) throw new Error(`The model has no claim "${name}".`);
  return claim;
};

describe("the models", () => {
  it("are there", () => {
    expect(models.length).toBeGreaterThan(4);
  });

  it.each(models)("of $file describe each claim, and break each in one way at least", (model) => {
    const formulas = [...model.text.matchAll(/^ltl (\w+) /gm)].map(([, name]) => name);
    expect(model.claims.map(({ name }) => name)).toEqual(formulas);
    expect(new Set(model.mutations.map(({ breaks }) => breaks))).toEqual(new Set(formulas));
    const switches = [...model.text.matchAll(/^#(?:ifdef|ifndef) (\w+)/gm)].map(([, name]) => name);
    expect(new Set(switches)).toEqual(new Set(model.mutations.map(({ name }) => name)));
  });
});

describeWith({ command: "spin", probe: ["-V"] }, "spin", () => {
  describeWith({ command: "gcc" }, "and gcc", () => {
    describe.each(models)("search all states of $file", (model) => {
      let folder: Promise<string>;
      it.each(model.claims)("$name: $words", async (claim) => {
        folder ??= build(model.file);
        expect(await holds(await folder, claim)).toBe(true);
      });

      it.each(model.mutations)("$name breaks $breaks: $words", async ({ name, breaks }) => {
        expect(await holds(await build(model.file, name), claimOf(model, breaks))).toBe(false);
      });
    });
  });
});
