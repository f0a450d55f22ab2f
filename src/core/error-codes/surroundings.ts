import type { ErrorCodeSection } from "./row.js";

/** Stores. */
export const STORES = {
  title: "Stores",
  codes: {
    ERR_OAUTH_REDIS_URL: {
      meaning: "The Redis URL is not a `redis:` or `rediss:` URL.",
      cure: "Write it as `rediss://user:password@host:6379`.",
    },
    ERR_OAUTH_REDIS_CLIENT: {
      meaning: "`createRedisStore` received neither a URL nor an ioredis client.",
      cure: "Pass a `redis:` or `rediss:` URL, or an ioredis client.",
    },
    ERR_OAUTH_REDIS_CLIENT_MISSING: {
      meaning: "A Redis URL is configured, but the ioredis package is not installed.",
      cure: "Run `npm install ioredis`.",
    },
    ERR_OAUTH_REDIS_OPTION: {
      meaning: "An option of the Redis store is not a whole number above 0.",
      cure: "Correct the option that the message names.",
    },
    ERR_OAUTH_STORE_KEY_MISSING: {
      meaning: "Store encryption is on but has no key.",
      cure: "Add a key to `storeEncryptionKeys`.",
    },
    ERR_OAUTH_STORE_KEY_ID: {
      meaning: "A store encryption key has no unique id.",
      cure: "Give each key a different id of 1 to 32 letters, digits, `-` or `_`.",
    },
    ERR_OAUTH_STORE_KEY_LENGTH: {
      meaning: "A store encryption key does not have 32 bytes.",
      cure: "Generate one with `openssl rand -base64 32`.",
    },
  },
} as const satisfies ErrorCodeSection;

/** Environment variables and references to secrets. */
export const ENVIRONMENT = {
  title: "Environment and secrets",
  codes: {
    ERR_OAUTH_ENV_MISSING: {
      meaning: "A required environment variable is not set.",
      cure: "Set it as in the example of the message; see [environment](environment.md).",
    },
    ERR_OAUTH_ENV_INVALID: {
      meaning: "An environment variable has a value that cannot be read.",
      cure: "Write it as in the example of the message; see [environment](environment.md).",
    },
    ERR_OAUTH_ENV_UNKNOWN: {
      meaning: "An environment variable looks like a misspelling of one of this package.",
      cure: "Use the name that the message suggests, or remove the variable.",
    },
    ERR_OAUTH_ENV_UNUSED: {
      meaning: "An environment variable is set, but has no effect beside the others.",
      cure: "Remove it, or set what the message names.",
    },
    ERR_OAUTH_ENV_CONTRADICTION: {
      meaning: "Two environment variables contradict each other.",
      cure: "Keep the one you mean and remove the other.",
    },
    ERR_OAUTH_SECRET_REFERENCE: {
      meaning: "A reference to a secret cannot be read, or names a variable that is not set.",
      cure: "Correct the reference; see [environment](environment.md).",
    },
    ERR_OAUTH_SECRET_FILE: {
      meaning: "The file of a secret cannot be read, is empty, or is too large.",
      cure: "Mount a file that contains only the secret and that this process can read.",
    },
    ERR_OAUTH_SECRET_MANAGER_MISSING: {
      meaning: "A secret is in Google Secret Manager, but its client is not installed.",
      cure: "Run `npm install @google-cloud/secret-manager`.",
    },
  },
} as const satisfies ErrorCodeSection;

/** `mcp-framework-oauth/authorization-server`. */
export const AUTHORIZATION_SERVER = {
  title: "Embedded authorization server",
  codes: {
    ERR_OAUTH_OIDC_PROVIDER_MISSING: {
      meaning: "The oidc-provider package is not installed.",
      cure: "Run `npm install oidc-provider`.",
    },
    ERR_OAUTH_LISTEN: {
      meaning: "`listen()` has no port, or the port is in use.",
      cure: "Pass a port, or stop the process that uses it.",
    },
    ERR_OAUTH_KEYS: {
      meaning: "`keys` is empty, has an unusable key, or has no key for a `tokenAlgorithm`.",
      cure: "List private RSA, EC or Ed25519 keys as JWK, or leave `keys` out to generate them.",
    },
    ERR_OAUTH_RESOURCES: {
      meaning: "`resources` or `defaultResource` is not valid.",
      cure: "Correct the member that the message names.",
    },
    ERR_OAUTH_ACCOUNTS: {
      meaning: "`accounts` is empty or has an account that is not valid.",
      cure: "Correct the account that the message names.",
    },
    ERR_OAUTH_PAGES: {
      meaning: "`pages` has a colour that is hard to read, or a URL that is not valid.",
      cure: "Correct the member that the message names.",
    },
    ERR_OAUTH_LIFETIMES: {
      meaning:
        "`ttlSeconds`, `refreshExpiry`, `refreshReplaySeconds`, `rememberConsentSeconds` or `keyRotationDays` of the authorization server is not valid.",
      cure: "Give a whole number within the range of the option.",
    },
    ERR_OAUTH_DEVELOPMENT_LOGIN: {
      meaning: "`autoApprove` or an account without a password is configured in production.",
      cure: "Remove `autoApprove`, and give every account a password.",
    },
    ERR_OAUTH_EMBEDDED: {
      meaning:
        "`embedded` is not the first of `authorizationServers`, has no transport that listens, or owns the path of an endpoint.",
      cure: "Do what the message says, or run the authorization server on its own with `listen()`.",
    },
    ERR_OAUTH_STORAGE_MEMORY: {
      meaning: "The authorization server has no `storage`, or one in memory, in production.",
      cure: "Set `storage` to `sqliteStorage`, `postgresStorage` or `redisStorage`.",
    },
    ERR_OAUTH_TRAFFIC: {
      meaning: "`requestsPerMinute` or `trustedProxies` of the authorization server is invalid.",
      cure: "Correct the option that the message names.",
    },
    ERR_OAUTH_CLIENTS: {
      meaning: "The option `clients` of the authorization server is invalid.",
      cure: "Correct the member that the message names.",
    },
    ERR_OAUTH_STORAGE_KEY: {
      meaning:
        "A key of `storage` is missing, or its secret is not the one that sealed the records.",
      cure: "Add the key again after the current key, with its original secret.",
    },
    ERR_OAUTH_STORAGE_INCOMPLETE: {
      meaning: "`storage` contains records, but the record with their hash key is missing.",
      cure: "Restore a complete backup, or start with an empty database.",
    },
    ERR_OAUTH_STORAGE_PACKAGE_MISSING: {
      meaning: "`storage` needs packages that are not installed.",
      cure: "Run the `npm install` command in the message.",
    },
    ERR_OAUTH_STORAGE_SCHEMA: {
      meaning: "A newer version of this package wrote the schema of `storage`.",
      cure: "Install that version, or restore a backup from before the upgrade.",
    },
    ERR_OAUTH_STORAGE_FILE: {
      meaning:
        "The file of `storage` cannot be opened, or other users can access it in production.",
      cure: "Run the `chmod` command in the message, or give the user of this process write access.",
    },
    ERR_OAUTH_STORAGE_URL: {
      meaning: "The URL of `postgresStorage` is not a `postgres:` URL.",
      cure: "Write it like `postgres://user:password@host:5432/database`.",
    },
    ERR_OAUTH_STORAGE_EVICTS: {
      meaning: "The Redis server of `storage` may evict any key when its memory is full.",
      cure: "Set its `maxmemory-policy` to `noeviction`.",
    },
  },
} as const satisfies ErrorCodeSection;
