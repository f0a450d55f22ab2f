/** RFC 7800 confirmation members that this package can check. */
export interface Confirmation {
  /** SHA-256 thumbprint of the DPoP key (RFC 9449 §6.1), base64url. */
  readonly jkt?: string;
  /** SHA-256 of the client certificate (RFC 8705 §3.1), base64url. */
  readonly x5tS256?: string;
}

/**
 * The content of a validated credential. Every validator returns this type,
 * for every form of token.
 *
 * It is data about a token, never the token itself: `token` is set only when
 * the server's author chose `exposeToken: true`.
 */
export interface AccessToken {
  /** `sub`: the user or application that the token acts for. Absent if the issuer omits it. */
  readonly subject?: string;
  /** `client_id` or `azp`: the application that holds the token. */
  readonly clientId?: string;
  /** `iss`, exactly as configured for the validator that accepted the token. */
  readonly issuer?: string;
  /** `aud` as a list; empty if the issuer omits it. */
  readonly audience: readonly string[];
  /** Granted scopes, without duplicates. */
  readonly scopes: readonly string[];
  /** `exp`, seconds since the epoch. Absent only if the configuration allows it. */
  readonly expiresAt?: number;
  /**
   * Until when the token is accepted, seconds since the epoch: `exp` plus the clock
   * tolerance of its validator. Absent if that is `expiresAt` itself.
   */
  readonly acceptedUntil?: number;
  /** `iat`, seconds since the epoch. */
  readonly issuedAt?: number;
  /** `jti`. */
  readonly tokenId?: string;
  /** `auth_time`, seconds since the epoch (RFC 9470). */
  readonly authTime?: number;
  /** `acr` (RFC 9470). */
  readonly acr?: string;
  /** `cnf`: the key the sender must prove to hold. */
  readonly confirmation?: Confirmation;
  /** Every claim as received. Treat as untrusted text beyond the fields above. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Data added by an `enrich` function. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The raw token, only with `exposeToken: true`. */
  readonly token?: string;
}

/** An accepted token and its hash; see `tokenHash`. */
export interface Sender {
  readonly token: AccessToken;
  readonly tokenHash: string;
}

/**
 * One string per principal: the issuer, the subject and the client, so that two
 * issuers' equal subjects, or two clients of one user, are different principals.
 *
 * A token with neither subject nor client has no principal;
 * callers must treat `undefined` as "owns nothing".
 *
 * @see MCP 2025-11-25, Security Best Practices, Session Hijacking
 */
export function principalOf(token: AccessToken): string | undefined {
  if (token.subject === undefined && token.clientId === undefined) return undefined;
  // JSON keeps the three parts apart.
  return JSON.stringify([token.issuer ?? null, token.subject ?? null, token.clientId ?? null]);
}

/**
 * The parts of a principal from {@link principalOf}; empty for any other text.
 */
export function readPrincipal(
  principal: string,
): Pick<AccessToken, "issuer" | "subject" | "clientId"> {
  if (!principal.startsWith("[")) return {};
  const [issuer, subject, clientId] = JSON.parse(principal) as (string | null)[];
  return {
    ...(typeof issuer === "string" && { issuer }),
    ...(typeof subject === "string" && { subject }),
    ...(typeof clientId === "string" && { clientId }),
  };
}
