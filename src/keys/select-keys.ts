import type { VerificationKey } from "./jwk.js";
import type { JwsHeader } from "./key-source.js";

/** Maximum signatures tried for one token: an attacker can cause each verification. */
const MAX_CANDIDATES = 8;

/**
 * The keys that may have signed under `header`: those that may verify its
 * `alg` and, where it names a `kid`, carry that one. In the order of the set,
 * a few at most; empty when none fits.
 *
 * A key without `kid` never answers for a header with one, nor a key of one
 * algorithm family for another (algorithm confusion).
 */
export function selectKeys(
  keys: readonly VerificationKey[],
  header: JwsHeader,
): readonly VerificationKey[] {
  return keys
    .filter((key) => key.algorithms.includes(header.alg))
    .filter((key) => header.kid === undefined || key.kid === header.kid)
    .slice(0, MAX_CANDIDATES);
}
