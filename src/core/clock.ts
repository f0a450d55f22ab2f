/**
 * Seconds since the epoch, fractions allowed. Passed in wherever time matters,
 * so that tests control it.
 */
export type Clock = () => number;

/** The machine's own clock. */
export const systemClock: Clock = () => Date.now() / 1000;

/** Maximum clock tolerance, in seconds: how long tokens can be accepted after `exp`. */
export const MAX_CLOCK_TOLERANCE_SECONDS = 120;

/** Whether a claim is a time (RFC 7519 §2, NumericDate). Does not check that it makes sense. */
export function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
