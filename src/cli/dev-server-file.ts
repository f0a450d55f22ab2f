/**
 * How `mcp-oauth dev` tells `mcp-oauth token` about the authorization server it
 * runs: a file in the project, `.mcp-oauth/dev-server.json`.
 *
 * - `dev` writes it with {@link writeDevServerFile} once the server listens, and
 *   removes it with {@link removeDevServerFile} when it ends. `jwk` is a private
 *   signing key whose public half (same `kid`) the server publishes; `resources`
 *   are the URLs it issues tokens for, the project's own first.
 * - `token` reads it with {@link readDevServerFile} and signs by itself: nothing
 *   needs to be asked of the running server.
 * - The folder must be in `.gitignore`: {@link writeDevServerFile} puts a
 *   `.gitignore` into it that ignores everything.
 *
 * The key can sign tokens for every server that trusts the issuer, so only the owner can read the file,
 * owner alone, and one that others can read or that is a link is refused. It is
 * for development: the issuer must be on this machine.
 */
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isLoopbackHost } from "../core/urls/loopback.js";
import { CliError } from "./cli-error.js";

const FOLDER = ".mcp-oauth";
const NAME = "dev-server.json";

const schema = z.object({
  version: z.literal(1),
  issuer: z.string().url(),
  resources: z.array(z.string().url()).nonempty(),
  /** Scopes that the resources know; the default of `token --scope`. */
  scopes: z.array(z.string()).default([]),
  jwk: z
    .object({ kty: z.enum(["RSA", "EC", "OKP"]), kid: z.string(), alg: z.string(), d: z.string() })
    .passthrough(),
});

/** The content of the file. */
export type DevServerFile = z.output<typeof schema>;

/** Path of the file in a project. */
export function devServerFilePath(projectFolder: string): string {
  return join(projectFolder, FOLDER, NAME);
}

/**
 * Writes the file, readable by its owner alone, in one step.
 *
 * @throws CliError for an issuer that is not on this machine
 */
export function writeDevServerFile(projectFolder: string, content: DevServerFile): void {
  requireLocal(content.issuer);
  const path = devServerFilePath(projectFolder);
  const folder = join(projectFolder, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // An existing folder would keep its mode.
  chmodSync(folder, 0o700);
  writeFileSync(join(folder, ".gitignore"), "*\n");
  // A new name and `wx`, so that an existing link is not followed.
  const temporary = `${path}.${randomUUID()}`;
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(temporary, path);
}

/** Removes the file, if it exists. */
export function removeDevServerFile(projectFolder: string): void {
  rmSync(devServerFilePath(projectFolder), { force: true });
}

/**
 * Reads the file.
 *
 * @throws CliError if it does not exist or cannot be trusted
 */
export function readDevServerFile(projectFolder: string): DevServerFile {
  const path = devServerFilePath(projectFolder);
  let text: string;
  try {
    const { mode } = lstatRegular(path);
    // Windows has no such bits; the rights of the folder decide.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new CliError(
        `Other users can read ${FOLDER}/${NAME}.`,
        `Run: chmod 600 ${FOLDER}/${NAME}`,
      );
    }
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `There is no ${FOLDER}/${NAME} here: no development server runs in this folder.`,
      "Start one with mcp-oauth dev, or sign with your own key: --issuer-key and --issuer.",
    );
  }
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new CliError(
      `${FOLDER}/${NAME} was not written by this version.`,
      "Restart mcp-oauth dev.",
    );
  }
  requireLocal(parsed.data.issuer);
  return parsed.data;
}

function lstatRegular(path: string): { mode: number } {
  const status = lstatSync(path);
  if (status.isFile()) return status;
  throw new CliError(
    `${FOLDER}/${NAME} is not a regular file.`,
    "Remove it and restart mcp-oauth dev.",
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A key in a file is only for development. */
function requireLocal(issuer: string): void {
  if (isLoopbackHost(new URL(issuer).hostname)) return;
  throw new CliError(
    "The development server's issuer is not on this machine.",
    "Use http://localhost or http://127.0.0.1 as its issuer.",
  );
}
