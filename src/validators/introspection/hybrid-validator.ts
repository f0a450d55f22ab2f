import { LRUCache } from "lru-cache";
import type { AccessToken, Confirmation } from "../../core/access-token.js";
import type { Clock } from "../../core/clock.js";
import { InvalidTokenError, UnavailableError } from "../../core/errors.js";
import { assertSubject } from "./introspection-answer.js";
import { NOT_INTROSPECTABLE } from "./introspection-client.js";
import { sha256 } from "../../core/hashes.js";
import type { TokenValidator } from "../token-validator.js";

export interface HybridValidatorOptions {
  /** Verifies the JWT itself. */
  readonly local: TokenValidator;
  /** Says whether the token still counts; its cache bounds how late a revocation is noticed. */
  readonly introspection: TokenValidator;
  /**
   * While introspection is away, go on accepting a token for this long after it
   * was last found active, in seconds, counted on top of the introspection
   * cache. A revoked token may work for that much longer. 0 refuses with 503.
   */
  readonly continueSeconds: number;
  /** Tokens whose last confirmation is remembered. @default 10000 */
  readonly maxEntries?: number;
  readonly clock: Clock;
}

interface Confirmed {
  readonly at: number;
  readonly confirmation: Confirmation | undefined;
}

/**
 * Validates a JWT locally and asks introspection whether it was revoked.
 *
 * Local first: what fails there is never sent to another server. The result is
 * what the signed token says, bound as tightly as either of the two says.
 */
export class HybridValidator implements TokenValidator {
  /** Tokens that introspection confirmed, by hash. Bridges an outage of introspection. */
  readonly #confirmed: LRUCache<string, Confirmed>;

  constructor(private readonly options: HybridValidatorOptions) {
    this.#confirmed = new LRUCache({ max: options.maxEntries ?? 10_000 });
  }

  /** @throws InvalidTokenError, UnavailableError */
  async validate(token: string, block?: string): Promise<AccessToken> {
    const local = await this.options.local.validate(token, block);
    const key = sha256(token);
    try {
      const remote = await this.options.introspection.validate(token, block);
      assertSubject(local.subject, remote.claims);
      const confirmation = tightest(local.confirmation, remote.confirmation);
      this.#confirmed.set(key, { at: this.options.clock(), confirmation });
      return bind(local, confirmation);
    } catch (error) {
      if (error instanceof InvalidTokenError) {
        // Known to be revoked: an outage later must not bring it back.
        this.#confirmed.delete(key);
        // The server cannot check tokens of this form at all. That is not a verdict on this one.
        if (error.reason === NOT_INTROSPECTABLE) {
          throw new UnavailableError("introspection_cannot_check_jwt");
        }
      }
      if (error instanceof UnavailableError) {
        const confirmed = this.#recentlyConfirmed(key);
        if (confirmed !== undefined) return bind(local, confirmed.confirmation);
      }
      throw error;
    }
  }

  #recentlyConfirmed(key: string): Confirmed | undefined {
    const confirmed = this.#confirmed.get(key);
    if (confirmed === undefined) return undefined;
    const age = this.options.clock() - confirmed.at;
    return age >= 0 && age < this.options.continueSeconds ? confirmed : undefined;
  }
}

function bind(token: AccessToken, confirmation: Confirmation | undefined): AccessToken {
  return confirmation === undefined ? token : { ...token, confirmation };
}

/** Every binding that either side names. @throws InvalidTokenError when they disagree */
function tightest(
  local: Confirmation | undefined,
  remote: Confirmation | undefined,
): Confirmation | undefined {
  if (remote === undefined) return local;
  for (const member of ["jkt", "x5tS256"] as const) {
    const both = [local?.[member], remote[member]].filter((value) => value !== undefined);
    if (both.length === 2 && both[0] !== both[1]) {
      throw new InvalidTokenError("confirmation_mismatch");
    }
  }
  return { ...remote, ...local };
}
