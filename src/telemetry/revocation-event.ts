import type { AuthEvent, RevokedThing } from "../core/auth-event.js";
import type { UnavailableError } from "../core/errors.js";
import type { Revocation } from "../revocation/revocation.js";

/**
 * The audit event of a revocation. Does not contain a session id, which is a
 * credential in part, and only the beginning of a hash.
 *
 * @param failure The store failed: other processes may not learn of the revocation.
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
    revoked: {
      what: whatOf(revocation),
      until: revocation.until,
      ...("tokenHash" in revocation && { hash: revocation.tokenHash.slice(0, 16) }),
    },
    ...("issuer" in revocation && { issuer: revocation.issuer }),
    ...("subject" in revocation && { subject: revocation.subject }),
    ...("clientId" in revocation && { clientId: revocation.clientId }),
    ...("jti" in revocation && { tokenId: revocation.jti }),
  };
}

function whatOf(revocation: Revocation): RevokedThing {
  for (const what of ["jti", "subject", "clientId", "session"] as const) {
    if (what in revocation) return what;
  }
  return "tokenHash";
}
