import type { ReasonOf } from "../core/reasons/reasons.js";
import type { AccessToken, Confirmation } from "../core/access-token.js";
import { isTime } from "../core/clock.js";
import { InvalidTokenError } from "../core/errors.js";
import type { Claims } from "../jose/jws.js";

export type { Claims };

/** Requirements for the claims of a token of any form. */
export interface ClaimRequirements {
  /** Exact `iss`. */
  readonly issuer: string;
  /** Values of which `aud` must contain one, compared character by character. */
  readonly audience: readonly string[];
  /** How far clocks may differ, in seconds. */
  readonly clockToleranceSeconds: number;
  /** Members that may be missing. A member that is there is checked all the same. */
  readonly optional?: ReadonlySet<"iss" | "aud" | "exp">;
  /**
   * For issuers whose access tokens carry no audience: accepted client ids
   * instead. Used only when `aud` is absent or an empty list.
   */
  readonly clientIds?: readonly string[] | undefined;
  /** Claims that must have exactly this value, or one of these, for example `token_use: "access"`. */
  readonly equals?: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly requireSubject?: boolean;
  readonly requireClientId?: boolean;
}

/** Where an issuer keeps what this package wants to know. Dots reach into objects. */
export interface ClaimPaths {
  /** Claims that grant scopes, as a space-separated string or a list. */
  readonly scopes: readonly string[];
  /** Claims that grant scopes to app-only tokens. Other tokens keep them in `claims`, for `authorize`. @default none */
  readonly appScopes?: AppClaims | undefined;
  /** Removed from the front of each scope that has it, for example `api://app/`. */
  readonly scopePrefix?: string | undefined;
  readonly subject: string;
  /** First one present wins. */
  readonly clientId: readonly string[];
}

/**
 * Rights that are scopes only in a token that an application got for itself.
 * In a user's token the same claim lists the user's rights, which the user
 * never granted to the client.
 */
interface AppClaims {
  /** Claims with the rights, for example `roles`. */
  readonly claims: readonly string[];
  /** Whether no user is involved. A wrong `true` gives clients every right of their users. */
  readonly isAppOnly: (claims: Claims) => boolean;
}

/** Ten years at most. Later times are mistakes, such as milliseconds. */
const MAX_LIFE_SECONDS = 3653 * 86_400;
/** In seconds the year 5138, in milliseconds 1973. */
const MAX_SECONDS = 1e11;

/**
 * Checks issuer, audience and times (RFC 7519 §4.1, RFC 9068 §4).
 *
 * Does not check a signature: to pass here proves nothing about who wrote the claims.
 *
 * @param now seconds since the epoch
 * @param mapping where to read the client for `clientIds`
 * @throws InvalidTokenError
 */
export function validateClaims(
  claims: Claims,
  requirements: ClaimRequirements,
  now: number,
  mapping: ClaimPaths,
): void {
  const { optional, clockToleranceSeconds: tolerance } = requirements;

  if (claims["iss"] === undefined) {
    if (!optional?.has("iss")) throw missing("issuer_missing", claims, requirements);
  } else if (claims["iss"] !== requirements.issuer) {
    throw new InvalidTokenError("issuer_mismatch");
  }

  if (claims["exp"] === undefined && !optional?.has("exp")) {
    throw missing("expiry_missing", claims, requirements);
  }
  validateTimes(claims, tolerance, now);
  validateAudience(claims, requirements, mapping);

  for (const [name, value] of Object.entries(requirements.equals ?? {})) {
    const accepted: readonly unknown[] = [value].flat();
    if (!accepted.includes(claims[name])) throw new InvalidTokenError(`claim_mismatch_${name}`);
  }
}

/** One error for all missing claims, so that they can be fixed together. */
function missing(
  reason: "issuer_missing" | "audience_missing" | "expiry_missing",
  claims: Claims,
  { optional, clientIds }: ClaimRequirements,
): InvalidTokenError {
  const isAbsent = {
    iss: claims["iss"] === undefined,
    aud: clientIds === undefined && parseAudience(claims["aud"])?.length === 0,
    exp: claims["exp"] === undefined,
  };
  const names = (["iss", "aud", "exp"] as const).filter(
    (name) => isAbsent[name] && !optional?.has(name),
  );
  return new InvalidTokenError(reason, { detail: `the token lacks ${names.join(", ")}` });
}

function validateTimes(claims: Claims, tolerance: number, now: number): void {
  const { exp, nbf, iat } = claims;
  if (exp !== undefined) {
    if (!isTime(exp)) throw new InvalidTokenError("expiry_malformed");
    if (exp <= now - tolerance) throw new InvalidTokenError("expired");
    if (exp > now + tolerance + MAX_LIFE_SECONDS) {
      const detail = "exp looks like milliseconds; RFC 7519 counts seconds";
      throw new InvalidTokenError("expiry_too_far", exp > MAX_SECONDS ? { detail } : {});
    }
  }
  if (nbf !== undefined) {
    if (!isTime(nbf)) throw new InvalidTokenError("not_before_malformed");
    if (nbf > now + tolerance) throw new InvalidTokenError("not_yet_valid");
  }
  if (iat !== undefined) {
    if (!isTime(iat)) throw new InvalidTokenError("issued_at_malformed");
    if (iat > now + tolerance) throw new InvalidTokenError("issued_in_the_future");
  }
}

function validateAudience(
  claims: Claims,
  requirements: ClaimRequirements,
  mapping: ClaimPaths,
): void {
  const audience = parseAudience(claims["aud"]);
  if (audience === undefined) throw new InvalidTokenError("audience_malformed");
  if (audience.length > 0) {
    // An audience that is there decides alone: a client id must not repair a foreign one.
    if (!requirements.audience.some((expected) => hasAudience(audience, expected))) {
      throw new InvalidTokenError("audience_mismatch");
    }
    return;
  }
  if (requirements.clientIds !== undefined) {
    const clientId = readClientId(claims, mapping);
    if (clientId === undefined || !requirements.clientIds.includes(clientId)) {
      throw new InvalidTokenError("client_not_allowed");
    }
    return;
  }
  if (!requirements.optional?.has("aud")) {
    throw missing("audience_missing", claims, requirements);
  }
}

/**
 * Whether `audience` contains `expected`, without normalising, except that an
 * origin without a path is the same with and without its one slash: clients
 * add it when they print the URL.
 */
export function hasAudience(audience: readonly string[], expected: string): boolean {
  if (audience.includes(expected)) return true;
  const sibling = expected.endsWith("/") ? expected.slice(0, -1) : `${expected}/`;
  return isBareOrigin(expected) && audience.includes(sibling);
}

function isBareOrigin(value: string): boolean {
  return /^https?:\/\/[^/?#]+\/?$/i.test(value);
}

/**
 * Reads the claims into the shape tools see. Freezes neither: `DecisionCache`
 * does, where requests come to share them.
 *
 * Assumes {@link validateClaims} went before, and throws only for a missing
 * subject or client where required, for one that is not text, and for a `cnf`
 * that cannot be read: a binding one does not understand must not turn into no
 * binding, nor two numbered users into one nameless principal.
 *
 * @throws InvalidTokenError
 */
export function toAccessToken(
  claims: Claims,
  mapping: ClaimPaths,
  requirements: Pick<ClaimRequirements, "requireSubject" | "requireClientId"> &
    Partial<Pick<ClaimRequirements, "clockToleranceSeconds">> = {},
): AccessToken {
  const subject = readName(claimAt(claims, mapping.subject), "subject_malformed");
  const clientId = readClientId(claims, mapping);
  if (requirements.requireSubject && subject === undefined) {
    throw new InvalidTokenError("subject_missing");
  }
  if (requirements.requireClientId && clientId === undefined) {
    throw new InvalidTokenError("client_missing");
  }
  const issuer = asText(claims["iss"]);
  const tokenId = asText(claims["jti"]);
  const acr = asText(claims["acr"]);
  const { exp, iat, auth_time: authTime } = claims;
  const confirmation = parseConfirmation(claims["cnf"]);

  // Assigned one by one: spreading the optional ones costs several times as much, on every request.
  const token: { -readonly [Field in keyof AccessToken]: AccessToken[Field] } = {
    audience: sharedList(parseAudience(claims["aud"]) ?? []),
    scopes: sharedList(collectScopes(claims, mapping)),
    claims,
  };
  if (subject !== undefined) token.subject = subject;
  if (clientId !== undefined) token.clientId = clientId;
  if (issuer !== undefined) token.issuer = issuer;
  if (isTime(exp)) {
    token.expiresAt = exp;
    const { clockToleranceSeconds } = requirements;
    if (clockToleranceSeconds) token.acceptedUntil = exp + clockToleranceSeconds;
  }
  if (isTime(iat)) token.issuedAt = iat;
  if (tokenId !== undefined) token.tokenId = tokenId;
  if (isTime(authTime)) token.authTime = authTime;
  if (acr !== undefined) token.acr = acr;
  if (confirmation !== undefined) token.confirmation = confirmation;
  return token;
}

/** `aud` as a list: empty when absent, `undefined` when it is neither text nor a list of text. */
function parseAudience(aud: unknown): string[] | undefined {
  if (aud === undefined) return [];
  if (typeof aud === "string") return [aud];
  if (Array.isArray(aud) && aud.every((entry) => typeof entry === "string")) return aud;
  return undefined;
}

function collectScopes(claims: Claims, mapping: ClaimPaths): string[] {
  const prefix = mapping.scopePrefix ?? "";
  const granted = new Set<string>();
  for (const path of scopeClaims(claims, mapping)) {
    for (const scope of scopeList(claimAt(claims, path))) {
      granted.add(prefix !== "" && scope.startsWith(prefix) ? scope.slice(prefix.length) : scope);
    }
  }
  granted.delete("");
  return [...granted];
}

function scopeClaims(claims: Claims, mapping: ClaimPaths): readonly string[] {
  const { scopes, appScopes } = mapping;
  return appScopes?.isAppOnly(claims) === true ? [...scopes, ...appScopes.claims] : scopes;
}

/** Lists kept, and how many characters a kept one may have. */
const MAX_LISTS = 1000;
const MAX_LIST_LENGTH = 256;
const lists = new Map<string, readonly string[]>();

/**
 * One frozen list for all tokens with the same audience or scopes. Saves most of the
 * memory of cached tokens, and lets `ScopeGraph` expand each list once.
 */
function sharedList(list: readonly string[]): readonly string[] {
  // JSON keeps the parts apart, and never looks like a single value.
  const key = list.length === 1 ? `=${list[0]}` : JSON.stringify(list);
  const known = lists.get(key);
  if (known !== undefined) return known;
  if (key.length > MAX_LIST_LENGTH) return list;
  if (lists.size >= MAX_LISTS) lists.clear();
  const shared = Object.freeze([...list]);
  lists.set(key, shared);
  return shared;
}

/** A scope claim as a list: RFC 8693 §4.2 text, or the list some issuers send. */
function scopeList(value: unknown): string[] {
  if (typeof value === "string") return value.split(" ");
  if (Array.isArray(value)) return value.filter((entry) => typeof entry === "string");
  return [];
}

/**
 * `cnf` (RFC 7800). Unknown members beside a known one are tolerated, as
 * Keycloak sends some; a `cnf` with only unknown ones binds the token to
 * something that cannot be checked here, so the token is refused.
 */
function parseConfirmation(cnf: unknown): Confirmation | undefined {
  if (cnf === undefined) return undefined;
  if (typeof cnf !== "object" || cnf === null || Array.isArray(cnf)) {
    throw new InvalidTokenError("confirmation_malformed");
  }
  const { jkt, "x5t#S256": x5tS256 } = cnf as Record<string, unknown>;
  for (const thumbprint of [jkt, x5tS256]) {
    if (thumbprint !== undefined && (typeof thumbprint !== "string" || thumbprint === "")) {
      throw new InvalidTokenError("confirmation_malformed");
    }
  }
  if (jkt === undefined && x5tS256 === undefined) {
    throw new InvalidTokenError("confirmation_unsupported");
  }
  return {
    ...(jkt !== undefined && { jkt: jkt as string }),
    ...(x5tS256 !== undefined && { x5tS256: x5tS256 as string }),
  };
}

/**
 * A claim by name, or by a dotted path where no claim has the whole name:
 * names such as `https://example.com/roles` contain dots themselves.
 */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

function readClientId(claims: Claims, mapping: ClaimPaths): string | undefined {
  for (const path of mapping.clientId) {
    const clientId = readName(claimAt(claims, path), "client_malformed");
    if (clientId !== undefined) return clientId;
  }
  return undefined;
}

/** A subject or client id; `null` and the empty string count as absent. */
function readName(value: unknown, reason: ReasonOf<401>): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw new InvalidTokenError(reason);
  return value;
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
