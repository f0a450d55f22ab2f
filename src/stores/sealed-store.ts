import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { ConfigurationError } from "../core/errors.js";
import type { Store } from "./store.js";

export interface SealingKey {
  /** Names the key in what it sealed: 1–32 letters, digits, `-`, `_`. */
  readonly id: string;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/** A stored value that no configured key opens. Holds nothing of the value. */
export class SealedValueError extends Error {
  constructor() {
    super("A stored value was not sealed with a configured key for this place");
    this.name = "SealedValueError";
  }
}

const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Wraps a store so that values are encrypted at rest: AES-256-GCM, a random
 * nonce for each value, the key name and the sealing key's id authenticated
 * along, so that whoever can write to the store can neither forge a value nor
 * move one to another place.
 *
 * The first key seals, all keys open. To rotate: put the new key in front,
 * drop the old one when its last value has expired. Keep one key below 2³²
 * values (NIST SP 800-38D §8.3).
 *
 * Does not hide keys, sizes, times or counts, and does not stop somebody from
 * deleting an entry or putting back an older value of the same key. A value
 * that cannot be opened rejects with {@link SealedValueError}, like a store
 * that is away: read as "nothing there", it would undo a revocation.
 *
 * @throws ConfigurationError
 */
export class SealedStore implements Store {
  readonly #store: Store;
  readonly #keys = new Map<string, KeyObject>();
  readonly #sealingKeyId: string;

  constructor(store: Store, keys: readonly SealingKey[]) {
    this.#store = store;
    for (const { id, secret } of keys) {
      if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || this.#keys.has(id)) {
        throw new ConfigurationError(
          "ERR_OAUTH_STORE_KEY_ID",
          "Each store encryption key needs its own id of 1 to 32 letters, digits, - or _.",
        );
      }
      if (secret.length !== 32) {
        throw new ConfigurationError(
          "ERR_OAUTH_STORE_KEY_LENGTH",
          `Store encryption key "${id}" must have 32 bytes; make one with crypto.randomBytes(32).`,
        );
      }
      this.#keys.set(id, createSecretKey(secret));
    }
    const first = keys[0];
    if (first === undefined) {
      throw new ConfigurationError(
        "ERR_OAUTH_STORE_KEY_MISSING",
        "Store encryption needs at least one key.",
      );
    }
    this.#sealingKeyId = first.id;
  }

  async get(key: string): Promise<string | undefined> {
    return this.#open(key, await this.#store.get(key));
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    const values = await this.#store.getMany(keys);
    return keys.map((key, index) => this.#open(key, values[index]));
  }

  async set(key: string, value: string, ttlSeconds: number): Promise<void> {
    await this.#store.set(key, this.#seal(key, value), ttlSeconds);
  }

  async add(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    return this.#store.add(key, this.#seal(key, value), ttlSeconds);
  }

  /** Counts stay in the clear: the store itself must be able to add to them. */
  async increment(key: string, ttlSeconds: number): Promise<number> {
    return this.#store.increment(key, ttlSeconds);
  }

  async delete(key: string): Promise<void> {
    await this.#store.delete(key);
  }

  #seal(key: string, value: string): string {
    const id = this.#sealingKeyId;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#keys.get(id)!, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(placeOf(id, key));
    const body = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
    return `1.${id}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
  }

  #open(key: string, sealed: string | undefined): string | undefined {
    if (sealed === undefined) return undefined;
    const [version, id = "", text = "", ...rest] = sealed.split(".");
    const secret = this.#keys.get(id);
    const bytes = Buffer.from(text, "base64url");
    if (
      version !== "1" ||
      secret === undefined ||
      rest.length > 0 ||
      bytes.length < IV_BYTES + TAG_BYTES
    ) {
      throw new SealedValueError();
    }
    try {
      const decipher = createDecipheriv(ALGORITHM, secret, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(placeOf(id, key));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
      return Buffer.concat([body, decipher.final()]).toString("utf8");
    } catch {
      throw new SealedValueError();
    }
  }
}

/** What a value is tied to: move it elsewhere and it no longer opens. */
function placeOf(keyId: string, key: string): Buffer {
  return Buffer.from(JSON.stringify(["mcp-framework-oauth", 1, keyId, key]));
}
