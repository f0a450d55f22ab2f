import { createHash, randomUUID } from "node:crypto";
import type { JWK } from "jose";
import { systemClock, type Clock } from "../core/clock.js";
import { signCompact, type Overrides } from "./compact-jws.js";
import { generateTestKey, thumbprintOf, type TestAlgorithm } from "./test-keys.js";

/** The request that a proof goes with. */
export interface DPoPProofOptions {
  /** HTTP method of the request the proof goes with. */
  readonly method: string;
  /** Its URL; query and fragment are left out of `htu`. */
  readonly url: string;
  /** Adds `ath`. */
  readonly accessToken?: string;
  readonly nonce?: string;
  /** Spoils the proof: members to put over the valid ones, `undefined` takes one out. */
  readonly overrides?: { readonly claims?: Overrides; readonly header?: Overrides };
}

/** A client that holds one key. */
export interface DPoPClient {
  /** Thumbprint of the key, for `cnf: { jkt }`. */
  readonly jkt: string;
  readonly publicJwk: JWK;
  /** A proof, valid unless overridden (RFC 9449 §4.2). */
  proof(options: DPoPProofOptions): Promise<string>;
}

/**
 * Makes DPoP proofs for tests.
 *
 * @example
 * ```ts
 * import { createDPoPClient, createTestIssuer } from "mcp-framework-oauth/testing";
 *
 * const issuer = createTestIssuer();
 * const client = createDPoPClient();
 * const token = await issuer.sign({ cnf: { jkt: client.jkt } });
 * ```
 */
export function createDPoPClient(
  options: { readonly algorithm?: TestAlgorithm; readonly clock?: Clock } = {},
): DPoPClient {
  const clock = options.clock ?? systemClock;
  const algorithm = options.algorithm ?? "ES256";
  const key = generateTestKey(algorithm);
  // A proof carries the bare key (RFC 9449 §4.2).
  const publicJwk = key.bareJwk;
  return {
    jkt: thumbprintOf(publicJwk),
    publicJwk,
    proof({ method, url, accessToken, nonce, overrides }) {
      const htu = new URL(url);
      htu.search = "";
      htu.hash = "";
      const claims = {
        jti: randomUUID(),
        htm: method,
        htu: htu.href,
        iat: Math.floor(clock()),
        ath:
          accessToken === undefined
            ? undefined
            : createHash("sha256").update(accessToken).digest("base64url"),
        nonce,
        ...overrides?.claims,
      };
      const header = { alg: algorithm, typ: "dpop+jwt", jwk: publicJwk, ...overrides?.header };
      return signCompact(claims, header, algorithm, key.privateKey);
    },
  };
}
