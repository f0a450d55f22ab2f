import type { AccessToken } from "../../core/access-token.js";
import type { Clock } from "../../core/clock.js";
import { DecisionCache } from "../../validators/remembered/decision-cache.js";
import type { SelectiveValidator } from "../../validators/issuer-router.js";

/**
 * `validator` with the `enrich` step behind it, for credentials that are
 * checked anew for every request: only what the step adds is remembered.
 */
export function enrichSelective(
  validator: SelectiveValidator,
  complete: ((token: AccessToken) => Promise<AccessToken>) | undefined,
  clock: Clock,
): SelectiveValidator {
  if (complete === undefined) return validator;
  const cache = new DecisionCache({ ttlSeconds: 300, negativeTtlSeconds: 0, complete }, clock);
  return {
    recognizes: (token) => validator.recognizes(token),
    validate: async (text, block) => {
      const token = await validator.validate(text, block);
      const { data } = await cache.resolve(text, () =>
        Promise.resolve({ token, askedAt: clock() }),
      );
      return data === undefined ? token : Object.freeze({ ...token, data });
    },
  };
}
