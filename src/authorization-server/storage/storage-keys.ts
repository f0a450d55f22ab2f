import { ConfigurationError } from "../../core/errors.js";
import type { SealingKey } from "../../stores/sealer.js";
import type { StorageEngine } from "./storage.js";

/** Encrypts the authorization server's data. Do not keep it with the database or its backups. */
export interface StorageKey {
  /** Key id, stored with each sealed value: 1–32 letters, digits, `-`, `_`. A date is a good choice. */
  readonly id: string;
  /**
   * 32 random bytes, raw or as base64, base64url or hexadecimal text:
   * `openssl rand -base64 32`. `undefined` is a start-up error, so that you can
   * pass an environment variable directly.
   */
  readonly secret: string | Uint8Array | undefined;
}

/** The `storage` of an authorization server: an engine and its encryption keys. */
export interface AuthorizationServerStorage {
  readonly engine: StorageEngine;
  /** The first key encrypts, all keys decrypt. To rotate, insert a new key at the front. */
  readonly keys: readonly StorageKey[];
}

/** @throws ConfigurationError, without any secret in the message */
export function parseStorageKeys(keys: readonly StorageKey[]): readonly SealingKey[] {
  return keys.map(({ id, secret }, index) => {
    if (secret === undefined || secret.length === 0) {
      throw new ConfigurationError(
        "ERR_OAUTH_STORE_KEY_MISSING",
        `keys[${index}].secret of the storage is not set. Check its environment variable.`,
      );
    }
    return { id, secret: typeof secret === "string" ? bytesOf(secret, index) : secret };
  });
}

function bytesOf(secret: string, index: number): Uint8Array {
  if (/^[0-9a-f]{64}$/i.test(secret)) return Buffer.from(secret, "hex");
  // Node's decoder skips invalid characters: a passphrase would become a few weak bytes.
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(secret)) return Buffer.from(secret, "base64");
  throw new ConfigurationError(
    "ERR_OAUTH_STORE_KEY_LENGTH",
    `keys[${index}].secret of the storage must be 32 random bytes as base64 or hexadecimal text; ` +
      "generate one with: openssl rand -base64 32",
  );
}
