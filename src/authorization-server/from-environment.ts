import { ConfigurationError } from "../core/errors.js";
import type { EnvironmentReader } from "../options/environment/environment-reader.js";
import {
  createAuthorizationServer,
  type AuthorizationServer,
} from "./create-authorization-server.js";
import type { AuthorizationServerOptions } from "./options.js";
import { memoryStorage } from "./storage/memory-storage.js";
import { storageFromUrl } from "./storage/storage-from-url.js";
import type { AuthorizationServerStorage, StorageKey } from "./storage/storage-keys.js";

/** Variables by name, as in `process.env`. */
type Variables = Readonly<Record<string, string | undefined>>;

/**
 * {@link createAuthorizationServer} with options from the `OAUTH_AS_*` variables. Members of
 * `overrides` win; their variables need not be set. There is no variable for `accounts`.
 *
 * `docs/reference/environment.md` lists the variables.
 *
 * @example
 * ```ts
 * import { createAuthorizationServerFromEnv } from "mcp-framework-oauth/authorization-server";
 *
 * const authorizationServer = await createAuthorizationServerFromEnv(process.env, {
 *   accounts: [{ id: "alice", password: process.env["ALICE_PASSWORD"] ?? "" }],
 * });
 * ```
 *
 * @throws ConfigurationError with the variable and the fix; never a secret
 */
export async function createAuthorizationServerFromEnv(
  env: Variables,
  overrides: Partial<AuthorizationServerOptions> & Pick<AuthorizationServerOptions, "accounts">,
): Promise<AuthorizationServer> {
  const { reader, rows } = await readerOf(env);
  const access = reader.value(rows.accessTtl);
  const refresh = reader.value(rows.refreshTtl);
  const storage = overrides.storage ?? storageOf(reader);
  return createAuthorizationServer({
    ...overrides,
    issuer:
      overrides.issuer ??
      reader.value(rows.issuer) ??
      new URL(reader.requiredText("OAUTH_RESOURCE")).origin,
    resources: overrides.resources ?? [resourceOf(reader, rows)],
    ...(storage !== undefined && { storage }),
    ttlSeconds: {
      ...(access !== undefined && { access }),
      ...(refresh !== undefined && { refresh }),
      ...overrides.ttlSeconds,
    },
  });
}

/**
 * The storage of `OAUTH_AS_STORAGE` and `OAUTH_AS_STORAGE_KEYS`, in memory if neither is set.
 * Opens nothing.
 *
 * @example
 * ```ts
 * import { storageFromEnv } from "mcp-framework-oauth/authorization-server";
 *
 * const storage = await storageFromEnv({
 *   OAUTH_AS_STORAGE: "sqlite:./auth.db",
 *   OAUTH_AS_STORAGE_KEYS: "file:/run/secrets/auth-storage-key",
 * });
 * ```
 *
 * @throws ConfigurationError with the variable and the fix; never a secret
 */
export async function storageFromEnv(env: Variables): Promise<AuthorizationServerStorage> {
  return storageOf((await readerOf(env)).reader) ?? memoryStorage();
}

/** Loaded on use: the rows of the resource server are not needed without variables. */
async function readerOf(env: Variables) {
  const { EnvironmentReader: Reader } =
    await import("../options/environment/environment-reader.js");
  const { ownAuthorizationServerShape: rows } = await import("../options/authorization-server.js");
  return { reader: new Reader(env), rows };
}

type Rows = Awaited<ReturnType<typeof readerOf>>["rows"];

function resourceOf(reader: EnvironmentReader, rows: Rows) {
  const resource = reader.url("OAUTH_RESOURCE") ?? reader.missing("OAUTH_RESOURCE");
  const name = reader.text("OAUTH_RESOURCE_NAME");
  const scopes = reader.value(rows.scopes) ?? reader.list("OAUTH_REQUIRED_SCOPES");
  return {
    resource,
    ...(name !== undefined && { name }),
    ...(scopes !== undefined && {
      scopes: Object.fromEntries(scopes.map((scope) => [scope, `Use ${scope}`])),
    }),
  };
}

function storageOf(reader: EnvironmentReader): AuthorizationServerStorage | undefined {
  const url = reader.fixedSecret("OAUTH_AS_STORAGE");
  const keys = storageKeys(reader);
  if (url === undefined && keys.length > 0) return reader.missing("OAUTH_AS_STORAGE");
  if (url === undefined) return undefined;
  if (url !== "memory" && keys.length === 0) return reader.missing("OAUTH_AS_STORAGE_KEYS");
  return storageFromUrl(url, keys);
}

function storageKeys(reader: EnvironmentReader): StorageKey[] {
  const text = reader.fixedSecret("OAUTH_AS_STORAGE_KEYS") ?? "";
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  return entries.map((entry, index) => {
    const [, id, secret] = /^([\w-]{1,32})=(.+)$/.exec(entry) ?? [];
    if (id !== undefined && secret !== undefined) return { id, secret };
    if (entries.length === 1) return { id: "default", secret: entry };
    // Not quoted, because the value may be a key.
    throw new ConfigurationError(
      "ERR_OAUTH_ENV_INVALID",
      `OAUTH_AS_STORAGE_KEYS: entry ${index + 1} of several must be id=key.`,
    );
  });
}
