import type { AccessToken } from "../core/access-token.js";
import { ConfigurationError } from "../core/errors.js";

/**
 * How strongly, and how recently, the user must have authenticated (RFC 9470).
 *
 * @example
 * ```ts
 * scopes: { authentication: { required: { acr: ["mfa"], maxAge: 3_600 } } },
 * ```
 */
export interface AuthenticationRequirement {
  /** One of these `acr` values, the preferred one first. */
  readonly acr?: readonly string[];
  /** Most seconds since the user authenticated (`auth_time`). */
  readonly maxAge?: number;
}

/** How far an `auth_time` may lie ahead of our clock, in seconds. */
const TOLERANCE_SECONDS = 60;

/**
 * Checks the shape of a requirement, at start-up.
 *
 * @param path Path in the options, for the message.
 * @throws ConfigurationError
 */
export function checkAuthenticationRequirement(
  requirement: AuthenticationRequirement,
  path: string,
): AuthenticationRequirement {
  const { acr, maxAge } = requirement;
  // Each value travels in a quoted, space-separated challenge attribute.
  const isAcr = (value: unknown): boolean =>
    typeof value === "string" && /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(value);
  if (acr !== undefined && !(Array.isArray(acr) && acr.length > 0 && acr.every(isAcr))) {
    throw new ConfigurationError(
      "ERR_OAUTH_AUTHENTICATION",
      `${path}.acr must list at least one value: printable ASCII without spaces, quotes and backslashes.`,
    );
  }
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge > 0)) {
    throw new ConfigurationError(
      "ERR_OAUTH_AUTHENTICATION",
      `${path}.maxAge must be a whole number of seconds, 1 or more.`,
    );
  }
  return requirement;
}

/**
 * One requirement that is at least as strict as both: the shorter age, and only
 * `acr` values that both accept. No common value leaves an empty list, which
 * nothing fulfils.
 */
export function strictest(
  a: AuthenticationRequirement,
  b: AuthenticationRequirement,
): AuthenticationRequirement {
  const acr = a.acr && b.acr ? a.acr.filter((value) => b.acr?.includes(value)) : (a.acr ?? b.acr);
  const ages = [a.maxAge, b.maxAge].filter((age) => age !== undefined);
  return {
    ...(acr !== undefined && { acr }),
    ...(ages.length > 0 && { maxAge: Math.min(...ages) }),
  };
}

/**
 * Whether the authentication behind `token` is strong and recent enough. A
 * token that does not say is not.
 *
 * @param now seconds since the epoch
 * @see RFC 9470 §6.2
 */
export function isStrongEnough(
  token: Pick<AccessToken, "acr" | "authTime">,
  requirement: AuthenticationRequirement,
  now: number,
): boolean {
  const { acr, maxAge } = requirement;
  if (acr !== undefined && (token.acr === undefined || !acr.includes(token.acr))) return false;
  if (maxAge === undefined) return true;
  if (token.authTime === undefined) return false;
  const age = now - token.authTime;
  return age <= maxAge && age >= -TOLERANCE_SECONDS;
}
