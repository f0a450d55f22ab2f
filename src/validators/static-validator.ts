import { sha256Bytes } from "../core/hashes.js";
import type { AccessToken } from "../core/access-token.js";
import type { Clock } from "../core/clock.js";
import { ConfigurationError, InvalidTokenError } from "../core/errors.js";
import { freezeDeep } from "../core/freeze.js";
import { isProduction } from "../core/production.js";
import { findByDigest } from "./hashed-credentials.js";
import type { SelectiveValidator } from "./issuer-router.js";
import { STATIC_ISSUER } from "./local-issuers.js";
import { assertTokenText } from "./token-text.js";

/**
 * The content of a static token.
 *
 * @example
 * ```ts
 * validation: { type: "static", tokens: { "ci-token": { clientId: "ci", scopes: ["mcp:tools"] } } },
 * ```
 */
export interface StaticToken {
  /** Client that the token was issued to. */
  readonly clientId: string;
  /** Scopes that the token grants. */
  readonly scopes: readonly string[];
  /** User that the token acts for. @default none */
  readonly subject?: string;
  /** Seconds since the epoch. @default never */
  readonly expiresAt?: number;
  /** Further claims, for `authorize` and tools. @default {} */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface StaticValidatorOptions {
  readonly tokens: Readonly<Record<string, StaticToken>>;
  /**
   * Take static tokens with NODE_ENV=production too. They do not expire
   * unless you set a time, are not sender-constrained, and are part of the configuration.
   * @default false
   */
  readonly dangerouslyAllowInProduction?: boolean;
  readonly clock: Clock;
}

const MIN_LENGTH = 8;
/** What can travel after `Bearer ` (RFC 6750 §2.1). */
const TOKEN68 = /^[A-Za-z0-9\-._~+/]+=*$/;

interface Entry {
  readonly digest: Buffer;
  readonly token: AccessToken;
}

/**
 * Fixed tokens for development. Checks equality, in constant time, and
 * `expiresAt`; there is no audience to check.
 */
export class StaticValidator implements SelectiveValidator {
  readonly #entries: readonly Entry[];

  /** @throws ConfigurationError; no message holds a token */
  constructor(private readonly options: StaticValidatorOptions) {
    if (isProduction() && options.dangerouslyAllowInProduction !== true) {
      throw new ConfigurationError(
        "ERR_OAUTH_STATIC_TOKENS_IN_PRODUCTION",
        'validation.type "static" is for development and NODE_ENV is production; use an authorization server, or set dangerouslyAllowInProduction: true if you know why.',
      );
    }
    const tokens = Object.entries(options.tokens);
    if (tokens.length === 0) {
      throw new ConfigurationError(
        "ERR_OAUTH_STATIC_TOKENS_EMPTY",
        "validation.tokens is empty, so every request would be refused; add at least one token.",
      );
    }
    this.#entries = tokens.map(([text, token], index) => createEntry(text, token, index));
  }

  recognizes(token: string): boolean {
    return findByDigest(this.#entries, token) !== undefined;
  }

  /** @throws InvalidTokenError */
  // eslint-disable-next-line @typescript-eslint/require-await -- a throw must become a rejection
  async validate(token: string): Promise<AccessToken> {
    assertTokenText(token);
    const entry = findByDigest(this.#entries, token);
    if (entry === undefined) throw new InvalidTokenError("static_token_unknown");
    const { expiresAt } = entry.token;
    if (expiresAt !== undefined && expiresAt <= this.options.clock()) {
      throw new InvalidTokenError("expired");
    }
    return entry.token;
  }
}

function createEntry(text: string, token: StaticToken, index: number): Entry {
  const name = `validation.tokens, entry ${index + 1}`;
  if (text.length < MIN_LENGTH || !TOKEN68.test(text)) {
    throw new ConfigurationError(
      "ERR_OAUTH_STATIC_TOKEN_FORM",
      `${name}: a token has at least ${MIN_LENGTH} characters of A-Z a-z 0-9 - . _ ~ + / and = at the end.`,
    );
  }
  if (!isCredential(token)) {
    throw new ConfigurationError(
      "ERR_OAUTH_STATIC_TOKEN_MEMBERS",
      `${name}: needs clientId (text) and scopes (a list of text); expiresAt is in seconds since the epoch.`,
    );
  }
  return { digest: sha256Bytes(text), token: toToken(token, STATIC_ISSUER) };
}

/** Whether clientId, scopes, subject and expiresAt have their types; configuration may come from JSON. */
export function isCredential(value: StaticToken): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { clientId, scopes, subject, expiresAt } = value as Partial<StaticToken>;
  return (
    typeof clientId === "string" &&
    clientId !== "" &&
    Array.isArray(scopes) &&
    scopes.every((scope) => typeof scope === "string" && scope !== "" && !scope.includes(" ")) &&
    (subject === undefined || (typeof subject === "string" && subject !== "")) &&
    // 1e11 seconds is the year 5138; larger numbers are milliseconds.
    (expiresAt === undefined || (Number.isFinite(expiresAt) && expiresAt <= 1e11))
  );
}

/** The token of an entry, frozen: every request gets the same object. */
export function toToken(
  entry: StaticToken,
  issuer: string,
  marks: Readonly<Record<string, string>> = {},
): AccessToken {
  const { clientId, scopes, subject, expiresAt, claims } = entry;
  return freezeDeep({
    issuer,
    clientId,
    ...(subject !== undefined && { subject }),
    ...(expiresAt !== undefined && { expiresAt }),
    audience: [],
    scopes: [...new Set(scopes)],
    claims: { ...claims, ...marks },
  });
}
