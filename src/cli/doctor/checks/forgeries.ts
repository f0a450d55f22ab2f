import { randomUUID } from "node:crypto";
import type { VerificationKey } from "../../../keys/jwk.js";
import { signCompact, unsecuredCompact } from "../../../testing/compact-jws.js";
import {
  generateTestKey,
  isTestAlgorithm,
  type TestAlgorithm,
} from "../../../testing/test-keys.js";

interface Forgery {
  readonly issuer: string;
  readonly resource: string;
  readonly now: number;
}

/** Claims that would be valid if they were signed. */
function claimsOf({ issuer, resource, now }: Forgery): Record<string, unknown> {
  const seconds = Math.floor(now);
  return {
    iss: issuer,
    aud: resource,
    sub: "mcp-oauth-doctor",
    client_id: "mcp-oauth-doctor",
    iat: seconds,
    exp: seconds + 60,
    jti: randomUUID(),
  };
}

/** `alg: none`: no server may accept it (RFC 8725 §3.1). */
export function unsignedToken(forgery: Forgery): string {
  return unsecuredCompact(claimsOf(forgery), { alg: "none", typ: "at+jwt" });
}

/** A published key whose id the forged token uses. */
export interface NamedKey {
  readonly kid: string;
  readonly algorithm: TestAlgorithm;
}

/**
 * Signed by a temporary key, with the id of a published key: an unknown id would
 * make servers fetch their key set, and some of them wait for it.
 */
export function forgedToken(forgery: Forgery, named: NamedKey | undefined): Promise<string> {
  const algorithm = named?.algorithm ?? "ES256";
  const { privateKey } = generateTestKey(algorithm);
  const header = { alg: algorithm, typ: "at+jwt", kid: named?.kid };
  return signCompact(claimsOf(forgery), header, algorithm, privateKey);
}

/** The first published key with an id. */
export function nameable(keys: readonly VerificationKey[]): NamedKey | undefined {
  for (const { kid, alg, algorithms } of keys) {
    const algorithm = [alg, ...algorithms].find((name) => isTestAlgorithm(name));
    if (kid !== undefined && algorithm !== undefined) return { kid, algorithm };
  }
  return undefined;
}
