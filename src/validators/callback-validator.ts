import { z } from "zod";
import type { AccessToken, Confirmation } from "../core/access-token.js";
import type { Clock } from "../core/clock.js";
import { InvalidTokenError, OAuthError, UnavailableError } from "../core/errors.js";
import { hasAudience } from "./claims.js";
import { withDeadline } from "../net/deadline.js";
import {
  DecisionCache,
  type SourceAnswer,
  type DecisionCacheOptions,
} from "./remembered/decision-cache.js";
import { CUSTOM_ISSUER } from "./local-issuers.js";
import { safeCause } from "../core/safe-cause.js";
import { assertTokenText } from "./token-text.js";
import type { TokenValidator } from "./token-validator.js";
import { UpstreamGate, type UpstreamLimits } from "../limits/upstream-gate.js";

/**
 * The content of a token. Return something falsy for an unknown token.
 *
 * @example
 * ```ts
 * import type { CallbackResult } from "mcp-framework-oauth";
 *
 * const result: CallbackResult = { active: true, subject: "user-1", scopes: ["mcp:tools"] };
 * ```
 */
export interface CallbackResult {
  /** Whether the token is valid now. */
  readonly active: boolean;
  /** User that the token acts for. @default none */
  readonly subject?: string | undefined;
  /** Client that the token was issued to. @default none */
  readonly clientId?: string | undefined;
  /** Scopes that the token grants. @default none */
  readonly scopes?: readonly string[] | undefined;
  /** Seconds since the epoch; milliseconds are recognised and refused. */
  readonly expiresAt?: number | undefined;
  /** Resources that the token is for; compared with the `audience` option. @default not compared */
  readonly audience?: string | readonly string[] | undefined;
  /** Issuer of the token. @default a name of this package's own, so that no subject coincides with an issuer's */
  readonly issuer?: string | undefined;
  /** Key that the token is bound to (RFC 7800); its proof is then required. @default none */
  readonly confirmation?: Confirmation | undefined;
  /** Further claims, for `authorize` and tools. @default {} */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Looks a token up. `signal` aborts when the answer is no longer waited for. */
export type TokenCallback = (
  token: string,
  signal: AbortSignal,
) => MaybePromise<CallbackResult | undefined | null | false>;

type MaybePromise<T> = T | Promise<T>;

export interface CallbackValidatorOptions {
  readonly validate: TokenCallback;
  /** Values of which a returned `audience` must contain one. A result without one is not checked. */
  readonly audience?: readonly string[];
  /** Time the callback has, in seconds. */
  readonly timeoutSeconds: number;
  readonly cache: DecisionCacheOptions;
  readonly limits?: Omit<UpstreamLimits, "failuresToPause">;
  readonly clock: Clock;
}

const text = z.string().min(1);
/** RFC 6749 §3.3: "a b" is two scopes, and must not become one that no policy names. */
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/);

/** Strict: a misspelt `expires_at` must not become a token without an end. */
const resultSchema = z
  .object({
    active: z.boolean(),
    subject: text.optional(),
    clientId: text.optional(),
    scopes: z.array(scope).optional(),
    // 1e11 seconds is the year 5138; larger numbers are milliseconds.
    expiresAt: z.number().finite().nonnegative().max(1e11).optional(),
    audience: z.union([text, z.array(text)]).optional(),
    issuer: text.optional(),
    confirmation: z
      .object({ jkt: text.optional(), x5tS256: text.optional() })
      .strict()
      .refine(({ jkt, x5tS256 }) => jkt !== undefined || x5tS256 !== undefined)
      .optional(),
    claims: z.record(z.unknown()).optional(),
  })
  .strict();

/**
 * Asks a function of the application, for tokens kept in its own database.
 *
 * Checks the result's form, `active`, `expiresAt` and a returned audience;
 * everything else is the function's to decide. A function that throws, hangs or
 * returns something else is an outage: 503, never 401. An OAuthError it throws
 * on purpose passes through.
 */
export class CallbackValidator implements TokenValidator {
  readonly cache: DecisionCache;
  readonly #gate: UpstreamGate;

  constructor(private readonly options: CallbackValidatorOptions) {
    this.cache = new DecisionCache(options.cache, options.clock);
    // Never pauses: a token that makes the function throw must not lock out the others.
    const limits = { ...options.limits, failuresToPause: Infinity };
    this.#gate = new UpstreamGate("callback", options.clock, limits);
  }

  /** @throws InvalidTokenError, UnavailableError, RateLimitedError */
  async validate(token: string, block?: string): Promise<AccessToken> {
    assertTokenText(token);
    return this.cache.resolve(token, () => this.#decide(token, block), block);
  }

  async #decide(token: string, block: string | undefined): Promise<SourceAnswer> {
    const askedAt = this.options.clock();
    const answer = await this.#gate.run(() => this.#call(token), block);
    if (answer === undefined || answer === null || answer === false) {
      throw new InvalidTokenError("callback_unknown");
    }
    const result = parseResult(answer);
    if (!result.active) throw new InvalidTokenError("callback_inactive");
    if (result.expiresAt !== undefined && result.expiresAt <= this.options.clock()) {
      throw new InvalidTokenError("expired");
    }
    const audience =
      typeof result.audience === "string" ? [result.audience] : (result.audience ?? []);
    const expected = this.options.audience;
    if (
      result.audience !== undefined &&
      expected !== undefined &&
      !expected.some((value) => hasAudience(audience, value))
    ) {
      throw new InvalidTokenError("audience_mismatch");
    }
    return { token: toAccessToken(result, audience), askedAt };
  }

  async #call(token: string): Promise<unknown> {
    try {
      return await withDeadline<unknown>(
        async (signal) => this.options.validate(token, signal),
        this.options.timeoutSeconds,
        () => new UnavailableError("callback_timeout"),
      );
    } catch (error) {
      if (error instanceof OAuthError) throw error;
      throw new UnavailableError("callback_failed", { cause: safeCause(error, [token]) });
    }
  }
}

function parseResult(answer: unknown): CallbackResult {
  let problem: string;
  try {
    const parsed = resultSchema.safeParse(answer);
    // A copy: what is remembered gets frozen, and the application's own objects must not be.
    if (parsed.success) return structuredClone(parsed.data) as CallbackResult;
    // Paths and codes only: messages may quote what was received.
    problem = parsed.error.issues
      .map((issue) => {
        const keys = issue.code === "unrecognized_keys" ? ` ${issue.keys.join(", ")}` : "";
        return `${issue.path.join(".") || "result"}: ${issue.code}${keys}`;
      })
      .join("; ");
  } catch {
    problem = "result: could not be read, or claims hold more than plain data";
  }
  throw new UnavailableError("callback_malformed", { cause: new Error(problem.slice(0, 300)) });
}

function toAccessToken(result: CallbackResult, audience: readonly string[]): AccessToken {
  const { subject, clientId, issuer = CUSTOM_ISSUER, expiresAt, confirmation } = result;
  return {
    issuer,
    ...(subject !== undefined && { subject }),
    ...(clientId !== undefined && { clientId }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(confirmation !== undefined && { confirmation }),
    audience,
    scopes: [...new Set(result.scopes ?? [])],
    claims: result.claims ?? {},
  };
}
