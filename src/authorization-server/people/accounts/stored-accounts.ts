import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { ConfigurationError } from "../../../core/errors.js";
import { isPasswordHash } from "./password-hash.js";

const storedAccount = z
  .object({
    id: z.string().min(1).max(255),
    name: z.string().optional(),
    email: z.string().optional(),
    password: z.string().refine(isPasswordHash, "must be a hash of `mcp-oauth as set-password`"),
    claims: z.record(z.unknown()).optional(),
    disabled: z.literal(true).optional(),
  })
  .strict();

const file = z
  .object({ accounts: z.array(storedAccount) })
  .strict()
  .superRefine(({ accounts }, context) => {
    const logins = accounts.flatMap(({ id, email }) => [
      ...new Set([id, ...(email === undefined ? [] : [email])]),
    ]);
    if (new Set(logins).size === logins.length) return;
    context.addIssue({ code: "custom", message: "has two accounts with one id or e-mail address" });
  });

/** One account in the file of accounts. */
export type StoredAccount = z.output<typeof storedAccount>;

/**
 * Reads a file of accounts.
 *
 * @throws ConfigurationError that names the file and the member, never a content
 */
export function readAccounts(path: string): StoredAccount[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    // The message of the parser quotes the file.
    const { code } = cause as NodeJS.ErrnoException;
    fail(
      path,
      code === "ENOENT"
        ? "does not exist. Create it: mcp-oauth as add-user"
        : `cannot be read${code === undefined ? ": it is not JSON" : ` (${code})`}.`,
    );
  }
  const { data, error } = file.safeParse(content);
  if (data !== undefined) return data.accounts;
  const [issue] = error.issues;
  fail(path, `is not valid: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}.`);
}

/**
 * Changes a file of accounts, or creates it with mode 0600. A process that reads
 * it sees the old or the new content, never a part.
 *
 * @throws ConfigurationError if another process is changing it
 */
export async function changeAccounts(
  path: string,
  change: (accounts: StoredAccount[]) => Promise<StoredAccount[]> | StoredAccount[],
): Promise<void> {
  const lock = `${path}.lock`;
  try {
    closeSync(openSync(lock, "wx", 0o600));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    fail(
      path,
      `is locked: another process is changing it. If that process has ended, remove ${lock}.`,
    );
  }
  const next = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    const accounts = await change(exists(path) ? readAccounts(path) : []);
    writeFileSync(next, `${JSON.stringify(file.parse({ accounts }), null, 2)}\n`, { mode: 0o600 });
    renameSync(next, path);
  } finally {
    rmSync(next, { force: true });
    rmSync(lock, { force: true });
  }
}

function exists(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw cause;
  }
}

function fail(path: string, problem: string): never {
  throw new ConfigurationError("ERR_OAUTH_ACCOUNTS", `The file of accounts ${path} ${problem}`);
}
