import type { AccessToken } from "../core/access-token.js";
import { OAuthError, UnavailableError } from "../core/errors.js";
import { withDeadline } from "../net/deadline.js";
import { safeCause } from "../core/safe-cause.js";

/** Adds data of the application to a validated token; ends up in `AccessToken.data`. */
export type Enrich = (
  token: AccessToken,
) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;

const TIMEOUT_SECONDS = 5;

/**
 * The step that runs an `enrich` hook on a validated token, for
 * {@link DecisionCacheOptions.complete}.
 *
 * A hook that throws, hangs or returns something that is no object is an outage:
 * 503, never 401. An OAuthError it throws on purpose passes through, so that an
 * application can refuse a user that it has locked. The data is frozen at its
 * surface only: requests with one token share it, and it may hold objects of
 * the application.
 */
export function createEnricher(enrich: Enrich): (token: AccessToken) => Promise<AccessToken> {
  return async (token) => {
    const data = await run(enrich, token);
    if (typeof data !== "object" || data === null || Array.isArray(data)) {
      throw new UnavailableError("enrich_malformed");
    }
    return Object.freeze({ ...token, data: Object.freeze({ ...data }) });
  };
}

async function run(enrich: Enrich, token: AccessToken): Promise<unknown> {
  try {
    return await withDeadline<unknown>(
      async () => enrich(token),
      TIMEOUT_SECONDS,
      () => new UnavailableError("enrich_timeout"),
    );
  } catch (error) {
    if (error instanceof OAuthError) throw error;
    // The hook never saw the token's text, so no secret needs removing; only the size is bounded.
    throw new UnavailableError("enrich_failed", { cause: safeCause(error, []) });
  }
}
