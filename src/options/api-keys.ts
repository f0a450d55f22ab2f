import type { ApiKey } from "../validators/api-key-validator.js";
import type { AuthProviderLike } from "../validators/auth-provider-validator.js";
import type { TokenCallback } from "../validators/callback-validator.js";

/** API keys beside OAuth, or before it. */
export interface ApiKeyOptions {
  /** Keys by their SHA-256, with the client and the scopes they stand for. */
  keys?: readonly ApiKey[];
  /** Keys kept in the application's database: says what a key stands for. */
  validate?: TokenCallback;
  /** A provider of mcp-framework that decides: `APIKeyAuthProvider` or `JWTAuthProvider`. */
  provider?: AuthProviderLike;
  /** Client that a yes of `provider` stands for. @default "api-key" */
  clientId?: string;
  /** Scopes that a yes of `provider` grants. @default [] */
  scopes?: readonly string[];
  /** Header that carries the key. @default "X-API-Key", or the header of `provider` */
  headerName?: string;
  /**
   * What stands before the key in that header.
   * @default "Bearer " when `headerName` is "Authorization", otherwise nothing
   */
  prefix?: string;
  /** How long a good answer of `validate` counts, in seconds. @default 0: ask every time */
  cacheSeconds?: number;
  /** How long "no such key" of `validate` counts, in seconds. @default 0: ask every time */
  negativeCacheSeconds?: number;
  /** Time that `validate` or `provider` has, in seconds. @default 5 */
  timeoutSeconds?: number;
  /**
   * Since when, or from when, keys are deprecated: sent as `Deprecation` with
   * every answer to a request with a key (RFC 9745). A date, ISO 8601 text or
   * seconds since the epoch.
   */
  deprecation?: Date | string | number;
  /** When keys stop working: sent as `Sunset` (RFC 8594). Announces it; does not enforce it. */
  sunset?: Date | string | number;
  /** A page about the migration: sent as `Link` with `rel="deprecation"`. */
  link?: string;
}

export interface ApiKeyGroup {
  /** API keys that are accepted beside access tokens; see `authMode`. */
  apiKeys?: ApiKeyOptions;
  /**
   * Which credentials count. With "api_key" no access token is accepted and no
   * OAuth metadata is served: clients must not be sent to get one.
   * @default "both" with `apiKeys`, otherwise "oauth"
   */
  authMode?: "oauth" | "api_key" | "both";
}
