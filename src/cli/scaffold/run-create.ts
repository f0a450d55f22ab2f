import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CliError } from "../cli-error.js";
import type { CliIo } from "../terminal/io.js";
import { startProgress } from "../terminal/progress.js";
import { packageVersion } from "../version.js";
import {
  makeCreatePlan,
  templateValues,
  type CreateOptions,
  type CreatePlan,
} from "./create-plan.js";
import { terminalQuestions } from "./questions/create-questions.js";
import { frameworkCreate } from "./framework-create.js";
import { mergePackageJson } from "./merge-package-json.js";
import { EMBEDDED } from "./providers.js";
import { npm } from "./run-process.js";
import { readTemplate } from "./template.js";

/**
 * `mcp-oauth create`: the framework's own `mcp create`, and our template over
 * what it made. Asks only at a terminal.
 *
 * @throws CliError
 */
export async function runCreate(
  name: string | undefined,
  options: CreateOptions,
  io: CliIo,
): Promise<void> {
  const questions = io.interactive && options.yes !== true ? terminalQuestions(io) : undefined;
  const plan = await makeCreatePlan(name, options, questions);
  const folder = plan.name === "." ? io.cwd : join(io.cwd, plan.name);
  if (plan.name !== "." && existsSync(folder)) {
    throw new CliError(
      `The folder ${plan.name} already exists.`,
      "Choose another name, or go into it and run mcp-oauth init.",
    );
  }
  const progress = startProgress(io.stderr, "creating the project");
  try {
    await frameworkCreate(plan.name, {
      ...plan,
      cwd: io.cwd,
      env: io.env,
      note: (line: string) => io.note(line),
    });
    layTemplate(plan, folder);
    if (plan.install) {
      const inProject = { cwd: folder, env: io.env, note: (line: string) => io.note(line) };
      try {
        progress.update("installing (npm install)");
        await npm(["install", "--no-audit", "--no-fund"], inProject);
        progress.update("building (npm run build)");
        await npm(["run", "build"], inProject);
      } catch (error) {
        throw unfinished(plan, error);
      }
    }
  } finally {
    progress.stop();
  }
  for (const line of nextSteps(plan)) io.print(line);
}

/** Adds how to finish an existing project, because a second run would be refused. */
function unfinished(plan: CreatePlan, error: unknown): unknown {
  if (!(error instanceof CliError)) return error;
  const goThere = plan.name === "." ? "" : `cd ${plan.name} && `;
  return new CliError(
    error.message,
    `${error.cure ?? ""} The files are all there; finish with: ${goThere}npm install && npm run build`.trim(),
    error.exitStatus,
    { cause: error },
  );
}

function layTemplate(plan: CreatePlan, folder: string): void {
  const base = readJson(join(folder, "package.json"));
  const projectName = typeof base["name"] === "string" ? base["name"] : basename(folder);
  const template = readTemplate(plan.template, templateValues(plan, projectName, packageVersion()));
  for (const { path, text } of template.files) {
    if (!plan.example && /ExampleTool\.ts$|example-tool\.test\.js$/.test(path)) continue;
    write(join(folder, path), text);
  }
  const packageJson = template.packageJson.reduce(mergePackageJson, base);
  write(join(folder, "package.json"), `${JSON.stringify(packageJson, null, 2)}\n`);
  const example = join(folder, ".env.example");
  // Written only with real values, and readable only by its owner: it may contain secrets.
  if (plan.isConfigured && existsSync(example)) {
    const text = readFileSync(example, "utf8") + secretsFor(plan);
    writeFileSync(join(folder, ".env"), text, { mode: 0o600 });
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
}

function nextSteps(plan: CreatePlan): string[] {
  const steps = [
    ...(plan.name === "." ? [] : [`cd ${plan.name}`]),
    ...(plan.install ? [] : ["npm install"]),
    ...(plan.isConfigured ? [] : ["cp .env.example .env    # and fill it in"]),
    ...(plan.example ? [] : ["npx mcp add tool hello # the framework needs at least one tool"]),
    "npm test               # the server against a test issuer",
    ...(plan.provider.id === EMBEDDED
      ? ["npm run dev            # the server and its authorization server"]
      : ["npm run dev            # the server with a development authorization server"]),
  ];
  return [
    `Created ${plan.name === "." ? "the project" : plan.name} from the template ${plan.template}.`,
    "",
    "Next:",
    ...steps.map((step) => `  ${step}`),
    "",
    "README.md in the project describes the next steps.",
  ];
}

/** Secrets that only `.env` contains, never `.env.example`. */
function secretsFor({ template }: CreatePlan): string {
  if (template !== EMBEDDED) return "";
  const key = randomBytes(32).toString("base64");
  return `\n# Encrypts auth.db. Keep it: without it, the file cannot be read.\nOAUTH_AS_STORAGE_KEYS=${key}\n`;
}
