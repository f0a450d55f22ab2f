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
 * {@link UnavailableError} when that cannot be told. Never follows `jku`,
 * `x5u`, `jwk` or `x5c` of the header.
 */
export interface KeySource {
  getKey(header: JwsHeader): Promise<KeyObject>;

  /**
   * Every key that may have signed, at least one and never more than a few:
   * several where the header has no `kid`, or where two keys share one. A
   * source that can only ever have one answer need not implement it.
   *
   * With `tried`, keys beyond those: what a verifier asks after all of `tried`
   * failed for a header without `kid`, since nothing else tells a rotated-in
   * key from a forged signature. Hand in the very list that was returned for
   * this token: by it a source knows when the token came, and asks its origin
   * again only for what may be newer than that. Throws like `getKey`.
   *
   * @param block of the client's address, where waiting for the origin is shared
   *   between clients; see `addressBlock`
   */
  getKeys?(
    header: JwsHeader,
    tried?: readonly KeyObject[],
    block?: string,
  ): Promise<readonly KeyObject[]>;
}
