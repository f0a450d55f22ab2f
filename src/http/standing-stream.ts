import type { ServerResponse } from "node:http";
import type { Sender } from "../binding/session.js";
import type { Clock } from "../core/clock.js";
import { closeAtExpiry } from "./expiry.js";
import type { OpenConnections } from "./open-connections.js";

export interface StandingStreamOptions {
  readonly connections: OpenConnections;
  /** How long a standing stream may outlive its token, in seconds. */
  readonly streamGraceSeconds: number;
  readonly clock: Clock;
}

/**
 * Ends a standing stream with the token that opened it: when it expires, and when it is revoked.
 *
 * @param sessionId asked late: the stream may open the session that it belongs to
 */
export function limitStream(
  res: ServerResponse,
  { token, tokenHash }: Sender,
  sessionId: () => string | undefined,
  { connections, streamGraceSeconds, clock }: StandingStreamOptions,
): void {
  // Its client left while the request was decided: no event would ever remove it.
  if (res.closed || res.destroyed) return;
  connections.addStream(res, token, {
    tokenHash,
    get session() {
      return sessionId();
    },
  });
  if (token.expiresAt !== undefined) {
    closeAtExpiry(res, token.expiresAt + streamGraceSeconds, clock);
  }
}
