import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { ConfigurationError } from "../core/errors.js";

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
 * Encrypts values at rest: AES-256-GCM with a random nonce for each value. The
 * sealing key's id and the place of the value are authenticated along, so that
 * a writer of the store can neither forge a value nor move one elsewhere.
 *
 * The first key seals, all keys open. Keep one key below 2³² values
 * (NIST SP 800-38D §8.3).
 *
 * Does not hide the size of a value, and does not stop an older value from
 * being put back into its own place.
 */
export class Sealer {
  readonly #keys = new Map<string, KeyObject>();
  /** The key that seals. */
  readonly keyId: string;

  /** @throws ConfigurationError */
  constructor(keys: readonly SealingKey[]) {
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
    this.keyId = first.id;
  }

  /** Whether a key with this id can open values. */
  hasKey(id: string): boolean {
    return this.#keys.has(id);
  }

  /** @param place the value opens there only */
  seal(place: string, value: string): string {
    const id = this.keyId;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#keys.get(id)!, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(id, place));
    const body = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
    return `1.${id}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url")}`;
  }

  /** @throws SealedValueError where no configured key opens it at this place */
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

/** Id of the key that sealed a value, as the value says; nothing is verified. */
export function sealingKeyIdOf(sealed: string): string {
  return sealed.split(".")[1] ?? "";
}

/** What a value is tied to: move it elsewhere and it no longer opens. */
function additionalData(keyId: string, place: string): Buffer {
  return Buffer.from(JSON.stringify(["mcp-framework-oauth", 1, keyId, place]));
}
