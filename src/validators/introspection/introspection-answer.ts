import { errors, jwtVerify } from "jose";
import { ASYMMETRIC_ALGORITHMS } from "../../core/algorithms.js";
import { isTime, type Clock } from "../../core/clock.js";
import { InvalidTokenError, UnavailableError } from "../../core/errors.js";
import type { JwsHeader, KeySource } from "../../keys/key-source.js";
import { hasAudience, type Claims } from "../claims.js";

type Shape = (value: unknown) => boolean;

const isText: Shape = (value) => typeof value === "string";
const isTextOrList: Shape = (value) =>
  isText(value) || (Array.isArray(value) && value.every(isText));
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** RFC 7662 §2.2, as far as a decision or a principal depends on it. */
const MEMBERS: Readonly<Record<string, Shape>> = {
  iss: isText,
  sub: isText,
  client_id: isText,
  azp: isText,
  jti: isText,
  token_type: isText,
  exp: isTime,
  nbf: isTime,
  iat: isTime,
  aud: isTextOrList,
  scope: isTextOrList,
  cnf: isObject,
};

/**
 * The members of an active answer, or `undefined` for an inactive one.
 *
 * Only the boolean `true` is active. A member of a wrong type is the server's
 * fault and so 503: dropping it could turn two users into one principal, or a
 * bound token into a free one. `null` counts as absent, as several servers
 * write every member they know of; except `cnf`, where it must not unbind.
 *
 * @throws UnavailableError
 */
export function parseAnswer(answer: unknown): Claims | undefined {
  if (!isObject(answer)) throw new UnavailableError("introspection_malformed");
  if (answer["active"] === false) return undefined;
  if (answer["active"] !== true) throw new UnavailableError("introspection_malformed_active");

  const claims = Object.fromEntries(
    Object.entries(answer).filter(([name, value]) => value !== null || name === "cnf"),
  );
  for (const [name, hasShape] of Object.entries(MEMBERS)) {
    if (Object.hasOwn(claims, name) && !hasShape(claims[name])) {
      throw new UnavailableError(`introspection_malformed_${name}`);
    }
  }
  return claims;
}

// Some servers say "access_token" where RFC 6749 §7.1 has "Bearer".
const ACCESS_TOKEN_TYPES = new Set(["bearer", "dpop", "access_token"]);
const ACCESS_TOKEN_USES = new Set(["access", "access_token"]);
// How Keycloak marks what it also introspects.
const OTHER_TYPES = new Set(["refresh", "offline", "id", "logout"]);

/**
 * Refuses what is active but not an access token: refresh tokens live long and
 * must never open a resource. Servers say so in `token_type`, `token_use` or
 * `typ`, in any case; an answer that says nothing passes.
 *
 * @throws InvalidTokenError
 */
export function assertAccessToken(claims: Claims): void {
  const type = lowerCase(claims["token_type"]);
  const use = lowerCase(claims["token_use"]);
  const typ = lowerCase(claims["typ"]);
  if (
    (type !== undefined && !ACCESS_TOKEN_TYPES.has(type)) ||
    (use !== undefined && !ACCESS_TOKEN_USES.has(use)) ||
    (typ !== undefined && OTHER_TYPES.has(typ))
  ) {
    throw new InvalidTokenError("not_an_access_token");
  }
  // RFC 9449 §6.2: the key is in `cnf`. Without it the proof cannot be checked.
  if (type === "dpop" && claims["cnf"] === undefined) {
    throw new InvalidTokenError("confirmation_missing");
  }
}

/**
 * Refuses an answer about a user whom it does not identify: all users of a
 * client would be one principal, and share sessions and tasks. `username` is for
 * people to read (RFC 7662 §2.2) and counts only where `claims.subject` names it.
 *
 * An answer without `username` is about the client itself, and passes.
 *
 * @throws InvalidTokenError
 */
export function assertSubject(subject: string | undefined, { username }: Claims): void {
  if (subject !== undefined || username === undefined || username === "") return;
  throw new InvalidTokenError("subject_missing", {
    detail: "the answer has a username and no sub; set claims.subject to what identifies users",
  });
}

function lowerCase(value: unknown): string | undefined {
  return typeof value === "string" ? value.toLowerCase() : undefined;
}

/** What a signed answer must be. */
export interface SignedAnswerRequirements {
  readonly keySource: KeySource;
  readonly issuer: string;
  /** Values of which `aud` must contain one: the resource identifier, and our client id there. */
  readonly audience: readonly string[];
  readonly clockToleranceSeconds: number;
}

/** RFC 9701 names no token in the answer: an old answer could be replayed for another token. */
const MAX_ANSWER_AGE_SECONDS = 300;

/**
 * The answer inside a signed one (RFC 9701 §5): typ, signature, `iss`, `aud`
 * and `iat` checked.
 *
 * By hand and not by oauth4webapi, which would read it unverified and fetch
 * keys on its own. Everything wrong here is the server's fault, an unknown key
 * included: it says nothing about the token. The detail names a claim that failed.
 *
 * @throws UnavailableError
 */
export async function verifySignedAnswer(
  jwt: string,
  requirements: SignedAnswerRequirements,
  clock: Clock,
): Promise<unknown> {
  try {
    const { payload } = await jwtVerify(
      jwt,
      (header) => requirements.keySource.getKey(header as JwsHeader),
      {
        typ: "token-introspection+jwt",
        algorithms: [...ASYMMETRIC_ALGORITHMS],
        issuer: requirements.issuer,
        clockTolerance: requirements.clockToleranceSeconds,
        maxTokenAge: MAX_ANSWER_AGE_SECONDS,
        currentDate: new Date(clock() * 1000),
      },
    );
    const audience = [payload.aud ?? []].flat();
    if (!requirements.audience.some((expected) => hasAudience(audience, expected))) {
      throw signedAnswerInvalid("ERR_JWT_CLAIM_VALIDATION_FAILED", "aud");
    }
    return payload["token_introspection"];
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    // jose's errors carry the payload; only the code and the name of a claim are for the log.
    const isClaim =
      error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    throw signedAnswerInvalid(code, isClaim ? error.claim : undefined);
  }
}

function signedAnswerInvalid(code: string, claim: string | undefined): UnavailableError {
  return new UnavailableError("introspection_signed_answer_invalid", {
    cause: new Error(code),
    ...(claim !== undefined && {
      detail: `${claim} of the signed answer is missing or not as expected`,
    }),
  });
}
