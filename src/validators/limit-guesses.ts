import { sha256 } from "../core/hashes.js";
import type { WorkBudget } from "../limits/work-budget.js";
import type { SelectiveValidator } from "./issuer-router.js";

/**
 * `validator` within a budget: for credentials that can be guessed, and that are
 * not cached.
 */
export function limitGuesses(
  validator: SelectiveValidator,
  budget: WorkBudget,
): SelectiveValidator {
  return {
    // Says nothing to the client: what is recognised is validated below.
    recognizes: (text) => validator.recognizes(text),
    validate: (text, block) =>
      budget.spend(block, sha256(text), () => validator.validate(text, block)),
  };
}
