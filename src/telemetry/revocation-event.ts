import type { AuthEvent, RevokedThing } from "../auth-event.js";
import type { UnavailableError } from "../errors.js";
import { fingerprintOf } from "../jose/token-hash.js";
import type { Revocation } from "../policy/revocation.js";

/**
 * What audit hears of a revocation. Names no session: its id is half of what
 * opens it. A token by its hash gets the fingerprint that its decisions have.
 *
 * @param failure the store did not take it: nothing is locked out elsewhere
 */
export function revocationEvent(
  revocation: Revocation,
  time: number,
  failure?: UnavailableError,
): AuthEvent {
  return {
    kind: "revocation",
    time,
    outcome: failure === undefined ? "allowed" : "unavailable",
    status: failure?.status ?? 200,
    ...(failure !== undefined && { reason: failure.reason }),
    transport: "none",
    method: "revoke",
    revoked: { what: whatOf(revocation), until: revocation.until },
    ...("issuer" in revocation && { issuer: revocation.issuer }),
    ...("subject" in revocation && { subject: revocation.subject }),
    ...("clientId" in revocation && { clientId: revocation.clientId }),
    ...("jti" in revocation && { tokenId: revocation.jti }),
    ...("tokenHash" in revocation && { tokenFingerprint: fingerprintOf(revocation.tokenHash) }),
  };
}

function whatOf(revocation: Revocation): RevokedThing {
  for (const what of ["jti", "subject", "clientId", "session"] as const) {
    if (what in revocation) return what;
  }
  return "tokenHash";
}
