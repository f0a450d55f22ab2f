import { resolve } from "node:path";
import type { Command } from "commander";
import { CliError, usageError } from "../cli-error.js";
import type { CommandContext } from "../command.js";
import { readPassword } from "./read-password.js";
import type { StoredAccount } from "../../authorization-server/people/accounts/stored-accounts.js";

interface FileOption {
  readonly file: string;
}

interface NewUser extends FileOption {
  readonly name?: string;
  readonly email?: string;
}

/** Commands that change the file of `accountsFile()`. */
export function defineUserCommands(group: Command, context: CommandContext): void {
  defineAddUser(group, context);
  defineChanges(group, context);
}

function define(group: Command, name: string, summary: string, description: string): Command {
  return group
    .command(name)
    .summary(summary)
    .description(description)
    .argument("<id>", "id of the account, the sub of its tokens")
    .option("--file <path>", "file of accounts", "accounts.json");
}

function defineAddUser(group: Command, { io, action }: CommandContext): void {
  define(
    group,
    "add-user",
    "Add an account to the file of accounts",
    "Add an account to the file of accounts, which is created if it does not exist. The password is\n" +
      "read from the terminal, or from standard input.",
  )
    .option("--name <name>", "name, shown on the consent page")
    .option("--email <address>", "e-mail address, also accepted as the user name")
    .action(
      action(async (id: string, { file, name, email }: NewUser) => {
        const password = await hashed(io);
        await change(resolve(io.cwd, file), (accounts) => {
          if (accounts.some((account) => account.id === id)) {
            throw usageError(`The account ${id} exists.`, "Change its password with set-password.");
          }
          const added: StoredAccount = {
            id,
            ...(name !== undefined && { name }),
            ...(email !== undefined && { email }),
            password,
          };
          return [...accounts, added];
        });
        io.note(`Added ${id} to ${file}.`);
      }),
    );
}

function defineChanges(group: Command, { io, action }: CommandContext): void {
  define(
    group,
    "set-password",
    "Change the password of an account",
    "Change the password of an account, and sign it out everywhere. The password is read from the\n" +
      "terminal, or from standard input.",
  ).action(
    action(async (id: string, { file }: FileOption) => {
      const password = await hashed(io);
      await changeOne(resolve(io.cwd, file), id, (account) => ({ ...account, password }));
      io.note(`Changed the password of ${id}. Its sessions and tokens end within seconds.`);
    }),
  );

  define(
    group,
    "disable",
    "Disable an account and sign it out everywhere",
    "Disable an account: it can no longer sign in, and its sessions and tokens end.",
  ).action(
    action(async (id: string, { file }: FileOption) => {
      await changeOne(resolve(io.cwd, file), id, (account) => ({ ...account, disabled: true }));
      io.note(`Disabled ${id}. Its sessions and tokens end within seconds.`);
    }),
  );

  define(
    group,
    "enable",
    "Enable a disabled account",
    "Enable an account that was disabled.",
  ).action(
    action(async (id: string, { file }: FileOption) => {
      const enable = ({ disabled: _, ...account }: StoredAccount) => account;
      await changeOne(resolve(io.cwd, file), id, enable);
      io.note(`Enabled ${id}.`);
    }),
  );
}

async function hashed(io: CommandContext["io"]): Promise<string> {
  const password = await readPassword(io);
  const { hashPassword } =
    await import("../../authorization-server/people/accounts/password-hash.js");
  return hashPassword(password);
}

async function change(
  path: string,
  edit: (accounts: StoredAccount[]) => StoredAccount[],
): Promise<void> {
  const { changeAccounts } =
    await import("../../authorization-server/people/accounts/stored-accounts.js");
  await changeAccounts(path, edit);
}

function changeOne(
  path: string,
  id: string,
  edit: (account: StoredAccount) => StoredAccount,
): Promise<void> {
  return change(path, (accounts) => {
    if (!accounts.some((account) => account.id === id)) {
      throw new CliError(`The file has no account ${id}.`, "Check the id and --file.");
    }
    return accounts.map((account) => (account.id === id ? edit(account) : account));
  });
}
