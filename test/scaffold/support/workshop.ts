import { execFile, spawn, type ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { eventually } from "../../support/eventually.js";

const exec = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../../..");

/** A place where the packed package is installed, as its users have it. */
export interface Workshop {
  readonly home: string;
  /** `mcp-oauth` of the installed package. */
  readonly bin: string;
  /** Runs `mcp-oauth` in a folder, without a terminal. */
  run(args: readonly string[], cwd?: string): Promise<Outcome>;
  /** A new empty folder. */
  folder(): string;
  /** Gives a project the packages that are installed here. */
  equip(project: string): void;
  close(): void;
}

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Packs this package and installs the tarball, with everything that the
 * templates need, once. `undefined` where the registry cannot be reached.
 */
export async function openWorkshop(): Promise<Workshop | undefined> {
  const home = mkdtempSync(join(tmpdir(), "scaffold-"));
  try {
    const tarball = await pack(home);
    writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
    await exec(
      "npm",
      ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball, ...packages()],
      { cwd: home, timeout: 180_000 },
    );
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    const { stderr = "" } = error as { stderr?: string };
    if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|network/.test(stderr)) {
      return undefined;
    }
    throw error;
  }
  const bin = join(home, "node_modules/mcp-framework-oauth/dist/cli/bin.js");
  return {
    home,
    bin,
    run: (args, cwd = home) => outcome(process.execPath, [bin, ...args], cwd),
    folder: () => mkdtempSync(join(home, "projects-")),
    equip: (project) => symlinkSync(join(home, "node_modules"), join(project, "node_modules")),
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Runs a program to its end and tells how it went. */
export async function outcome(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd,
    env: { ...cleanEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [status] = (await once(child, "close")) as [number | null];
  return { status: status ?? -1, stdout, stderr };
}

export interface RunningProcess {
  /** What it wrote so far, on both streams. */
  readonly output: () => string;
  /** Waits until the output has this. */
  says(text: string | RegExp): Promise<void>;
  readonly child: ChildProcess;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program that goes on. */
export function startProcess(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): RunningProcess {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...cleanEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const heard = new EventEmitter();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      heard.emit("text");
    });
  }
  return {
    child,
    output: () => output,
    async says(text) {
      const isSaid = () => (typeof text === "string" ? output.includes(text) : text.test(output));
      const isRunning = child.exitCode === null && child.signalCode === null;
      const ended = isRunning ? once(child, "close") : Promise.resolve();
      while (!isSaid()) {
        const isOver = await Promise.race([
          ended.then(() => true),
          once(heard, "text").then(() => false),
        ]);
        if (isOver && !isSaid()) {
          throw new Error(`The process did not say ${String(text)}; it said:\n${output}`);
        }
      }
    },
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      // A program that does not end when it is asked to is a defect, which must not hang the run.
      const patience = setTimeout(() => child.kill("SIGKILL"), 60_000);
      const [, endedBy] = (await exited) as [number | null, NodeJS.Signals | null];
      clearTimeout(patience);
      if (endedBy === "SIGKILL" && signal !== "SIGKILL") {
        throw new Error(`The process did not end on ${signal}.`);
      }
    },
  };
}

/** Waits for the first response at a URL, with any status. */
export async function untilUp(url: string, { child, output }: RunningProcess): Promise<void> {
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  try {
    const response = await eventually(() => fetch(url), isRunning);
    await response.body?.cancel();
  } catch (cause) {
    throw new Error(`No response at ${url}; the server said:\n${output()}`, { cause });
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** Without what jest and npm set for this run: the project's own commands must do without. */
function cleanEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(NODE_ENV|NODE_OPTIONS|JEST_|npm_|OAUTH_|PORT$|CI$)/.test(name),
  );
  return Object.fromEntries(kept);
}

/** Built and packed beside the working tree: other tests may be using its dist. */
async function pack(home: string): Promise<string> {
  const stage = join(home, "stage");
  for (const name of ["package.json", "templates", "CHANGELOG.md"]) {
    cpSync(join(ROOT, name), join(stage, name), { recursive: true });
  }
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const project = join(ROOT, "tsconfig.build.json");
  await exec(process.execPath, [tsc, "-p", project, "--outDir", join(stage, "dist")]);
  await exec("npm", ["pack", "--ignore-scripts", "--pack-destination", home], { cwd: stage });
  const tarball = readdirSync(home).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  return join(home, tarball);
}

/** Everything that a template may depend on, at the versions the templates ask for. */
function packages(): string[] {
  const templates = join(ROOT, "templates");
  const wanted = new Map<string, string>([
    ["mcp-framework", "^0.2.22"],
    ["typescript", "^5.3.3"],
    ["@types/node", "^20.11.24"],
  ]);
  for (const name of readdirSync(templates)) {
    for (const [dependency, range] of dependenciesOf(join(templates, name, "_package.json"))) {
      if (dependency !== "mcp-framework-oauth") wanted.set(dependency, range);
    }
  }
  return [...wanted].map(([name, range]) => `${name}@${range}`);
}

function dependenciesOf(path: string): [string, string][] {
  try {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(path, "utf8")) as {
      dependencies?: Record<string, string>;
      devDependencies?: Record<string, string>;
    };
    return Object.entries({ ...dependencies, ...devDependencies });
  } catch (error) {
    // A template may do with what is common.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
