import { systemClock, type Clock } from "../core/clock.js";
import { UnavailableError } from "../core/errors.js";
import { causeWithoutMessage } from "../core/safe-cause.js";
import { Refreshing } from "../net/refreshing.js";

export interface CachedSecretOptions {
  /** Where the secret is; rejects when it cannot be had. */
  readonly read: () => Promise<string>;
  /** How long it is used before it is read anew, in seconds. @default 300 */
  readonly ttlSeconds?: number;
  /** How long the last good one is used beyond `ttlSeconds` while it cannot be read, in seconds. @default 3600 */
  readonly maxStaleSeconds?: number;
  readonly clock?: Clock;
  /** Jitter, like `Math.random`. */
  readonly random?: () => number;
}

const COOLDOWN_SECONDS = 1;
/**
 * A secret of this server's own that may change while it runs: read on first use, once for
 * any number of callers, and again every `ttlSeconds`. While it cannot be read,
 * the last secret is used for `maxStaleSeconds`; afterwards it throws.
 *
 * The value is held by closures only: nothing here can be serialised or logged.
 */
export class CachedSecret {
  readonly #refreshing: Refreshing<string>;
  constructor(options: CachedSecretOptions) {
    this.#refreshing = new Refreshing({
      load: () => readSafely(options.read),
      unavailableReason: "secret_unavailable",
      ttlSeconds: options.ttlSeconds ?? 300,
      maxStaleSeconds: options.maxStaleSeconds ?? 3600,
      cooldownSeconds: COOLDOWN_SECONDS,
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
    });
  }

  /** @throws UnavailableError */
  current(): Promise<string> {
    return this.#refreshing.get();
  }
}

async function readSafely(read: () => Promise<string>): Promise<string> {
  let value: unknown;
  try {
    value = await read();
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    throw new UnavailableError("secret_unavailable", { cause: causeWithoutMessage(error) });
  }
  if (typeof value !== "string" || value === "") throw new UnavailableError("secret_empty");
  return value;
}
