import { CliError } from "../cli-error.js";
import { removeDevServerFile, writeDevServerFile, type DevServerFile } from "../dev-server-file.js";
import type { CliIo } from "../terminal/io.js";
import { npm } from "../scaffold/run-process.js";
import { ChildServer } from "./child-server.js";
import {
  DEMO_ACCOUNTS,
  startDevelopmentServer,
  type DevelopmentServer,
} from "./development-server.js";
import {
  developmentEnvironment,
  readProjectSettings,
  type ProjectSettings,
} from "./project-settings.js";
import { portProblem } from "./ports.js";
import { publishedScopes } from "./protected-resource.js";
import { watchSources } from "./watch-sources.js";

export interface DevOptions {
  readonly port?: number;
  readonly issuerPort: number;
  readonly watch: boolean;
}

/**
 * `mcp-oauth dev`: builds and runs the project of this folder beside a
 * development authorization server, and again whenever a source changes.
 * Resolves once `signal` is aborted and everything has ended.
 *
 * @throws CliError
 */
export async function runDev(options: DevOptions, io: CliIo, signal: AbortSignal): Promise<void> {
  const settings = readProjectSettings(io.cwd, io.env, options.port);
  await refuseTakenPort(settings);
  const authorizationServer = await startDevelopmentServer(settings, options.issuerPort);
  const child = new ChildServer({
    entry: settings.entry,
    cwd: io.cwd,
    env: developmentEnvironment(io.env, settings, authorizationServer),
    write: (text) => void io.stderr.write(text),
    onCrash: (status) =>
      io.note(io.style.bad(`The server ended (status ${status ?? "none"}); waiting for a change.`)),
  });
  const rounds = createRounds(
    async () => {
      if (!(await build(io))) return;
      await child.stop();
      if (signal.aborted) return;
      child.start();
      const scopes = await publishedScopes(settings.resource, () => child.isRunning);
      if (signal.aborted || !child.isRunning) return;
      if (scopes === undefined) {
        io.note(
          io.style.warning(
            `Nothing at ${settings.resource} says that it is protected. Is the provider in place, ` +
              "and does the server read PORT? mcp-oauth init sees to the first.",
          ),
        );
        return;
      }
      await authorizationServer.offer(scopes);
      shareKey(io.cwd, settings, authorizationServer);
      for (const line of announcement(settings, authorizationServer, io)) io.print(line);
    },
    (error) => io.note(io.style.bad(error instanceof Error ? error.message : String(error))),
  );
  const stopWatching = options.watch
    ? watchSources(io.cwd, () => {
        io.note("");
        io.note(io.style.quiet("A source changed: building again …"));
        rounds.start();
      })
    : () => undefined;
  try {
    rounds.start();
    await aborted(signal);
  } finally {
    stopWatching();
    await rounds.settled();
    await child.close();
    await authorizationServer.close();
    removeDevServerFile(io.cwd);
  }
}

/** Another server's answers there would be taken for this one's. 127.0.0.1 is where mcp-framework listens. */
async function refuseTakenPort({ port }: ProjectSettings): Promise<void> {
  const problem = await portProblem(port, "127.0.0.1");
  if (problem === undefined) return;
  throw new CliError(
    problem === "EADDRINUSE"
      ? `Port ${port} is in use already.`
      : `Port ${port} cannot be used (${problem}).`,
    "Stop what listens there, or choose another port: mcp-oauth dev --port 3000.",
  );
}

/** Lets `mcp-oauth token` sign. Opaque tokens are not signed: the server alone knows them. */
function shareKey(
  folder: string,
  { introspects, resource }: ProjectSettings,
  { issuer, key, scopes }: DevelopmentServer,
): void {
  if (introspects) return;
  writeDevServerFile(folder, {
    version: 1,
    issuer,
    resources: [resource],
    scopes: [...scopes],
    jwk: key as DevServerFile["jwk"],
  });
}

/** Errors of the user's own are shown and waited out; `dev` goes on. */
async function build(io: CliIo): Promise<boolean> {
  try {
    await npm(["run", "build"], {
      cwd: io.cwd,
      env: io.env,
      note: (line) => io.note(line),
    });
    return true;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    io.note(io.style.bad(`${error.message} Waiting for a change.`));
    return false;
  }
}

/** One round at a time; what is wanted during one makes exactly one more. */
function createRounds(round: () => Promise<void>, onError: (error: unknown) => void) {
  let running: Promise<void> | undefined;
  let isWanted = false;
  const run = async () => {
    while (isWanted) {
      isWanted = false;
      await round();
    }
  };
  return {
    start() {
      isWanted = true;
      running ??= run()
        .catch(onError)
        .finally(() => {
          running = undefined;
        });
    },
    async settled() {
      isWanted = false;
      await running;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function announcement(
  { resource }: ProjectSettings,
  { issuer, scopes }: DevelopmentServer,
  { style }: CliIo,
): string[] {
  const inspector = new URL("http://localhost:6274/");
  inspector.searchParams.set("transport", resource.endsWith("/sse") ? "sse" : "streamable-http");
  inspector.searchParams.set("serverUrl", resource);
  const row = (what: string, value: string) => `  ${what.padEnd(22)}${value}`;
  return [
    "",
    style.good("Ready."),
    row("MCP server", style.code(resource)),
    row("authorization server", style.code(issuer)),
    row("people", DEMO_ACCOUNTS.map(({ id }) => id).join(", ")),
    row("scopes", scopes.length === 0 ? "mcp:access" : scopes.join(" ")),
    row("a token for curl", "npx mcp-oauth token"),
    row("Inspector", "npx @modelcontextprotocol/inspector"),
    row("", style.code(inspector.href)),
  ];
}
