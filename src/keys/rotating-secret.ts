import type { KeyObject } from "node:crypto";
import type { Clock } from "../core/clock.js";
import { ConfigurationError, InvalidTokenError, UnavailableError } from "../core/errors.js";
import { causeWithoutMessage } from "../core/safe-cause.js";
import { Refreshing } from "../net/refreshing.js";
import type { JwsHeader, KeySource } from "./key-source.js";
import { secretKeyFor } from "./static-keys.js";

/**
 * Returns the current secret, or a list with the current one first, followed by
 * earlier ones that are still valid. With a list, exactly its secrets are valid;
 * with a single secret, the previous one overlaps.
 */
export type SecretSource = () => Promise<string | readonly string[]>;

export interface RotatingSecretKeysOptions {
  readonly source: SecretSource;
  /** HMAC algorithms, all of which every secret must be long enough for. */
  readonly algorithms: readonly string[];
  readonly clock: Clock;
  /**
   * How long the previous secret stays valid, in seconds, if the source
   * returns single ones.
   */
  readonly overlapSeconds: number;
  /** How long a secret is cached, in seconds. */
  readonly ttlSeconds: number;
  /** How long beyond that the last secrets are used while the source fails, in seconds. @default 86400 */
  readonly maxStaleSeconds?: number;
  /** Jitter, like `Math.random`. */
  readonly random?: () => number;
}

interface Held {
  readonly key: KeyObject;
  /** When the source stopped returning it; `undefined` while it does. */
  readonly until: number | undefined;
}

/** Verifications that one token may cost. */
const MAX_SECRETS = 4;
const COOLDOWN_SECONDS = 5;

/**
 * An HMAC secret that changes while the server runs. Tokens signed with the
 * previous secret stay valid for an overlap, so that issuer and server need not
 * change at the same moment; tokens signed with a new one are accepted as soon
 * as the source has it, because an unknown signature calls the source again, at
 * most every five seconds.
 *
 * A source that fails is an outage while nothing is known, and otherwise leaves
 * the known secrets in use. Does not check whether a secret is hard to guess.
 */
export class RotatingSecretKeys implements KeySource {
  readonly #options: RotatingSecretKeysOptions;
  readonly #refreshing: Refreshing<readonly KeyObject[]>;
  #held: readonly Held[] = [];
  /** The last result was a list, so exactly its secrets are valid. */
  #listed = false;
  #generation = 0;
  /** How many loads had started when the token came for which these keys were given out. */
  readonly #marks = new WeakMap<readonly KeyObject[], number>();

  constructor(options: RotatingSecretKeysOptions) {
    this.#options = options;
    this.#refreshing = new Refreshing({
      load: async () => this.#adopt(await this.#ask()),
      unavailableReason: "secret_unavailable",
      ttlSeconds: options.ttlSeconds,
      maxStaleSeconds: options.maxStaleSeconds ?? 86_400,
      cooldownSeconds: COOLDOWN_SECONDS,
      clock: options.clock,
      random: options.random ?? Math.random,
    });
  }

  /** The first of {@link getKeys}. */
  async getKey(header: JwsHeader): Promise<KeyObject> {
    const [key] = await this.getKeys(header);
    if (key === undefined) throw new InvalidTokenError("key_not_found");
    return key;
  }

  async getKeys(
    { alg }: JwsHeader,
    tried: readonly KeyObject[] = [],
    block?: string,
  ): Promise<readonly KeyObject[]> {
    if (!this.#options.algorithms.includes(alg)) throw new InvalidTokenError("key_not_found");
    // A load that the first question caused has told already what is newer.
    const mark = this.#marks.get(tried) ?? this.#refreshing.loads;
    const untried = () => this.#current().filter((key) => !tried.includes(key));
    await this.#refreshing.get();
    let found = untried();
    // While the source is down, there may be a newer secret that is not known.
    if (found.length === 0) {
      await this.#refreshing.newerThan(mark, block);
      found = untried();
    }
    if (found.length === 0) throw new InvalidTokenError("key_not_found");
    this.#marks.set(found, mark);
    return found;
  }

  /** Changes when a secret is no longer valid; see {@link DecisionCacheOptions.generation}. */
  generation(): number {
    if (this.#refreshing.peek() === undefined) this.#replace([]);
    this.#current();
    return this.#generation;
  }

  /** Calls the source in the background when it is time. For callers that use cached decisions. */
  keepFresh(): void {
    this.#refreshing.refreshIfDue();
  }

  async #ask(): Promise<KeyObject[]> {
    const { source, algorithms } = this.#options;
    let answer: unknown;
    try {
      answer = await source();
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      throw new UnavailableError("secret_unavailable", { cause: causeWithoutMessage(error) });
    }
    this.#listed = Array.isArray(answer);
    const secrets: unknown[] = Array.isArray(answer) ? answer : [answer];
    if (secrets.length === 0) throw new UnavailableError("secret_unavailable");
    return secrets.slice(0, MAX_SECRETS).map((secret) => {
      if (typeof secret !== "string") throw new UnavailableError("secret_malformed");
      try {
        return secretKeyFor(secret, algorithms);
      } catch (error) {
        // The message contains only lengths; see checkSecret.
        const cause = error instanceof ConfigurationError ? error : undefined;
        const isAsymmetric = cause?.code === "ERR_OAUTH_SECRET_TYPE";
        const reason = isAsymmetric ? "secret_malformed" : "secret_too_short";
        throw new UnavailableError(reason, cause && { cause });
      }
    });
  }

  /** Keeps the same objects for unchanged secrets, because `tried` compares objects. */
  #adopt(fetched: readonly KeyObject[]): readonly KeyObject[] {
    const { clock, overlapSeconds: configured } = this.#options;
    const overlapSeconds = this.#listed ? 0 : configured;
    const returned = fetched.map((key): Held => ({
      key: this.#held.find((held) => held.key.equals(key))?.key ?? key,
      until: undefined,
    }));
    const superseded = this.#held
      .filter(({ key }) => !returned.some((held) => held.key.equals(key)))
      .map(({ key, until }): Held => ({ key, until: until ?? clock() + overlapSeconds }));
    this.#replace([...returned, ...superseded].slice(0, MAX_SECRETS));
    return this.#current();
  }

  /** The valid secrets, the current one first. */
  #current(): readonly KeyObject[] {
    const now = this.#options.clock();
    this.#replace(this.#held.filter(({ until }) => until === undefined || now < until));
    return this.#held.map(({ key }) => key);
  }

  #replace(held: readonly Held[]): void {
    const isGone = ({ key }: Held) => !held.some((kept) => kept.key.equals(key));
    if (this.#held.some(isGone)) this.#generation += 1;
    this.#held = held;
  }
}
