import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { ConfigurationError } from "../core/errors.js";

export interface SealingKey {
  /** Key id, stored with each sealed value: 1–32 letters, digits, `-`, `_`. */
  readonly id: string;
  /** 32 random bytes. */
  readonly secret: Uint8Array;
}

/** No configured key can decrypt a stored value. Contains nothing of the value. */
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
 * Encrypts values at rest: AES-256-GCM with a random nonce for each value. The
 * key id and the place of the value are additional authenticated data, so that
 * an attacker with write access to the store cannot forge or move values.
 *
 * The first key encrypts, all keys decrypt. Use one key for fewer than 2³² values
 * (NIST SP 800-38D §8.3).
 *
 * Does not hide the size of a value. Does not prevent an older value from being
 * restored in its own place.
 */
export class Sealer {
  readonly #keys = new Map<string, KeyObject>();
  /** Id of the key that encrypts. */
  readonly keyId: string;

  /** @throws ConfigurationError */
  constructor(keys: readonly SealingKey[]) {
    for (const { id, secret } of keys) {
      if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || this.#keys.has(id)) {
        throw new ConfigurationError(
          "ERR_OAUTH_STORE_KEY_ID",
          "Each store encryption key needs a unique id of 1 to 32 letters, digits, - or _.",
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
    this.keyId = first.id;
  }

  /** Whether a key with this id is configured. */
  hasKey(id: string): boolean {
    return this.#keys.has(id);
  }

  /** @param place the only place where the value can be decrypted */
  seal(place: string, value: string): string {
    const id = this.keyId;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#keys.get(id)!, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(id, place));
    const body = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
    return `1.${id}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
  }

  /** @throws SealedValueError if no configured key can decrypt it at this place */
  open(place: string, sealed: string): string {
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
      decipher.setAAD(additionalData(id, place));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
      return Buffer.concat([body, decipher.final()]).toString("utf8");
    } catch {
      throw new SealedValueError();
    }
  }
}

/** The key id that a sealed value names. Verifies nothing. */
export function sealingKeyIdOf(sealed: string): string {
  return sealed.split(".")[1] ?? "";
}

/** Additional authenticated data: binds a value to its key id and place. */
function additionalData(keyId: string, place: string): Buffer {
  return Buffer.from(JSON.stringify(["mcp-framework-oauth", 1, keyId, place]));
}
