import type { AuditSink } from "../core/auth-event.js";
import { printable } from "../core/safe-cause.js";

export interface ApiKeyWarningOptions {
  readonly warn: (line: string) => void;
  /** When keys stop working, in seconds since the epoch; `undefined` if that is not announced. */
  readonly sunset: number | undefined;
}

const INTERVAL_SECONDS = 3600;
/** Keys that are remembered. Beyond that, the one warned of longest ago is forgotten. */
const MAX_KEYS = 1000;

/**
 * Warns of API keys that are still in use: one line for each key and hour, by the time of the
 * events. Unknown keys get no line, so guesses cannot fill the log.
 *
 * Lines contain the key's fingerprint and client, never the key.
 */
export function apiKeyWarning({ warn, sunset }: ApiKeyWarningOptions): AuditSink {
  const warnedAt = new Map<string, number>();
  const end =
    sunset === undefined
      ? ""
      : `; its end is announced for ${new Date(sunset * 1000).toUTCString()}`;

  return ({ kind, scheme, tokenFingerprint: key, issuer, clientId, subject, time }) => {
    // Only an accepted key has an issuer.
    if (kind !== "decision" || scheme !== "ApiKey" || key === undefined || issuer === undefined) {
      return;
    }
    const last = warnedAt.get(key);
    if (last !== undefined && time - last < INTERVAL_SECONDS) return;
    // Deleted first, so that the oldest entry comes first.
    warnedAt.delete(key);
    warnedAt.set(key, time);
    if (warnedAt.size > MAX_KEYS) warnedAt.delete(warnedAt.keys().next().value as string);
    const sender = clientId ?? subject ?? "unknown";
    warn(
      printable(
        `mcp-framework-oauth: client ${sender} uses a deprecated API key (fingerprint ${key})${end}`,
      ),
    );
  };
}
