import type { AccessToken } from "../../core/access-token.js";
import type { Clock } from "../../core/clock.js";
import { InvalidTokenError, UnavailableError } from "../../core/errors.js";
import type { Store } from "../../stores/store.js";
import {
  toAccessToken,
  validateClaims,
  type ClaimPaths,
  type ClaimRequirements,
  type Claims,
} from "../claims.js";
import { withDeadline } from "../../net/deadline.js";
import {
  DecisionCache,
  type SourceAnswer,
  type DecisionCacheOptions,
} from "../remembered/decision-cache.js";
import { assertAccessToken, assertSubject, parseAnswer } from "./introspection-answer.js";
import type { IntrospectionClient } from "./introspection-client.js";
import { sha256 } from "../../core/hashes.js";
import { assertTokenText } from "../token-text.js";
import type { TokenValidator } from "../token-validator.js";

export interface IntrospectionValidatorOptions {
  readonly client: Pick<IntrospectionClient, "introspect" | "clientId">;
  readonly requirements: Omit<ClaimRequirements, "optional">;
  /**
   * Members this server may leave out of its answers. Each name switches one
   * check off for answers that lack the member; a member that is there is
   * checked all the same. Without `"aud"` here, an answer without an audience
   * is refused. @default []
   */
  readonly allowMissing: readonly ("iss" | "aud" | "exp")[];
  readonly mapping: ClaimPaths;
  /** Something else says whom the token speaks for, and checks it. @default false */
  readonly identifiedElsewhere?: boolean;
  readonly cache: DecisionCacheOptions;
  /**
   * Lets several processes ask once. Values hold claims: hand in a store that
   * seals them. When it is away, the endpoint is asked instead.
   */
  readonly store?: Store;
  readonly clock: Clock;
}

/** A store that hangs must not hold up what the endpoint could answer. In seconds. */
const STORE_TIMEOUT_SECONDS = 0.5;

/**
 * Accepts the tokens an introspection endpoint calls active and whose claims
 * meet the requirements (RFC 7662 §4: the resource server still checks).
 *
 * Does not check possession: `cnf` leaves in `confirmation`, for the caller to
 * enforce.
 */
export class IntrospectionValidator implements TokenValidator {
  readonly cache: DecisionCache;
  readonly #requirements: ClaimRequirements;

  constructor(private readonly options: IntrospectionValidatorOptions) {
    this.cache = new DecisionCache(options.cache, options.clock);
    this.#requirements = {
      ...options.requirements,
      optional: new Set(options.allowMissing),
    };
  }

  /** @throws InvalidTokenError, UnavailableError, RateLimitedError */
  async validate(token: string, block?: string): Promise<AccessToken> {
    assertTokenText(token);
    return this.cache.resolve(token, () => this.#decide(token, block), block);
  }

  async #decide(token: string, block: string | undefined): Promise<SourceAnswer> {
    const key = this.#storeKey(token);
    const known = await this.#recall(key);
    if (known !== undefined) {
      return { token: this.#accept(known.claims), askedAt: known.askedAt, size: known.size };
    }
    const askedAt = this.options.clock();
    const answer = await this.options.client.introspect(token, block);
    if (answer === undefined) throw new InvalidTokenError("introspection_inactive");
    const accepted = this.#accept(answer.claims);
    this.#remember(key, answer.claims, askedAt, accepted);
    return { token: accepted, askedAt, size: answer.size };
  }

  #accept(claims: Claims): AccessToken {
    assertAccessToken(claims);
    validateClaims(claims, this.#requirements, this.options.clock(), this.options.mapping);
    const accepted = toAccessToken(claims, this.options.mapping, this.#requirements);
    if (!this.options.identifiedElsewhere) assertSubject(accepted.subject, claims);
    // An answer may lack `iss`; the principal still belongs to this issuer and no other.
    return { ...accepted, issuer: this.#requirements.issuer };
  }

  /** Who asked is part of the key: an answer may differ by client (RFC 7662 §2.2). */
  #storeKey(token: string): string {
    const { issuer } = this.#requirements;
    return `introspection:${sha256(JSON.stringify([issuer, this.options.client.clientId ?? "", token]))}`;
  }

  /** What another process was answered. Claims, not a decision: its requirements may differ from ours. */
  async #recall(
    key: string,
  ): Promise<{ claims: Claims; askedAt: number; size: number } | undefined> {
    const { store, clock } = this.options;
    if (store === undefined || this.cache.ttlSeconds <= 0) return undefined;
    try {
      const text = await withDeadline(
        () => store.get(key),
        STORE_TIMEOUT_SECONDS,
        () => new UnavailableError("store_timeout"),
      );
      if (text === undefined) return undefined;
      const { askedAt, answer } = JSON.parse(text) as { askedAt?: unknown; answer?: unknown };
      const claims = parseAnswer(answer);
      if (typeof askedAt !== "number" || claims === undefined) return undefined;
      const age = clock() - askedAt;
      const isFresh =
        age < this.cache.ttlSeconds && age >= -this.#requirements.clockToleranceSeconds;
      return isFresh ? { claims, askedAt, size: text.length } : undefined;
    } catch {
      return undefined;
    }
  }

  #remember(key: string, claims: Claims, askedAt: number, { expiresAt }: AccessToken): void {
    const { store, clock } = this.options;
    const until = Math.min(askedAt + this.cache.ttlSeconds, expiresAt ?? Infinity);
    const ttlSeconds = Math.ceil(until - clock());
    if (store === undefined || ttlSeconds <= 0) return;
    try {
      const value = JSON.stringify({ askedAt, answer: claims });
      // Not awaited: the answer does not depend on it.
      store.set(key, value, ttlSeconds).catch(() => undefined);
    } catch {
      // Nested too deeply to be written; other processes ask for themselves.
    }
  }
}
