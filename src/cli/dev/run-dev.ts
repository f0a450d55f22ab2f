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
 * `mcp-oauth dev`: builds and runs the project in this folder with a
 * development authorization server, and rebuilds when a source changes.
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
      io.note(
        io.style.bad(`The server exited (status ${status ?? "none"}); waiting for a change.`),
      ),
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
            `${settings.resource} publishes no protected resource metadata. Does the server use the provider, ` +
              "and does it read PORT? mcp-oauth init adds the provider.",
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
        io.note(io.style.quiet("A source changed: rebuilding …"));
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

/** Refuses a port that another server uses. mcp-framework listens on 127.0.0.1. */
async function refuseTakenPort({ port }: ProjectSettings): Promise<void> {
  const problem = await portProblem(port, "127.0.0.1");
  if (problem === undefined) return;
  throw new CliError(
    problem === "EADDRINUSE"
      ? `Port ${port} is already in use.`
      : `Port ${port} cannot be used (${problem}).`,
    "Stop the process that listens on it, or choose another port: mcp-oauth dev --port 3000.",
  );
}

/** Shares the key with `mcp-oauth token`. Opaque tokens are not signed, so only the server can issue them. */
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

/** Shows build errors of the project and waits for a change. */
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

/** Runs one round at a time; requests during a round lead to exactly one more. */
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
