import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import {
  createAuthorizationServer,
  type AuthorizationServer,
  type ProtectedResource,
} from "../../../src/authorization-server/index.js";
import {
  freePort,
  outcome,
  startProcess,
  untilUp,
  type RunningProcess,
  type Workshop,
} from "./workshop.js";

/** Creates a project with `mcp-oauth create`, and gives it packages. */
export async function createProject(
  workshop: Workshop,
  template: string,
  ...flags: readonly string[]
): Promise<string> {
  const folder = workshop.folder();
  mkdirSync(folder, { recursive: true });
  const args = ["create", "demo", "--template", template, "--no-install", "--yes", ...flags];
  const created = await workshop.run(args, folder);
  expect(created).toMatchObject({ status: 0, stderr: "" });
  const project = join(folder, "demo");
  workshop.equip(project);
  return project;
}

/** `mcp add tool`, of the framework. */
export async function addTool(workshop: Workshop, project: string, name: string): Promise<void> {
  const mcp = join(workshop.home, "node_modules/mcp-framework/dist/cli/index.js");
  expect(await outcome(process.execPath, [mcp, "add", "tool", name], project)).toMatchObject({
    status: 0,
  });
}

/** Compiles it and runs its own tests. */
export async function runOwnTests(project: string): Promise<void> {
  const result = await outcome("npm", ["test"], project);
  if (result.status !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
  expect(result.stdout).toMatch(/^(?:#|ℹ) pass [1-9]/m);
  expect(result.stdout).toMatch(/^(?:#|ℹ) fail 0$/m);
}

/** An unused address on this machine. */
export async function freeUrl(path = "/mcp"): Promise<URL> {
  return new URL(`http://localhost:${await freePort()}${path}`);
}

/** Starts the built project at an address. */
export async function startProject(
  project: string,
  url: URL,
  env: NodeJS.ProcessEnv,
): Promise<RunningProcess> {
  const server = startProcess(["dist/index.js"], project, {
    PORT: url.port,
    OAUTH_RESOURCE: url.href,
    AUTHORIZATION_SERVER: "external",
    ...env,
  });
  await untilUp(url.href, server);
  return server;
}

/** An authorization server that approves by itself and issues tokens for `resource`. */
export async function startIssuer(
  resource: Pick<ProtectedResource, "resource"> & Partial<ProtectedResource>,
): Promise<AuthorizationServer> {
  const server = await createAuthorizationServer({
    issuer: `http://localhost:${await freePort()}`,
    resources: [{ scopes: { "example:use": "Say something in your name" }, ...resource }],
    accounts: [{ id: "alice", name: "Alice" }],
    autoApprove: true,
  });
  await server.listen();
  return server;
}
