import type { EmbeddedAuthorizationServer } from "../core/embedded-authorization-server.js";
import { safeCause } from "../core/safe-cause.js";
import type { Protection } from "../gate/protection.js";
import type { OutboundFetch } from "../net/outbound-fetch.js";
import type { Faults } from "../telemetry/faults.js";

/** Asks an authorization server in this process directly: its port may not listen yet. */
export function embeddedFetch(
  embedded: EmbeddedAuthorizationServer | undefined,
  fetch: OutboundFetch,
): OutboundFetch {
  if (embedded === undefined) return fetch;
  const { origin } = new URL(embedded.issuer);
  return (address, request) => {
    const url = new URL(address);
    return url.origin === origin && embedded.owns(url.pathname)
      ? embedded.request(address, request)
      : fetch(address, request);
  };
}

/** What the authorization server revokes is refused here from the same moment on. */
export function followRevocations(
  embedded: EmbeddedAuthorizationServer | undefined,
  protection: Protection,
  faults: Faults,
): void {
  embedded?.onRevoked(({ jti, tokenHash, until }) => {
    if (until <= protection.clock()) return;
    const revocation =
      jti === undefined
        ? { tokenHash: tokenHash ?? "", until }
        : { jti, issuer: embedded.issuer, until };
    protection
      .revoke(revocation)
      .catch((error: unknown) => faults.report("internal", safeCause(error, [])));
  });
}
