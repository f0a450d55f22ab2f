import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Nothing that breaks a log line, and too short for a JWT. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,127}$/;

/** An id this long could be a credential. */
const SUSPICIOUS_LENGTH = 16;

/**
 * What correlates the events of one request: the sender's `X-Request-Id` if it
 * is safe for a log, or a random one. Proves nothing: clients choose it.
 *
 * @param credentialHeaders lower case; a value that is also in one of them
 *   is a token that a client sent twice, and is not repeated
 */
export function requestIdOf(
  headers: IncomingHttpHeaders,
  credentialHeaders: readonly string[],
): string {
  const given = headers["x-request-id"];
  if (typeof given !== "string" || !SANE.test(given)) return randomUUID();
  const isCredential =
    given.length >= SUSPICIOUS_LENGTH &&
    credentialHeaders.some((name) => String(headers[name] ?? "").includes(given));
  return isCredential ? randomUUID() : given;
}
