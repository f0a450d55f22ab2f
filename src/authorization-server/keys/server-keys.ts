import { randomBytes } from "node:crypto";
import type { JWK } from "jose";
import type { Clock } from "../../core/clock.js";
import type { SealedStorage } from "../storage/sealed-storage.js";
import { KeyRing } from "./key-ring.js";
import { generateSigningKeys } from "./signing-keys.js";

const DAY = 86_400;

const SIGNING_KEYS = {
  kind: "SigningKeys",
  generate: (): Promise<readonly JWK[]> => generateSigningKeys(),
};
const COOKIE_KEY = {
  kind: "CookieKey",
  generate: () => Promise.resolve(randomBytes(32).toString("base64url")),
};

export interface ServerKeysParts {
  readonly records: Pick<SealedStorage, "list" | "commit">;
  readonly clock: Clock;
  /** The option `keys`: the storage then has no signing keys. */
  readonly ownSigningKeys: readonly JWK[] | undefined;
  /** 0: only by call. */
  readonly rotationDays: number;
  /** Lifetime of the longest token that the signing keys sign. */
  readonly tokenSeconds: number;
  /** Lifetime of the longest cookie. */
  readonly cookieSeconds: number;
}

/** The keys that oidc-provider uses now; in both lists, the first one signs. */
export interface KeySet {
  readonly signing: readonly JWK[];
  readonly cookies: readonly string[];
}

/** Result of a rotation. Times are seconds since the epoch. */
export interface KeyRotation {
  /** When the new signing keys start to sign; absent if the option `keys` is set. */
  readonly signingKeysFrom?: number;
  /** When the new cookie key starts to sign; absent before the first start of a server. */
  readonly cookieKeyFrom?: number;
}

/** The signing keys and cookie keys of an authorization server, and their rotation. */
export class ServerKeys {
  readonly #parts: ServerKeysParts;
  readonly #signing: KeyRing<readonly JWK[]> | undefined;
  readonly #cookies: KeyRing<string>;
  readonly #listeners = new Set<(keys: KeySet) => void>();
  #current: KeySet;

  private constructor(
    parts: ServerKeysParts,
    signing: KeyRing<readonly JWK[]> | undefined,
    cookies: KeyRing<string>,
  ) {
    this.#parts = parts;
    this.#signing = signing;
    this.#cookies = cookies;
    this.#current = this.#read();
  }

  static async open(parts: ServerKeysParts): Promise<ServerKeys> {
    const { records, clock, ownSigningKeys, rotationDays, tokenSeconds, cookieSeconds } = parts;
    const rotationSeconds = rotationDays === 0 ? undefined : rotationDays * DAY;
    const shared = { records, clock, rotationSeconds };
    const signing =
      ownSigningKeys === undefined
        ? await KeyRing.open({ ...shared, ...SIGNING_KEYS, usedForSeconds: tokenSeconds })
        : undefined;
    const cookies = await KeyRing.open({
      ...shared,
      ...COOKIE_KEY,
      usedForSeconds: cookieSeconds,
    });
    return new ServerKeys(parts, signing, cookies);
  }

  get current(): KeySet {
    return this.#current;
  }

  /** Calls `listener` whenever {@link ServerKeys.current} has changed. */
  onChange(listener: (keys: KeySet) => void): void {
    this.#listeners.add(listener);
  }

  /** Reads what other processes have changed, and rotates if it is due. */
  async refresh(): Promise<void> {
    await this.#signing?.refresh();
    await this.#cookies.refresh();
    this.#tell();
  }

  /** Publishes new keys, which sign an hour later. */
  async rotate(): Promise<KeyRotation> {
    const signingKeysFrom = await this.#signing?.rotate();
    const cookieKeyFrom = await this.#cookies.rotate();
    this.#tell();
    return { ...(signingKeysFrom !== undefined && { signingKeysFrom }), cookieKeyFrom };
  }

  #read(): KeySet {
    const signing = this.#parts.ownSigningKeys ?? this.#signing?.keys().flat() ?? [];
    return { signing, cookies: this.#cookies.keys() };
  }

  #tell(): void {
    const before = JSON.stringify(this.#current);
    const now = this.#read();
    if (JSON.stringify(now) === before) return;
    this.#current = now;
    for (const listener of this.#listeners) listener(now);
  }
}

/** {@link ServerKeys.rotate} beside a running server, which reads the new keys within a minute. */
export async function rotateStoredKeys(
  records: ServerKeysParts["records"],
  clock: Clock,
): Promise<KeyRotation> {
  const signingKeysFrom = await KeyRing.rotateStored({ records, clock, ...SIGNING_KEYS });
  const cookieKeyFrom = await KeyRing.rotateStored({ records, clock, ...COOKIE_KEY });
  return {
    ...(signingKeysFrom !== undefined && { signingKeysFrom }),
    ...(cookieKeyFrom !== undefined && { cookieKeyFrom }),
  };
}
