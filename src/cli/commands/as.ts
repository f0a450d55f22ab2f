import { Argument, InvalidArgumentError, type Command } from "commander";
import { defineUserCommands } from "../authorization-server/users.js";
import { examples, type CliCommand, type CommandContext } from "../command.js";
import {
  UPKEEP_ACTIONS,
  type UpkeepAction,
  type UpkeepOptions,
} from "../authorization-server/upkeep-options.js";

export const as: CliCommand = {
  define(program, context) {
    const command = defineUpkeep(program, context);
    defineUserCommands(command, context);
    return command;
  },
};

function defineUpkeep(program: Command, { io, action }: CommandContext): Command {
  return program
    .command("as")
    .summary("Upkeep of your own authorization server")
    .description(
      "Upkeep of your own authorization server: list registered clients and grants, revoke\n" +
        "access, rotate keys, remove expired records, seal records with a new storage key. It works\n" +
        "on the storage in OAUTH_AS_STORAGE, with the keys in OAUTH_AS_STORAGE_KEYS, while the\n" +
        "server runs. Resource servers on that storage refuse revoked tokens within ten seconds.",
    )
    .addArgument(new Argument("<action>", "what to do").choices(UPKEEP_ACTIONS))
    .argument("[operation]", "after keys: rotate")
    .option("--env <file>", "a file with the server's environment variables")
    .option("--client <id>", "revoke: everything granted to this client")
    .option("--account <id>", "revoke: everything granted by this account, and its sessions")
    .option("--grant <id>", "revoke: one grant")
    .option("--forget", "revoke --client: also remove its registration")
    .option("--limit <number>", "clients, grants: lines to print, 1 to 1000", parseLimit, 100)
    .option("--after <cursor>", "clients, grants: the next lines of a long list")
    .option("--json", "print the result as JSON")
    .option("-y, --yes", "revoke without asking")
    .addHelpText(
      "after",
      examples(
        ["mcp-oauth as clients --env .env", "registered clients, and how many people use each"],
        ["mcp-oauth as revoke --account alice", "sign alice out of every client"],
        ["mcp-oauth as revoke --client client-1 --forget", "remove a client"],
        ["mcp-oauth as keys rotate", "new signing keys, which sign an hour later"],
      ),
    )
    .action(
      action(async (name: UpkeepAction, operation: string | undefined, options: UpkeepOptions) => {
        const { runUpkeep } = await import("../authorization-server/run-upkeep.js");
        return runUpkeep(name, operation, options, io);
      }),
    );
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new InvalidArgumentError("Use a whole number from 1 to 1000.");
}
