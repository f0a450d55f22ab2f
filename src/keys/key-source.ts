import type { KeyObject } from "node:crypto";

/** A JOSE header whose members were checked to be of the right JSON types. */
export interface JwsHeader {
  readonly alg: string;
  readonly kid?: string;
  readonly typ?: string;
  readonly [member: string]: unknown;
}

/**
 * Finds the key for a header among the keys that belong to one issuer.
 *
 * Throws {@link InvalidTokenError} when that issuer has no such key, and
 * {@link UnavailableError} if that cannot be determined. Never follows `jku`,
 * `x5u`, `jwk` or `x5c` of the header.
 */
export interface KeySource {
  getKey(header: JwsHeader): Promise<KeyObject>;

  /**
   * Every key that may have signed, at least one and never more than a few:
   * several where the header has no `kid`, or where two keys share one. A
   * source that can only ever have one answer need not implement it.
   *
   * With `tried`, only further keys: a verifier calls this after all of `tried`
   * failed for a header without `kid`, because nothing else distinguishes a rotated-in
   * key from a forged signature. Pass the same list object that was returned for
   * this token: it tells the source when the token arrived, so that it fetches
   * only if there may be newer keys. Throws like `getKey`.
   *
   * @param block The client's address block, if waiting is shared between clients; see
   *   `addressBlock`.
   */
  getKeys?(
    header: JwsHeader,
    tried?: readonly KeyObject[],
    block?: string,
  ): Promise<readonly KeyObject[]>;
}
