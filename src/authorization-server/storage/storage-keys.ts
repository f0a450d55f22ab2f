import { ConfigurationError } from "../../core/errors.js";
import type { SealingKey } from "../../stores/sealer.js";
import type { StorageEngine } from "./storage.js";

/** Encrypts what the authorization server stores; keep it apart from the database and its backups. */
export interface StorageKey {
  /** Names the key in what it sealed: 1–32 letters, digits, `-`, `_`; a date is a good choice. */
  readonly id: string;
  /**
   * 32 random bytes, or the same as base64, base64url or hexadecimal text:
   * `openssl rand -base64 32`. `undefined` is a start-up error, so that a
   * variable can be passed as it is.
   */
  readonly secret: string | Uint8Array | undefined;
}

/** The `storage` of an authorization server: an engine, and the keys for what is in it. */
export interface AuthorizationServerStorage {
  readonly engine: StorageEngine;
  /** The first key seals, all of them open. To rotate, put a new key in front. */
  readonly keys: readonly StorageKey[];
}

/** @throws ConfigurationError, which repeats no secret */
export function parseStorageKeys(keys: readonly StorageKey[]): readonly SealingKey[] {
  return keys.map(({ id, secret }, index) => {
    if (secret === undefined || secret.length === 0) {
      throw new ConfigurationError(
        "ERR_OAUTH_STORE_KEY_MISSING",
        `keys[${index}].secret of the storage is not set; is its environment variable?`,
      );
    }
    return { id, secret: typeof secret === "string" ? bytesOf(secret, index) : secret };
  });
}

function bytesOf(secret: string, index: number): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(secret)) return Buffer.from(secret, "hex");
  // Node's decoder skips what it does not know; a passphrase would become a few weak bytes.
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(secret)) return Buffer.from(secret, "base64");
  throw new ConfigurationError(
    "ERR_OAUTH_STORE_KEY_LENGTH",
    `keys[${index}].secret of the storage must be 32 random bytes as base64 or hexadecimal text; ` +
      "make one with: openssl rand -base64 32",
  );
}
