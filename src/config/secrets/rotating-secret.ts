import { systemClock, type Clock } from "../../clock.js";
import { UnavailableError } from "../../errors.js";
import { Refreshing } from "../../net/refreshing.js";

export interface RotatingSecretOptions {
  /** Where the secret is; rejects when it cannot be had. */
  readonly read: () => Promise<string>;
  /** How long it is used before it is read anew, in seconds. @default 300 */
  readonly ttlSeconds?: number;
  /**
   * How long the previous secret stays valid once a new one was seen, in
   * seconds. A secret that leaked stays good for as long. @default 600
   */
  readonly overlapSeconds?: number;
  /** How long the last good one is used beyond `ttlSeconds` while it cannot be read, in seconds. @default 3600 */
  readonly maxStaleSeconds?: number;
  readonly clock?: Clock;
  /** Jitter, like `Math.random`. */
  readonly random?: () => number;
}

interface Former {
  readonly value: string;
  readonly until: number;
}

const COOLDOWN_SECONDS = 1;
/** More rotations than this within one overlap are no rotations. */
const MAX_FORMER = 2;

/**
 * A secret that may change while the server runs: read on first use, once for
 * any number of callers, and again every `ttlSeconds`. While it cannot be read,
 * the last good one stands in for `maxStaleSeconds`; then it cannot be told.
 *
 * The value is held by closures only: nothing here can be serialised or logged.
 */
export class RotatingSecret {
  readonly #refreshing: Refreshing<string>;
  readonly #clock: Clock;
  readonly #overlapSeconds: number;
  #current: string | undefined;
  #former: readonly Former[] = [];

  constructor(options: RotatingSecretOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#overlapSeconds = options.overlapSeconds ?? 600;
    this.#refreshing = new Refreshing({
      load: () => this.#load(options.read),
      unavailableReason: "secret_unavailable",
      ttlSeconds: options.ttlSeconds ?? 300,
      maxStaleSeconds: options.maxStaleSeconds ?? 3600,
      cooldownSeconds: COOLDOWN_SECONDS,
      clock: this.#clock,
      random: options.random ?? Math.random,
    });
  }

  /** @throws UnavailableError */
  current(): Promise<string> {
    return this.#refreshing.get();
  }

  /**
   * The current secret, then those still valid beside it.
   *
   * @throws UnavailableError
   */
  async versions(): Promise<readonly string[]> {
    const current = await this.current();
    const now = this.#clock();
    const former = this.#former.filter(({ value, until }) => value !== current && now < until);
    return [current, ...former.map(({ value }) => value)];
  }

  async #load(read: () => Promise<string>): Promise<string> {
    const value = await readSafely(read);
    if (this.#current !== undefined && this.#current !== value) {
      const until = this.#clock() + this.#overlapSeconds;
      this.#former = [{ value: this.#current, until }, ...this.#former].slice(0, MAX_FORMER);
    }
    this.#current = value;
    return value;
  }
}

async function readSafely(read: () => Promise<string>): Promise<string> {
  let value: unknown;
  try {
    value = await read();
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    // No cause: what a secret's source throws may quote the secret.
    throw new UnavailableError("secret_unavailable");
  }
  if (typeof value !== "string" || value === "") throw new UnavailableError("secret_empty");
  return value;
}
