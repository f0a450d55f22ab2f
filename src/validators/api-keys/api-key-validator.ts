import type { AccessToken } from "../../core/access-token.js";
import { ConfigurationError, InvalidTokenError } from "../../core/errors.js";
import { CallbackValidator, type CallbackValidatorOptions } from "../callback-validator.js";
import { findByDigest } from "../hashed-credentials.js";
import type { SelectiveValidator } from "../issuer-router.js";
import { API_KEY_ISSUER } from "../local-issuers.js";
import { isCredential, toToken, type StaticToken } from "../static-validator.js";
import { assertTokenText } from "../token-text.js";
import type { TokenValidator } from "../token-validator.js";
import type { Clock } from "../../core/clock.js";

/**
 * One API key. The key itself is never configured, only its hash.
 *
 * @example
 * ```ts
 * authMode: "both",
 * apiKeys: { keys: [{ sha256: sha256("sk-…"), clientId: "ci", scopes: ["mcp:tools"] }] },
 * ```
 */
export interface ApiKey extends StaticToken {
  /**
   * SHA-256 of the key, hex or base64url. Unsalted: right for random keys of
   * 128 bits and more, not for words.
   */
  readonly sha256: string;
}

export interface ApiKeyValidatorOptions {
  readonly keys: readonly ApiKey[];
  readonly clock: Clock;
}

/** Goes into `claims`, so that tools and metrics can tell a key from a token. */
const MARKS = { auth_method: "api_key" } as const;

/**
 * API keys from the configuration, compared in constant time.
 *
 * Checks equality and `expiresAt`; a key has no audience. Reading the header is
 * not done here.
 */
export class ApiKeyValidator implements SelectiveValidator {
  readonly #entries: readonly { readonly digest: Buffer; readonly token: AccessToken }[];

  /** @throws ConfigurationError; no message holds a hash or a key */
  constructor(private readonly options: ApiKeyValidatorOptions) {
    if (options.keys.length === 0) {
      throw new ConfigurationError(
        "ERR_OAUTH_API_KEYS_EMPTY",
        "apiKeys.keys is empty, so every key would be refused; add one or remove apiKeys.",
      );
    }
    this.#entries = options.keys.map((key, index) => ({
      digest: parseDigest(key, index),
      token: toToken(key, API_KEY_ISSUER, MARKS),
    }));
    const digests = new Set(this.#entries.map(({ digest }) => digest.toString("hex")));
    if (digests.size !== this.#entries.length) {
      throw new ConfigurationError(
        "ERR_OAUTH_API_KEY_TWICE",
        "apiKeys.keys holds one hash twice; give each client a key of its own.",
      );
    }
  }

  recognizes(key: string): boolean {
    return findByDigest(this.#entries, key) !== undefined;
  }

  /** @throws InvalidTokenError */
  // eslint-disable-next-line @typescript-eslint/require-await -- a throw must become a rejection
  async validate(key: string): Promise<AccessToken> {
    assertTokenText(key);
    const entry = findByDigest(this.#entries, key);
    if (entry === undefined) throw new InvalidTokenError("api_key_unknown");
    const { expiresAt } = entry.token;
    if (expiresAt !== undefined && expiresAt <= this.options.clock()) {
      throw new InvalidTokenError("api_key_expired");
    }
    return entry.token;
  }
}

/**
 * API keys kept in the application's database: {@link CallbackValidator}, whose
 * tokens are marked as keys. An issuer that the function names does not count.
 */
export function createApiKeyCallback(
  options: Omit<CallbackValidatorOptions, "audience">,
): TokenValidator {
  const callback = new CallbackValidator(options);
  return {
    async validate(key, block) {
      const token = await callback.validate(key, block);
      return { ...token, issuer: API_KEY_ISSUER, claims: { ...token.claims, ...MARKS } };
    },
  };
}

function parseDigest(key: ApiKey, index: number): Buffer {
  const name = `apiKeys.keys[${index}]`;
  if (!isCredential(key)) {
    throw new ConfigurationError(
      "ERR_OAUTH_API_KEY_MEMBERS",
      `${name}: needs clientId (text) and scopes (a list of text); expiresAt is in seconds since the epoch.`,
    );
  }
  // Detects a key that was pasted instead of its hash.
  const { sha256 } = key as { sha256: unknown };
  if (typeof sha256 === "string") {
    if (/^[0-9a-f]{64}$/i.test(sha256)) return Buffer.from(sha256, "hex");
    if (/^[A-Za-z0-9_+/-]{43}=?$/.test(sha256)) return Buffer.from(sha256, "base64");
  }
  throw new ConfigurationError(
    "ERR_OAUTH_API_KEY_HASH",
    `${name}.sha256 must be the SHA-256 of the key, as 64 hex digits or base64url: printf %s "$KEY" | sha256sum`,
  );
}
