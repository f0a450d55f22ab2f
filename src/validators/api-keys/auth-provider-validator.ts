import type { AccessToken } from "../../core/access-token.js";
import { InvalidTokenError, OAuthError, UnavailableError } from "../../core/errors.js";
import { freezeDeep } from "../../core/freeze.js";
import { toAccessToken, type ClaimPaths } from "../claims.js";
import type { Clock } from "../../core/clock.js";
import { withDeadline } from "../../net/deadline.js";
import { API_KEY_ISSUER } from "../local-issuers.js";
import { safeCause } from "../../core/safe-cause.js";
import { assertTokenText } from "../token-text.js";
import type { TokenValidator } from "../token-validator.js";
import { UpstreamGate } from "../../limits/upstream-gate.js";

/** The part of mcp-framework's `AuthProvider` that decides. */
export interface AuthProviderLike {
  authenticate(request: never): Promise<boolean | { data?: Record<string, unknown> }>;
}

export interface AuthProviderValidatorOptions {
  /** For example the framework's `APIKeyAuthProvider` or `JWTAuthProvider`. */
  readonly provider: AuthProviderLike;
  /** The header the provider reads, for example `X-API-Key`. */
  readonly headerName: string;
  /** Put in front of the credential in that header, for example `"Bearer "`. */
  readonly prefix: string;
  /** Client id of accepted keys, if the provider does not set one. */
  readonly clientId: string;
  /** Granted in addition to those in the provider's data. */
  readonly scopes: readonly string[];
  readonly mapping: ClaimPaths;
  /** Time the provider has, in seconds. */
  readonly timeoutSeconds: number;
  readonly clock: Clock;
}

/**
 * Lets an authentication provider of the framework decide about a credential,
 * as a fallback beside OAuth.
 *
 * The provider is handed a request that holds this one credential and nothing
 * else. The framework's own providers would otherwise also look into the
 * `Authorization` header and the query, where no token may come from
 * (OAuth 2.1 §5.1), and print every header when debugging.
 *
 * An expiry in the data is not checked again, nor is an audience.
 */
export class AuthProviderValidator implements TokenValidator {
  readonly #gate: UpstreamGate;

  constructor(private readonly options: AuthProviderValidatorOptions) {
    // Never pauses: a key that makes the provider throw must not lock out the others.
    this.#gate = new UpstreamGate("fallback", options.clock, { failuresToPause: Infinity });
  }

  /** @throws InvalidTokenError, UnavailableError */
  async validate(credential: string, block?: string): Promise<AccessToken> {
    assertTokenText(credential);
    const answer = await this.#gate.run(() => this.#ask(credential), block);
    if (answer === false || answer === undefined || answer === null) {
      throw new InvalidTokenError("fallback_refused");
    }
    if (answer !== true && typeof answer !== "object") {
      throw new UnavailableError("fallback_malformed");
    }
    const data = answer === true ? {} : ((answer as { data?: unknown }).data ?? {});
    if (typeof data !== "object" || Array.isArray(data)) {
      throw new UnavailableError("fallback_malformed");
    }
    // An `iss` in the data was not checked against anything: taking it over would let a
    // fallback credential pass for a principal of that issuer.
    const claims = { ...copyOf(data) };
    delete claims["iss"];
    const token = toAccessToken(claims, this.options.mapping);
    return freezeDeep({
      ...token,
      issuer: API_KEY_ISSUER,
      clientId: token.clientId ?? this.options.clientId,
      scopes: [...new Set([...this.options.scopes, ...token.scopes])],
      claims: { ...token.claims, auth_method: "fallback" },
    });
  }

  async #ask(credential: string): Promise<unknown> {
    const { provider, headerName, prefix } = this.options;
    const value = `${prefix}${credential}`;
    const request = {
      method: "POST",
      url: "/",
      headers: { [headerName.toLowerCase()]: value },
      rawHeaders: [headerName, value],
      socket: {},
    };
    try {
      return await withDeadline<unknown>(
        async () => provider.authenticate(request as never),
        this.options.timeoutSeconds,
        () => new UnavailableError("fallback_timeout"),
      );
    } catch (error) {
      if (error instanceof OAuthError) throw error;
      throw new UnavailableError("fallback_failed", { cause: safeCause(error, [credential]) });
    }
  }
}

/** A copy: the provider may hand out one object for many requests, and tools must not alter it. */
function copyOf(data: object): Record<string, unknown> {
  try {
    return structuredClone(data) as Record<string, unknown>;
  } catch {
    // More than plain data.
    throw new UnavailableError("fallback_malformed");
  }
}
