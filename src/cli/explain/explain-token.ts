import type { Clock } from "../../core/clock.js";
import { jwtValidatorOptions } from "../../wiring/validation/create-jwt-validator.js";
import { createTokenValidator } from "../../wiring/validation/create-token-validator.js";
import type { Settings } from "../../options/settings.js";
import { createValidationContext } from "../../wiring/validation/validation-context.js";
import type { AccessToken } from "../../core/access-token.js";
import { InvalidTokenError, OAuthError } from "../../core/errors.js";
import { asVariables } from "./as-variables.js";
import { likelyCause, type Cause } from "./cause.js";
import { decodeToken, type DecodedToken } from "../../jose/decode-token.js";
import { checkJwt, type TokenCheck } from "./jwt-checks.js";

/** Whether the server accepts the token, and why not. */
export interface Explanation {
  /** `unknown`: a dependency of the server does not answer; the server would answer 503. */
  readonly verdict: "accepted" | "refused" | "unknown";
  /** The validator's reason if it is not accepted. */
  readonly reason: string | undefined;
  readonly likely: Cause | undefined;
  readonly token: DecodedToken;
  /** Empty for a token that is not checked as a JWT. */
  readonly checks: readonly TokenCheck[];
  /** Additional facts about an accepted token. */
  readonly notes: readonly string[];
}

/**
 * Puts a token to the validator that a server with these options has, and says
 * what it thinks and why. JWTs are verified here and go nowhere; an opaque token
 * goes to the configured introspection endpoint and to no other.
 *
 * @param options checked options, as the provider takes them
 */
export async function explainToken(
  token: string,
  options: Settings,
  clock: Clock,
): Promise<Explanation> {
  const context = createValidationContext(options, clock);
  const { validator } = createTokenValidator(context);
  const decoded = decodeToken(token);
  const entries = options.validation;
  const jwts = entries.filter((entry) => entry.type === "jwt" || entry.type === "hybrid");
  const entry = jwts.find(({ issuer }) => issuer === decoded.claims?.["iss"]) ?? jwts[0];

  const outcome = await validator.validate(token).then(
    (accepted) => ({ accepted }),
    (error: unknown) => ({ error }),
  );
  const checks =
    entry === undefined || decoded.form !== "jwt"
      ? []
      : await checkJwt(token, jwtValidatorOptions(context, entry).validatorOptions);
  if ("accepted" in outcome) {
    return {
      verdict: "accepted",
      reason: undefined,
      likely: undefined,
      token: decoded,
      checks,
      notes: notesOn(outcome.accepted, options),
    };
  }
  const { error } = outcome;
  const reason = error instanceof OAuthError ? error.reason : "internal_error";
  return {
    verdict: error instanceof InvalidTokenError ? "refused" : "unknown",
    reason,
    likely: likelyCause(reason, {
      token: decoded,
      issuers: [...new Set(entries.flatMap((each) => ("issuer" in each ? [each.issuer] : [])))],
      audience: entry?.audience ?? [options.resource],
      introspects: entries.some(({ type }) => type === "introspection"),
      now: clock(),
    }),
    token: decoded,
    checks,
    notes: [],
  };
}

/** The same with names of variables instead of options. */
export function inVariables({ likely, ...rest }: Explanation): Explanation {
  if (likely === undefined) return { likely, ...rest };
  return {
    ...rest,
    likely: { cause: asVariables(likely.cause), cure: asVariables(likely.cure) },
  };
}

/** Requirements beyond a valid token. */
function notesOn(token: AccessToken, { scopes }: Settings): string[] {
  const notes: string[] = [];
  const required = [scopes.required ?? []].flat().filter((term) => typeof term === "string");
  const missing = required.filter((scope) => !token.scopes.includes(scope));
  if (missing.length > 0) {
    notes.push(`Every request still gets 403: the token lacks the scope ${missing.join(", ")}.`);
  }
  if (token.confirmation?.jkt !== undefined) {
    notes.push("It is bound to a key (cnf.jkt): each request needs a DPoP proof by that key.");
  }
  if (token.confirmation?.x5tS256 !== undefined) {
    notes.push("It is bound to a client certificate (cnf.x5t#S256).");
  }
  return notes;
}
