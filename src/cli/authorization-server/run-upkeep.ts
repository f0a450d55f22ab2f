import { confirm, isCancel } from "@clack/prompts";
import {
  openMaintenance,
  storageFromEnv,
  type Maintenance,
  type RevocationTarget,
} from "../../authorization-server/index.js";
import { CliError, EXIT, usageError, type ExitStatus } from "../cli-error.js";
import { readEnvFile } from "../environment.js";
import type { CliIo } from "../terminal/io.js";
import { printable, printableJson } from "../terminal/printable.js";
import type { UpkeepAction, UpkeepOptions } from "./upkeep-options.js";
import { clientLines, grantLines, revocationLine, rotationLine, statisticsLines } from "./lines.js";

/** A result: for people as lines, for programs as a value. */
interface Outcome {
  readonly value: unknown;
  readonly lines: readonly string[];
}

/**
 * `mcp-oauth as <action>`.
 *
 * @throws CliError or ConfigurationError with the fix
 */
export async function runUpkeep(
  action: UpkeepAction,
  operation: string | undefined,
  options: UpkeepOptions,
  io: CliIo,
): Promise<ExitStatus> {
  checkUsage(action, operation, options);
  const env = options.env === undefined ? io.env : readEnvFile(options.env, io);
  if ((env["OAUTH_AS_STORAGE"] ?? "memory") === "memory") {
    throw usageError(
      "OAUTH_AS_STORAGE names no storage outside of the server's process.",
      "Set it as for the server, or name the server's variables with --env.",
    );
  }
  const maintenance = await openMaintenance(await storageFromEnv(env));
  try {
    const { value, lines } = await run(action, maintenance, options, io);
    for (const line of options.json === true ? [printableJson(value)] : lines) io.print(line);
    return EXIT.ok;
  } finally {
    await maintenance.close();
  }
}

function checkUsage(
  action: UpkeepAction,
  operation: string | undefined,
  options: UpkeepOptions,
): void {
  if (action === "keys" ? operation !== "rotate" : operation !== undefined) {
    throw usageError(
      `mcp-oauth as ${action} ${printable(operation ?? "")} is not known.`,
      action === "keys" ? "Use: mcp-oauth as keys rotate." : `Use: mcp-oauth as ${action}.`,
    );
  }
  const named = [options.client, options.account, options.grant].filter(
    (value) => value !== undefined,
  );
  if (named.length !== (action === "revoke" ? 1 : 0)) {
    throw usageError(
      "--client, --account and --grant belong to revoke, which needs exactly one of them.",
      "For example: mcp-oauth as revoke --account alice.",
    );
  }
  if (options.forget === true && options.client === undefined) {
    throw usageError("--forget needs --client.", "It removes the registration of a client.");
  }
}

async function run(
  action: UpkeepAction,
  maintenance: Maintenance,
  options: UpkeepOptions,
  io: CliIo,
): Promise<Outcome> {
  const page = {
    limit: options.limit,
    ...(options.after !== undefined && { after: options.after }),
  };
  switch (action) {
    case "stats": {
      const value = await maintenance.stats();
      return { value, lines: statisticsLines(value) };
    }
    case "clients": {
      const value = await maintenance.clients(page);
      return { value, lines: clientLines(value, io.style) };
    }
    case "grants": {
      const value = await maintenance.grants(page);
      return { value, lines: grantLines(value, io.style) };
    }
    case "revoke": {
      const value = await revoke(maintenance, options, io);
      return { value, lines: [`Revoked: ${revocationLine(value)}.`] };
    }
    case "keys": {
      const value = await maintenance.rotateKeys();
      return { value, lines: [rotationLine(value)] };
    }
    case "cleanup": {
      const removed = await maintenance.cleanup();
      return { value: { removed }, lines: [`Removed ${removed} expired records.`] };
    }
    case "reseal": {
      const resealed = await maintenance.reseal();
      const { storageKeys } = await maintenance.stats();
      return {
        value: { resealed, storageKeys },
        lines: [
          `Sealed ${resealed} records again. Storage keys in use: ${storageKeys.join(", ")}.`,
        ],
      };
    }
  }
}

async function revoke(maintenance: Maintenance, options: UpkeepOptions, io: CliIo) {
  const target = targetOf(options);
  if (options.yes !== true) {
    const affected = revocationLine(await maintenance.affectedBy(target));
    if (!io.interactive) {
      throw usageError(`Nothing was revoked. It would be: ${affected}.`, "Revoke with --yes.");
    }
    const answer = await confirm({
      message: `Revoke ${affected}?`,
      input: io.stdin as NodeJS.ReadStream,
      output: io.stdout as NodeJS.WriteStream,
    });
    if (isCancel(answer) || !answer) throw new CliError("Nothing was revoked.");
  }
  return maintenance.revoke(target);
}

function targetOf({ client, account, grant = "", forget }: UpkeepOptions): RevocationTarget {
  if (client !== undefined) return { client, forget: forget === true };
  return account !== undefined ? { account } : { grant };
}
